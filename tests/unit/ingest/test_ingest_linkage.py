"""Participants become numbers; those without participant or outcome become rows with a reason."""

from __future__ import annotations

import math

import pytest

from osteon.config.cohort import Outcome, Variable
from osteon.config.matching import Match
from osteon.ingest.linkage import code_participants

OUTCOME = Outcome(column="op（QCT）", positive="１", negative="0", missing="exclude")
VARIABLES = {"age": Variable(type="continuous"), "sex": Variable(type="binary", positive="男")}


def _match(outcome: str, age: str, sex: str) -> Match:
    return Match({"op(QCT)": outcome, "age": age, "sex": sex})


MATCHES = {
    "A1": _match("1", "67.5", "女"),
    "A2": _match("NA", "60", "男"),
    "A3": _match("0", "", "男"),
    "A4": Match(None, "participant_shared", "row 7: 2 cases have this id"),
    "A5": _match("１", "７０", "　男"),
}


def test_outcome_and_variables_are_coded():
    coded, unlinked = code_participants(MATCHES, [("A", subject) for subject in MATCHES], OUTCOME, VARIABLES)
    assert coded["subject"].tolist() == ["A1", "A3", "A5"]
    assert coded["outcome"].tolist() == [1, 0, 1]
    assert coded["age"].iloc[[0, 2]].tolist() == [67.5, 70]
    assert math.isnan(coded["age"].iloc[1])
    assert coded["sex"].tolist() == [0.0, 1.0, 1.0]
    assert unlinked.to_numpy().tolist() == [
        ["A2", "A", "participants", "outcome_missing", "op(QCT): The participant has no outcome."],
        ["A4", "A", "participants", "participant_shared", "row 7: 2 cases have this id"],
    ]


def test_empty_tables_keep_their_columns():
    coded, unlinked = code_participants({}, [], OUTCOME, VARIABLES)
    assert list(coded.columns) == ["subject", "center", "outcome", "age", "sex"]
    assert list(unlinked.columns) == ["subject", "center", "stage", "reason", "detail"]


def test_classes_are_coded_in_the_order_of_the_study():
    outcome = Outcome(column="grade", type="classes", classes=["正常", "骨量减少", "(骨)"], missing="exclude")
    cells = {"A1": "（骨）", "A2": "正常", "A3": "", "A4": " 骨量减少"}
    matches = {subject: Match({"grade": cell}) for subject, cell in cells.items()}
    coded, unlinked = code_participants(matches, [("A", subject) for subject in cells], outcome, {})
    assert coded["outcome"].tolist() == [2, 0, 1]
    assert coded["outcome"].dtype.kind == "i"
    assert unlinked["reason"].tolist() == ["outcome_missing"]
    with pytest.raises(ValueError, match="column 'grade' has 'x'; allowed are 正常, 骨量减少"):
        code_participants({"A1": Match({"grade": "x"})}, [("A", "A1")], outcome, {})


def test_a_number_stays_as_it_is():
    outcome = Outcome(column="bmd", type="continuous")
    matches = {"A1": Match({"bmd": "８１.5"}), "A2": Match({"bmd": "-2e1"})}
    coded, _ = code_participants(matches, [("A", "A1"), ("A", "A2")], outcome, {})
    assert coded["outcome"].tolist() == [81.5, -20.0]
