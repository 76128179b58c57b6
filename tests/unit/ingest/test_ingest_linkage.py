"""Participants become numbers; those without outcome become rows with a reason."""

from __future__ import annotations

import math

from osteon.config.cohort import Outcome, Variable
from osteon.ingest.linkage import code_participants

OUTCOME = Outcome(column="op", positive="yes", negative="no", missing="exclude")
VARIABLES = {"age": Variable(type="continuous"), "sex": Variable(type="binary", positive="male")}
ROWS = [
    {"subject": "A1", "center": "A", "op": "yes", "age": "67.5", "sex": "female"},
    {"subject": "A2", "center": "A", "op": "NA", "age": "60", "sex": "male"},
    {"subject": "A3", "center": "A", "op": "no", "age": "", "sex": "male"},
    {"subject": "unused", "center": "A", "op": "no", "age": "1", "sex": "male"},
]


def test_outcome_and_variables_are_coded():
    coded, without = code_participants(ROWS, [("A", "A1"), ("A", "A2"), ("A", "A3")], OUTCOME, VARIABLES)
    assert coded["subject"].tolist() == ["A1", "A3"]
    assert coded["outcome"].tolist() == [1, 0]
    assert coded["age"].iloc[0] == 67.5
    assert math.isnan(coded["age"].iloc[1])
    assert coded["sex"].tolist() == [0.0, 1.0]
    assert without[["subject", "reason"]].to_numpy().tolist() == [["A2", "outcome_missing"]]


def test_empty_tables_keep_their_columns():
    coded, without = code_participants([], [], OUTCOME, VARIABLES)
    assert list(coded.columns) == ["subject", "center", "outcome", "age", "sex"]
    assert list(without.columns) == ["subject", "center", "stage", "reason", "detail"]
