"""Participants become numbers; those without participant or outcome become rows with a reason."""

from __future__ import annotations

import math

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
