"""Classifiers: every one for every kind of outcome, without warnings, from its seed alone."""

from __future__ import annotations

import json
import warnings
from functools import cache

import numpy as np
import optuna
import pytest
from scipy.special import expit, softmax
from threadpoolctl import threadpool_limits

from osteon.modelling import estimators
from osteon.modelling.classifiers import (
    NAMES,
    defaults,
    fit,
    make,
    needs_calibration,
    raw_output,
    suggest,
)
from osteon.modelling.search_space import space
from osteon.modelling.task import Task

TASKS = {
    "binary": Task(),
    "classes": Task("classes", ("normal", "osteopenia", "osteoporosis")),
    "continuous": Task("continuous", ()),
}
PAIRS = [(name, kind) for name in NAMES for kind in TASKS if (name, kind) != ("naive_bayes", "continuous")]
each = pytest.mark.parametrize(("name", "kind"), PAIRS, ids=[f"{name}-{kind}" for name, kind in PAIRS])


def table(kind, rows=120, columns=6, seed=0):
    """Values and an outcome that follows the first two columns."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, columns))
    number = 2 * values[:, 0] - 1.5 * values[:, 1] + rng.normal(size=rows)
    outcome = {"binary": (number > 0.5).astype(int), "classes": np.digitize(number, [-1, 1]), "continuous": number}
    return values, outcome[kind]


def fitted(name, kind, parameters=None, seed=1, data=None):
    values, outcome = data or table(kind)
    estimator = make(name, TASKS[kind], parameters or {}, seed)
    notes = fit(estimator, TASKS[kind], values, outcome)
    return estimator, notes


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(estimators, "FOREST_TREES", 30)


@cache
def predicted(name, kind):
    """Output of a first fit, for the patients of `table(kind, seed=2)`."""
    return raw_output(fitted(name, kind)[0], TASKS[kind], table(kind, seed=2)[0])


@pytest.mark.slow
@each
def test_learns_without_warnings(name, kind, capfd):
    task = TASKS[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator, notes = fitted(name, kind)
        values, outcome = table(kind, rows=300, seed=1)
        raw = raw_output(estimator, task, values)
    assert capfd.readouterr() == ("", "")
    assert raw.shape == (300, len(task.columns))
    assert raw.dtype == float
    assert np.isfinite(raw).all()
    assert notes == []
    if kind == "continuous":
        assert task.score(outcome, raw) > 0.4
        return
    if name.startswith("svm"):
        raw = np.exp(raw) if kind == "binary" else np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    assert task.score(outcome, raw) > 0.75
    if not name.startswith("svm"):
        assert ((raw >= 0) & (raw <= 1)).all()
    if kind == "classes":
        assert raw.sum(axis=1) == pytest.approx(np.ones(300), abs=1e-6)


@pytest.mark.slow
@each
def test_seed_alone_decides(name, kind):
    values, _ = table(kind, seed=2)
    predicted(name, kind)
    np.random.default_rng(0).normal(size=5)
    np.random.seed(5)
    with threadpool_limits(1):
        again = raw_output(fitted(name, kind)[0], TASKS[kind], values)
    assert (predicted(name, kind) == again).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["random_forest", "extra_trees", "xgboost", "lightgbm", "gradient_boosting", "mlp"])
def test_another_seed_is_another_model(name):
    other, _ = fitted(name, "binary", seed=2)
    assert (raw_output(other, TASKS["binary"], table("binary", seed=2)[0]) != predicted(name, "binary")).any()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name != "naive_bayes"])
def test_units_of_the_outcome_do_not_matter(name):
    values, outcome = table("continuous")
    # a power of two changes no digit, so that no tie between two splits of a tree is decided otherwise
    estimator, _ = fitted(name, "continuous", data=(values, 64 * outcome))
    raw = raw_output(estimator, TASKS["continuous"], table("continuous", seed=2)[0])
    assert raw == pytest.approx(64 * predicted(name, "continuous"), rel=1e-6)


@pytest.mark.parametrize("name", ["logistic_l1", "logistic_l2", "logistic_elastic_net", "svm_linear", "svm_rbf", "sgd"])
def test_zero_of_the_outcome_does_not_matter(name):
    values, outcome = table("continuous")
    estimator, _ = fitted(name, "continuous", data=(values, outcome + 1000))
    raw = raw_output(estimator, TASKS["continuous"], table("continuous", seed=2)[0])
    assert raw - 1000 == pytest.approx(predicted(name, "continuous"), abs=1e-3)


def test_plain_logistic_is_not_penalised():
    values, outcome = table("binary")
    estimator, _ = fitted("logistic", "binary")
    risk = raw_output(estimator, TASKS["binary"], values)[:, 0]
    # the score equations of maximum likelihood
    assert values.T @ (outcome - risk) == pytest.approx(np.zeros(6), abs=1e-4)
    assert (outcome - risk).sum() == pytest.approx(0, abs=1e-4)


def test_plain_regression_is_least_squares():
    values, outcome = table("continuous")
    raw = raw_output(fitted("logistic", "continuous")[0], TASKS["continuous"], values)[:, 0]
    design = np.column_stack([values, np.ones(len(values))])
    assert raw == pytest.approx(design @ np.linalg.lstsq(design, outcome)[0])


@pytest.mark.parametrize("name", ["logistic_l1", "logistic_elastic_net"])
@pytest.mark.parametrize("kind", ["binary", "continuous"])
def test_penalties_drop_columns(name, kind):
    strong = {"C": 0.05} if kind == "binary" else {"alpha": 0.3}
    estimator, _ = fitted(name, kind, strong)
    coefficients = np.ravel(getattr(estimator, "regressor_", estimator).coef_)
    assert (coefficients != 0).sum() in {1, 2}
    assert coefficients[0] > 0


@pytest.mark.parametrize("strength", [1e-3, 0.05, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("kind", ["binary", "classes"])
@pytest.mark.parametrize(("name", "mix"), [("logistic_l1", 1.0), ("logistic_elastic_net", 0.5)], ids=["l1", "elastic"])
def test_penalised_logistic_reaches_the_minimum(name, mix, kind, strength):
    """The conditions of Karush, Kuhn and Tucker; the intercept is not penalised, also where no column is kept."""
    values, outcome = table(kind)
    estimator, notes = fitted(name, kind, {"C": strength, **({"l1_ratio": mix} if mix < 1 else {})})
    risk = estimator.predict_proba(values)
    observed = np.eye(risk.shape[1])[outcome]
    own = slice(1, None) if kind == "binary" else slice(None)
    beta = estimator.coef_.T
    slope = strength * (values.T @ (observed - risk))[:, own] - (1 - mix) * beta
    assert (beta != 0).any() == (strength > 1e-3)
    assert slope[beta != 0] == pytest.approx(mix * np.sign(beta[beta != 0]), abs=1e-2)
    assert np.abs(slope[beta == 0]).max(initial=0) < mix + 1e-2
    assert (observed - risk).mean(axis=0) == pytest.approx(0, abs=1e-3)
    assert notes == []


def test_sgd_comes_near_the_minimum():
    parameters = {"alpha": 0.02, "l1_ratio": 0.3}
    descended, _ = fitted("sgd", "binary", parameters)
    exact, _ = fitted("logistic_elastic_net", "binary", {"C": 1 / (120 * 0.02), "l1_ratio": 0.3})
    assert descended.coef_ == pytest.approx(exact.coef_, abs=0.1)
    assert descended.intercept_ == pytest.approx(exact.intercept_, abs=0.1)


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("name", ["logistic", "logistic_l1", "logistic_l2", "logistic_elastic_net"])
def test_coefficients_give_the_prediction(name, kind):
    estimator, _ = fitted(name, kind)
    values, _ = table(kind, seed=2)
    slopes = np.atleast_2d(estimator.coef_).T
    linear = values @ slopes + np.atleast_1d(estimator.intercept_)
    expected = {"binary": expit, "classes": lambda each: softmax(each, axis=1), "continuous": lambda each: each}
    assert slopes.shape == (6, len(TASKS[kind].columns))
    assert raw_output(estimator, TASKS[kind], values) == pytest.approx(expected[kind](linear))


def test_calibration_where_the_output_is_no_risk():
    assert {name for name in NAMES if needs_calibration(name)} == {
        "svm_linear",
        "svm_rbf",
        "knn",
        "naive_bayes",
        "adaboost",
        "tree",
    }


@pytest.mark.slow
@each
def test_every_suggestion_can_be_fitted(name, kind):
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=3)).ask()
    parameters = suggest(name, TASKS[kind], trial, 40, 6)
    assert set(parameters) == set(trial.params) == set(defaults(name, TASKS[kind]))
    assert json.loads(json.dumps(parameters, allow_nan=False)) == parameters
    values, outcome = table(kind, rows=50)
    estimator, notes = fitted(name, kind, parameters, data=(values, outcome))
    assert np.isfinite(raw_output(estimator, TASKS[kind], values)).all()
    assert notes == []


@each
def test_defaults_are_within_their_range(name, kind):
    for parameter, found in space(name, TASKS[kind]).items():
        assert 0 <= found.low < found.high
        assert found.low > 0 or not found.log
        assert isinstance(found.default, str) or found.low <= found.default <= found.high, parameter


def test_ranges_follow_the_table():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    task, small, wide = Task(), [], []
    for _ in range(30):
        small.append(suggest("knn", task, study.ask(), 40, 5)["n_neighbors"])
        wide.append(suggest("svm_rbf", task, study.ask(), 40, 1000)["gamma"])
    assert 3 <= min(small) <= max(small) <= 10
    assert 1e-5 <= min(wide) < max(wide) <= 1e-2


def test_more_neighbours_than_patients():
    estimator, notes = fitted("knn", "binary", data=([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]))
    assert notes == ["3 neighbours instead of 15, for there are 4 patients"]
    assert raw_output(estimator, TASKS["binary"], [[0.0], [3.0]])[:, 0] == pytest.approx([1 / 3, 2 / 3])


def test_no_convergence_is_a_note(monkeypatch):
    monkeypatch.setattr(estimators, "ITERATIONS", 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fitted("logistic", "binary")[1] == ["did not converge"]


def test_other_warnings_are_passed_on(monkeypatch):
    estimator = make("naive_bayes", TASKS["binary"], {}, 1)
    monkeypatch.setattr(type(estimator), "fit", lambda self, values, outcome: warnings.warn("odd", UserWarning, 2))
    with pytest.warns(UserWarning, match="odd"):
        assert fit(estimator, TASKS["binary"], *table("binary")) == []


@pytest.mark.parametrize(
    ("values", "outcome", "kind", "sentence"),
    [
        ([[0.0], [1.0]], [1, 1], "binary", "none of the 2 patients has the outcome 'negative'"),
        ([[0.0], [1.0]], [0, 2], "classes", "none of the 2 patients has the outcome 'osteopenia'"),
        ([[0.0], [np.nan]], [0, 1], "binary", "complete and finite"),
        ([[0.0], [1.0]], [0.5, np.inf], "continuous", "complete and finite"),
    ],
    ids=["one class", "class without patients", "missing", "infinite outcome"],
)
def test_refused_tables(values, outcome, kind, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit(make("logistic", TASKS[kind], {}, 0), TASKS[kind], values, outcome)


@pytest.mark.parametrize(
    ("name", "kind", "parameters", "sentence"),
    [
        ("naive_bayes", "continuous", {}, "'naive_bayes' cannot predict a continuous outcome; allowed: logistic, "),
        ("forest", "binary", {}, "unknown classifier 'forest'; allowed: logistic, "),
        ("knn", "binary", {"k": 3}, "'knn' has no hyper-parameter 'k'; allowed: n_neighbors, p"),
        ("logistic", "binary", {"C": 3}, "'logistic' has no hyper-parameter 'C'; allowed: none"),
    ],
    ids=["naive bayes", "unknown", "unknown parameter", "no parameter"],
)
def test_refused_names(name, kind, parameters, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(name, TASKS[kind], parameters, 0)


@pytest.mark.slow
@each
def test_constant_columns(name, kind):
    values, outcome = table(kind, rows=41)
    estimator, notes = fitted(name, kind, data=(np.zeros_like(values), outcome))
    assert notes[-1] == "every column is constant: one prediction for all patients"
    assert np.ptp(raw_output(estimator, TASKS[kind], np.zeros((3, 6))), axis=0) == pytest.approx(0)
