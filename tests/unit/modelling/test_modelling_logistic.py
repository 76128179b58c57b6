"""Logistic regression: statsmodels' values, separation, constant and collinear terms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from osteon.modelling.leakage import Ledger
from osteon.modelling.logistic import SEPARATED, coefficient_table, fit_logistic
from osteon.modelling.splits import FINAL

SUBJECTS = [f"S{i:03d}" for i in range(200)]


@pytest.fixture
def record():
    return Ledger(pd.DataFrame({"subject": SUBJECTS, "set": "train", "fold": 0})).recorder(FINAL)


@pytest.fixture(scope="module")
def table():
    return pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)), columns=list("abc"), index=SUBJECTS)


@pytest.fixture(scope="module")
def outcome(table):
    return (table["a"] + np.random.default_rng(1).logistic(size=200) > 0).astype(int)


def test_same_as_statsmodels(table, outcome, record):
    fit = fit_logistic(table, outcome, record)
    expected = sm.Logit(outcome, sm.add_constant(table)).fit(disp=0)
    assert fit.intercept == pytest.approx(expected.params["const"], abs=1e-6)
    assert fit.coefficients == pytest.approx(expected.params[list("abc")].to_numpy(), abs=1e-6)
    assert fit.standard_errors == pytest.approx(expected.bse[[*"abc", "const"]].to_numpy(), rel=1e-4)
    assert fit.note == ""


def test_table_in_units(table, outcome, record):
    mean, sd = np.array([10.0, 20.0, 30.0]), np.array([2.0, 4.0, 5.0])
    fit = fit_logistic(table, outcome, record)
    found = coefficient_table(list("abc"), ["clinical", "clinical", "score"], fit, mean, sd).set_index("term")
    raw = sm.Logit(outcome, sm.add_constant(table * sd + mean)).fit(disp=0)
    assert found["coefficient_per_unit"].to_numpy() == pytest.approx(raw.params[[*"abc", "const"]].to_numpy(), abs=1e-5)
    assert found.loc["a", "odds_ratio"] == pytest.approx(np.exp(fit.coefficients[0]))
    assert found.loc["a", "low"] < found.loc["a", "odds_ratio"] < found.loc["a", "high"]
    assert found.loc["intercept", "kind"] == "intercept"


def spoil(table, outcome, how):
    if how == "separated":
        return table.assign(b=np.where(outcome == 1, 1.0, -1.0))
    if how == "nearly separated":  # one value of b occurs in one class only
        return table.assign(b=np.where((outcome == 1) & (table["c"] > 0), 2.0, -0.5))
    return table.assign(b=table["a"])


@pytest.mark.parametrize("how", ["separated", "nearly separated", "collinear"])
def test_no_finite_or_unique_estimate_gives_a_noted_ridge(table, outcome, record, how):
    terms = spoil(table, outcome, how)
    fit = fit_logistic(terms, outcome, record)
    assert fit.note == SEPARATED
    assert np.abs(fit.coefficients).max() < 10
    found = coefficient_table(list("abc"), ["score"] * 3, fit, np.zeros(3), np.ones(3))
    assert found["standard_error"].isna().all()
    assert (found["note"] == SEPARATED).all()
    assert record.ledger.table()["note"].tolist() == [SEPARATED]


def test_constant_term_has_coefficient_0(table, outcome, record):
    fit = fit_logistic(table.assign(b=0.0), outcome, record)
    alone = fit_logistic(table[["a", "c"]], outcome, record)
    assert fit.coefficients[1] == 0
    assert fit.coefficients[[0, 2]] == pytest.approx(alone.coefficients)
    assert fit.note == "constant: b"
    assert np.isnan(fit.standard_errors[1])
    assert not np.isnan(fit.standard_errors[[0, 2, 3]]).any()
