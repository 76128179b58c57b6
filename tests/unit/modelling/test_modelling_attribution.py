"""SHAP values of every family of model: they add to its output, and are what their definition says."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.selections import coded, standardised
from osteon.modelling import classifiers
from osteon.modelling.attribution import BACKGROUND, NotAdditive, attribution
from osteon.modelling.explanation_codes import Method, NoInteractions, Scale
from osteon.modelling.leakage import Ledger
from osteon.modelling.predictors import Linear, fit_predictor
from osteon.modelling.splits import FINAL
from osteon.modelling.task import Task

pytestmark = pytest.mark.slow  # shap compiles for seconds when it is imported

TASKS = {"binary": Task(), "classes": Task("classes", ("low", "mid", "high")), "continuous": Task("continuous", ())}
ROWS, TERMS = 90, 3
SMALL = {"random_forest": {"max_depth": 3}, "extra_trees": {"max_depth": 3}}
FORMS = {
    "logistic": ("linear", "log_odds", "class_score"),
    "logistic_l1": ("linear", "log_odds", "class_score"),
    "logistic_l2": ("linear", "log_odds", "class_score"),
    "logistic_elastic_net": ("linear", "log_odds", "class_score"),
    "sgd": ("linear", "log_odds", "log_odds"),
    "svm_linear": ("linear", "decision_value", "decision_value"),
    "tree": ("tree", "probability", "probability"),
    "random_forest": ("tree", "probability", "probability"),
    "extra_trees": ("tree", "probability", "probability"),
    "gradient_boosting": ("tree", "log_odds", "probability"),
    "xgboost": ("tree", "log_odds", "class_score"),
    "lightgbm": ("tree", "log_odds", "class_score"),
    "svm_rbf": ("exact", "decision_value", "decision_value"),
    "knn": ("exact", "probability", "probability"),
    "naive_bayes": ("exact", "probability", "probability"),
    "adaboost": ("exact", "probability", "probability"),
    "mlp": ("exact", "probability", "probability"),
}


def terms(columns: int = TERMS) -> pd.DataFrame:
    random = np.random.default_rng(1)
    values = random.normal(size=(ROWS, columns))
    values[:, 0] = values[:, 0] > 0
    return standardised(values)


def outcome(table: pd.DataFrame, kind: str) -> pd.Series:
    random = np.random.default_rng(2)
    number = table["f00"] + table["f01"] * (1 + table["f02"]) + 0.5 * random.normal(size=len(table))
    return coded(100 + 30 * number, kind)


def fit(name: str, kind: str, table: pd.DataFrame, target: pd.Series):
    splits = pd.DataFrame({"subject": table.index, "center": "A", "set": "train", "fold": 0})
    record = Ledger(splits).recorder(FINAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = fit_predictor(name, SMALL.get(name, {}), TASKS[kind], table, target, 3, record)
    return fitted.predictor, table.to_numpy()


def predictor(name: str, kind: str = "binary", columns: int = TERMS):
    table = terms(columns)
    return fit(name, kind, table, outcome(table, kind))


def test_all_families_are_here():
    assert set(FORMS) == set(classifiers.NAMES)


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("name", FORMS)
def test_contributions_add_to_what_the_model_says(name, kind):
    if (name, kind) == ("naive_bayes", "continuous"):
        pytest.skip("it has no regressor")
    fitted, values = predictor(name, kind)
    found = attribution(fitted, TASKS[kind], values, 5)
    method, *scales = FORMS[name]
    if (name, kind) == ("gradient_boosting", "classes"):
        method = "exact"
    scale = Scale.OUTCOME if kind == "continuous" else scales[kind == "classes"]
    assert (found.method, found.scale) == (method, scale)
    parts = found.contributions(values[:12])
    assert parts.shape == (12, TERMS, len(TASKS[kind].columns))
    said = fitted.raw(values[:12], TASKS[kind])
    total = parts.sum(axis=1) + found.base
    if scale == Scale.LOG_ODDS and kind == "binary":
        total = 1 / (1 + np.exp(-total))
    elif scale == Scale.CLASS_SCORE:
        total = np.exp(total) / np.exp(total).sum(axis=1, keepdims=True)
    elif scale == Scale.LOG_ODDS:  # each class against the others, then divided by their sum
        total = 1 / (1 + np.exp(-total))
        total = total / total.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(total, said, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("name", ["logistic", "svm_linear"])
def test_linear_models_have_their_closed_form(name, kind):
    fitted, values = predictor(name, kind)
    moved = values + [0.0, 2.0, -1.0]
    found = attribution(fitted, TASKS[kind], moved, 5)
    assert found.background == ROWS
    if isinstance(fitted, Linear):
        coefficients, unit = fitted.coefficients, 1.0
    else:
        inner = getattr(fitted.fitted, "regressor_", fitted.fitted)
        coefficients = np.atleast_2d(inner.coef_).T
        unit = fitted.fitted.transformer_.scale_[0] if kind == "continuous" else 1.0
    expected = (moved - moved.mean(axis=0))[:, :, None] * coefficients * unit
    np.testing.assert_allclose(found.contributions(moved), expected, rtol=1e-9, atol=1e-9)
    assert found.pairs is None
    assert found.no_pairs is NoInteractions.ADDITIVE


def shapley(worth, count: int) -> np.ndarray:
    """Shapley values by their definition, from the worth of every set of known terms."""
    known = {
        subset: worth(subset) for size in range(count + 1) for subset in itertools.combinations(range(count), size)
    }
    parts = []
    for term in range(count):
        others = [i for i in range(count) if i != term]
        part = 0.0
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for subset in itertools.combinations(others, size):
                part = part + weight * (known[tuple(sorted((*subset, term)))] - known[subset])
        parts.append(part)
    return np.array(parts)


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("name", ["knn", "svm_rbf", "adaboost"])
def test_unknown_terms_have_the_values_of_the_background(name, kind):
    """For two patients, over all training patients: fewer than the background may have."""
    fitted, values = predictor(name, kind)
    assert len(values) < BACKGROUND
    found = attribution(fitted, TASKS[kind], values, 5)

    def worth(row, known):
        mixed = values.copy()
        mixed[:, list(known)] = row[list(known)]
        return found.output(mixed).mean(axis=0)

    expected = [shapley(lambda known, row=row: worth(row, known), TERMS) for row in values[[3, 40]]]
    size = max(1.0, float(np.abs(found.output(values)).max()))
    np.testing.assert_allclose(found.contributions(values[[3, 40]]), expected, atol=1e-9 * size)


def both_ways(tree, row: np.ndarray, known: tuple[int, ...], node: int = 0) -> np.ndarray:
    """Mean value of the leaves that a patient comes to who goes both ways where a term is not known."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left == right:
        return tree.value[node][0]
    if tree.feature[node] in known:
        down = left if np.float32(row[tree.feature[node]]) <= tree.threshold[node] else right
        return both_ways(tree, row, known, down)
    counts = tree.weighted_n_node_samples[[left, right]]
    parts = [both_ways(tree, row, known, down) for down in (left, right)]
    return (counts[0] * parts[0] + counts[1] * parts[1]) / counts.sum()


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("name", ["tree", "random_forest", "extra_trees"])
def test_trees_go_both_ways_where_a_term_is_not_known(name, kind):
    fitted, values = predictor(name, kind)
    found = attribution(fitted, TASKS[kind], values, 5)
    inner = getattr(fitted.fitted, "regressor_", fitted.fitted)
    trees = [one.tree_ for one in getattr(inner, "estimators_", [inner])]
    unit = fitted.fitted.transformer_.scale_[0] if kind == "continuous" else 1.0

    def worth(row, known):
        return np.mean([both_ways(tree, row, known) for tree in trees], axis=0)

    expected = np.array([shapley(lambda known, row=row: worth(row, known), TERMS) for row in values[[3, 40]]])
    shown = expected[..., -1:] if kind == "binary" else expected
    np.testing.assert_allclose(found.contributions(values[[3, 40]]), shown * unit, atol=1e-9 * unit)


def test_whole_numbers_go_the_way_of_the_model():
    """63 years lie on the threshold between 62 and 64; shap's method with a background takes the other way there."""
    random = np.random.default_rng(0)
    age, other = 2 * random.integers(25, 40, 200), random.normal(size=200)
    table = pd.DataFrame({"age": (age - 63.7) / 8.3, "other": other}, index=[f"S{i}" for i in range(200)])
    target = pd.Series((random.random(200) < 0.5).astype(int), index=table.index)
    fitted, values = fit("tree", "binary", table, target)
    found = attribution(fitted, TASKS["binary"], values, 5)
    between = np.column_stack([(age + 1 - 63.7) / 8.3, other])
    total = found.contributions(between).sum(axis=1) + found.base
    np.testing.assert_allclose(total, fitted.raw(between, TASKS["binary"]), atol=1e-12)


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("name", ["random_forest", "lightgbm", "xgboost"])
def test_interactions_are_symmetric_and_find_the_pair(name, kind):
    """The outcome is high where both f01 and f02 are; the others have nothing to do with it."""
    random = np.random.default_rng(3)
    table = standardised(random.normal(size=(400, 5)))
    number = 100 + 30 * ((table["f01"] > 0) & (table["f02"] > 0)) + random.normal(size=400)
    fitted, values = fit(name, kind, table, coded(number, kind))
    matrix = attribution(fitted, TASKS[kind], values, 5).interactions(values[:50])
    assert matrix.shape == (50, 5, 5, len(TASKS[kind].columns))
    np.testing.assert_allclose(matrix, matrix.swapaxes(1, 2), atol=1e-4)
    size = np.abs(matrix).mean(axis=(0, 3))
    pairs = {(i, j): size[i, j] for i, j in itertools.combinations(range(5), 2)}
    assert pairs.pop((1, 2)) > 1.5 * max(pairs.values())


@pytest.mark.parametrize(("name", "option"), [("xgboost", "pred_contribs"), ("lightgbm", "pred_contrib")])
def test_interactions_add_to_the_contributions_of_the_libraries(name, option):
    """XGBoost and LightGBM have path-dependent contributions of their own; a row of the matrix adds to them."""
    fitted, values = predictor(name)
    found = attribution(fitted, TASKS["binary"], values, 5)
    matrix = found.interactions(values)[..., 0]
    if name == "xgboost":
        import xgboost

        own = fitted.fitted.get_booster().predict(xgboost.DMatrix(values), **{option: True})
    else:
        own = fitted.fitted.predict(values, **{option: True})
    np.testing.assert_allclose(matrix.sum(axis=2), own[:, :-1], atol=1e-5)
    np.testing.assert_allclose(found.contributions(values)[..., 0], own[:, :-1], atol=1e-6)
    np.testing.assert_allclose(found.base, own[0, -1], atol=1e-6)


def test_background_is_a_seeded_part_of_the_training_patients():
    fitted, values = predictor("naive_bayes")
    many = np.concatenate([values, values + 0.1])
    one, again, other = (attribution(fitted, TASKS["binary"], many, seed) for seed in (5, 5, 6))
    assert one.background == BACKGROUND
    assert np.array_equal(one.contributions(values[:5]), again.contributions(values[:5]))
    assert not np.array_equal(one.contributions(values[:5]), other.contributions(values[:5]))


def test_many_terms_are_permuted_by_the_seed_alone():
    fitted, values = predictor("naive_bayes", columns=8)
    found = attribution(fitted, TASKS["binary"], values, 5)
    assert found.method is Method.PERMUTATION
    np.random.seed(99)
    before = np.random.get_state()[1].copy()
    first, second = found.contributions(values[:4]), found.contributions(values[:4])
    assert np.array_equal(first, second)
    assert np.array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(
    ("name", "columns", "reason"),
    [("tree", 31, NoInteractions.TOO_MANY_TERMS), ("knn", 3, NoInteractions.NO_TREES)],
    ids=["wide", "knn"],
)
def test_no_interactions_with_a_reason(name, columns, reason):
    fitted, values = predictor(name, columns=columns)
    found = attribution(fitted, TASKS["binary"], values, 5)
    assert (found.pairs, found.no_pairs) == (None, reason)


def test_values_of_another_model_are_refused():
    fitted, values = predictor("lightgbm")
    found = attribution(fitted, TASKS["binary"], values, 5)
    wrong = replace(found, base=found.base + 0.01)
    with pytest.raises(NotAdditive, match=r"differ from the output of the model by up to 0\.01"):
        wrong.contributions(values)
    with pytest.raises(NotAdditive):
        replace(found, pairs=lambda rows: 2 * found.pairs(rows)).interactions(values)


@pytest.mark.parametrize(
    ("name", "kind"), [("logistic_l2", "binary"), ("logistic_l2", "classes"), ("svm_linear", "binary")]
)
def test_linear_values_are_those_of_shap(name, kind):
    import shap

    fitted, values = predictor(name, kind)
    found = attribution(fitted, TASKS[kind], values, 1)
    masker = shap.maskers.Independent(values, max_samples=len(values))
    output = found.output(np.zeros((1, TERMS)))[0]
    slopes = np.stack([found.output(row[None])[0] - output for row in np.eye(TERMS)])
    for place, (column, intercept) in enumerate(zip(slopes.T, output, strict=True)):
        one = shap.LinearExplainer((column, float(intercept)), masker)
        assert found.base[place] == pytest.approx(one.expected_value, rel=1e-12)
        np.testing.assert_allclose(found.contributions(values)[:, :, place], one.shap_values(values), atol=1e-12)


def test_linear_models_load_no_shap():
    """It compiles for seconds, and every job would wait for it."""
    code = """
import sys
import numpy as np
from osteon.modelling.attribution import attribution
from osteon.modelling.predictors import Linear
from osteon.modelling.task import Task
model = Linear(np.ones((2, 1)), np.zeros(1))
attribution(model, Task(), np.eye(2), 1).contributions(np.eye(2))
sys.exit("shap" in sys.modules)
"""
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=path, timeout=120).returncode == 0
