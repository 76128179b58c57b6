"""Predictors and their tables of coefficients, for every kind of outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import softmax

from osteon.modelling.leakage import Ledger
from osteon.modelling.predictors import Estimator, Linear, fit_predictor
from osteon.modelling.splits import FINAL
from osteon.modelling.task import BINARY, Task

CLASSES, NUMBER = Task("classes", ("low", "middle", "high")), Task("continuous", ())
MEAN, SD = np.array([1.0, 2.0]), np.array([2.0, 4.0])


@pytest.fixture
def terms():
    values = np.random.default_rng(0).normal(size=(90, 2))
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    return pd.DataFrame(values, columns=["age", "T1"], index=[f"s{i}" for i in range(90)])


def fitted(name, terms, outcome, task, **parameters):
    splits = pd.DataFrame({"subject": terms.index, "person": terms.index, "center": "A", "set": "train", "fold": 0})
    ledger = Ledger(splits)
    found = fit_predictor(
        name, parameters, task, terms, pd.Series(outcome, index=terms.index), 0, ledger.recorder(FINAL)
    )
    return found, found.table(["age", "T1"], ["clinical", "score"], MEAN, SD, task), ledger.table()


def binary(terms):
    return (terms["T1"] + np.random.default_rng(1).normal(size=90) > 0).astype(int).to_numpy()


def test_plain_logistic_regression_has_standard_errors(terms):
    found, table, fits = fitted("logistic", terms, binary(terms), BINARY)
    assert isinstance(found.predictor, Linear)
    assert table["standard_error"].notna().all()
    assert fits["object"].tolist() == ["logistic regression"]
    assert found.predictor.raw(terms.to_numpy(), BINARY).shape == (90, 1)


def test_penalised_logistic_regression_is_coefficients_without_standard_errors(terms):
    found, table, _ = fitted("logistic_l2", terms, binary(terms), BINARY, C=0.1)
    assert isinstance(found.predictor, Linear)
    assert table["coefficient"].notna().all()
    assert table["standard_error"].isna().all()
    assert (table["note"] == "no standard errors: logistic_l2").all()
    plain, _, _ = fitted("logistic", terms, binary(terms), BINARY)
    assert abs(found.predictor.coefficients[1, 0]) < abs(plain.predictor.coefficients[1, 0])


def test_what_has_no_coefficients_says_so(terms):
    found, table, _ = fitted("random_forest", terms, binary(terms), BINARY, max_depth=3)
    assert isinstance(found.predictor, Estimator)
    assert table["term"].tolist() == ["age", "T1", "intercept"]
    assert table["coefficient"].isna().all()
    assert (table["note"] == "no coefficients: random_forest").all()


def test_a_number_has_effects_and_no_odds_ratios(terms):
    outcome = 100 + 7 * terms["T1"].to_numpy() + np.random.default_rng(2).normal(size=90)
    found, table, _ = fitted("logistic", terms, outcome, NUMBER)
    expected = sm.OLS(outcome, sm.add_constant(terms.to_numpy(), prepend=False)).fit()
    table = table.set_index("term")
    assert table["coefficient"].to_numpy() == pytest.approx(expected.params)
    assert table["standard_error"].to_numpy() == pytest.approx(expected.bse)
    assert table["odds_ratio"].isna().all()
    assert table.at["T1", "low"] < 7 < table.at["T1", "high"]
    assert table.at["T1", "coefficient_per_unit"] == pytest.approx(expected.params[1] / 4)
    assert found.predictor.raw(terms.to_numpy(), NUMBER)[:, 0] == pytest.approx(expected.fittedvalues)


def test_collinear_terms_of_a_number_have_no_standard_errors(terms):
    twice = terms.assign(T1=terms["age"])
    _, table, _ = fitted("logistic", twice, terms["age"].to_numpy() * 3, NUMBER)
    assert table["standard_error"].isna().all()
    assert (table["note"] == "collinear terms: no standard errors").all()


def test_several_classes_have_a_row_for_each(terms):
    outcome = pd.qcut(terms["T1"], 3, labels=False).to_numpy()
    found, table, _ = fitted("logistic_l2", terms, outcome, CLASSES)
    assert table["class"].tolist() == ["low"] * 3 + ["middle"] * 3 + ["high"] * 3
    raw = found.predictor.raw(terms.to_numpy(), CLASSES)
    linear = terms.to_numpy() @ found.predictor.coefficients + found.predictor.intercepts
    assert raw == pytest.approx(softmax(linear, axis=1))
    assert (raw.argmax(axis=1) == outcome).mean() > 0.8
