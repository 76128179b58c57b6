"""What steps get and give: targets, folds, the highest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helpers.selections import training
from osteon.modelling.selection.step import highest


def test_targets_are_indicators_of_each_class():
    given = training("classes")
    assert np.array_equal(np.column_stack(given.targets).sum(axis=1), np.ones(120))
    assert np.array_equal(given.targets[2] == 1, given.target == 2)


@pytest.mark.parametrize(("kind", "expected"), [("binary", 4), ("continuous", 5)])
def test_fewer_folds_for_few_patients_are_noted(kind, expected):
    given = training(kind, rows=10)
    if kind == "binary":
        given = replace(given, outcome=(given.table.reset_index().index < 4) + 0 * given.outcome)
    folds, notes = given.folds(7)
    assert len(folds) == expected
    assert notes == [f"{expected} folds instead of 7"]
    assert sorted(np.concatenate([judged for _, judged in folds])) == list(range(10))


def test_the_highest_come_in_the_order_of_the_columns_and_ties_go_to_the_first():
    assert highest(["a", "b", "c", "d"], np.array([1.0, 2.0, 1.0, 3.0]), 3).columns == ["a", "b", "d"]
    assert highest(["a"], np.array([1.0]), 3).notes == ["1 features instead of 3"]
