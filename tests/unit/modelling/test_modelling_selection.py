"""Selection: unusable columns, t test, LASSO."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from osteon.config.modelling import Selection
from osteon.modelling.leakage import Ledger
from osteon.modelling.selection import (
    FATES,
    Fate,
    constant_columns,
    fit_lasso,
    missing_columns,
    t_test,
)
from osteon.modelling.splits import FINAL

SUBJECTS = [f"S{i:03d}" for i in range(100)]


@pytest.fixture
def record():
    return Ledger(pd.DataFrame({"subject": SUBJECTS, "set": "train", "fold": 0})).recorder(FINAL)


@pytest.fixture(scope="module")
def table():
    x = pd.DataFrame(
        np.random.default_rng(0).normal(size=(100, 30)), index=SUBJECTS, columns=[f"f{i}" for i in range(30)]
    )
    return (x - x.mean()) / x.std(ddof=0)


@pytest.fixture(scope="module")
def outcome(table):
    return (table["f0"] - table["f1"] + 0.5 * table["f7"] > 0).astype(int)


def test_every_fate_is_explained():
    assert set(FATES) == set(Fate)


def test_missing_columns():
    table = pd.DataFrame({"good": [1, np.nan, 1, 1], "empty": [np.nan] * 4, "half": [1, 1, np.nan, np.nan]})
    center = pd.Series(["A", "A", "B", "B"])
    assert missing_columns(table, center) == {"empty": Fate.ALL_MISSING, "half": Fate.MISSING_IN_CENTER}


def test_constant_columns():
    x = np.arange(100.0)
    middle = np.select([x < 2, x > 96], [-1, 9], 5)
    table = pd.DataFrame(
        {
            "varies": x,
            "flat": 3.0,
            "rounding": 0.1 + 1e-15 * (x % 2),
            "94 %": np.minimum(x, 6),
            "95 %": np.minimum(x, 5),
            "95 % in the middle": middle,
            "tiny": 1e-30 * x,
        }
    )
    assert set(constant_columns(table)) == {"flat", "rounding", "95 %", "95 % in the middle"}


@pytest.mark.parametrize("test", ["welch", "student"])
def test_p_values_are_those_of_the_t_test(table, outcome, record, test):
    found = t_test(table, outcome, Selection(test=test), record)
    expected = ttest_ind(table["f3"][outcome == 1], table["f3"][outcome == 0], equal_var=test == "student").pvalue
    assert found["f3"] == pytest.approx(expected, rel=1e-10)
    assert found.idxmin() in ("f0", "f1")


def test_no_variation_is_no_difference(record):
    flat = pd.DataFrame({"a": [1.0] * 100}, index=SUBJECTS)
    assert t_test(flat, pd.Series([0, 1] * 50, index=SUBJECTS), Selection(), record)["a"] == 1


def test_lasso_finds_the_planted_features(table, outcome, record):
    found = fit_lasso(table, outcome, Selection(), 0, record)
    weights = dict(zip(table.columns, found.coefficients, strict=True))
    assert weights["f0"] > 0.1
    assert weights["f1"] < -0.1
    assert np.abs(list(weights.values())[10:]).max() < weights["f0"] / 3
    # The features have mean 0, so the intercept is the share of events.
    assert found.intercept == pytest.approx(outcome.mean(), abs=1e-6)
    assert found.note == ""


def test_lasso_solution_meets_its_conditions(table, outcome, record):
    """Karush-Kuhn-Tucker: the gradient equals the penalty where a weight is not 0, and is smaller elsewhere."""
    found = fit_lasso(table, outcome, Selection(), 0, record)
    gradient = table.to_numpy().T @ (outcome - table.to_numpy() @ found.coefficients - found.intercept) / len(table)
    chosen = found.coefficients != 0
    assert np.abs(np.abs(gradient[chosen]) - found.penalty).max() < 1e-3
    assert np.abs(gradient[~chosen]).max() < found.penalty + 1e-3


def test_one_standard_error_rule_is_sparser(table, outcome, record):
    least, sparse = (fit_lasso(table, outcome, Selection(rule=rule), 0, record) for rule in ("min", "1se"))
    assert sparse.penalty > least.penalty
    assert (sparse.coefficients != 0).sum() < (least.coefficients != 0).sum()


def test_fewer_folds_for_a_small_class_are_noted(table, record):
    outcome = pd.Series([1] * 4 + [0] * 96, index=SUBJECTS)
    assert "4 folds instead of 10" in fit_lasso(table, outcome, Selection(), 0, record).note
    assert "4 folds instead of 10" in record.ledger.table()["note"].iloc[0]
