"""LASSO and elastic net."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import ElasticNetCV, LassoCV
from sklearn.linear_model import Lasso as LassoModel
from sklearn.model_selection import StratifiedKFold

from helpers.selections import PLANTED, training
from osteon.config.selection import ElasticNet, Lasso
from osteon.modelling.selection.linear import chosen, without_rounding
from osteon.modelling.selection.logistic_lasso import fit_logistic_lasso
from osteon.modelling.selection.penalised import elastic_net, fit_elastic_net, fit_lasso, lasso


def folds_of(given):
    return given.folds(5)[0]


def test_binary_lasso_is_the_published_protocol_to_the_last_bit():
    given = training()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = LassoCV(
            cv=StratifiedKFold(10, shuffle=True, random_state=given.seed), eps=0.01, precompute=True, max_iter=1000
        ).fit(given.values, given.target.astype(float))
    expected = LassoModel(alpha=path.alpha_, max_iter=10_000, precompute=True).fit(given.values, given.target)
    found = lasso(Lasso(), given)
    assert found.columns == list(given.table.columns[expected.coef_ != 0])
    assert np.array_equal(found.weights[:, 0], expected.coef_[expected.coef_ != 0])
    assert found.intercepts[0] == expected.intercept_


@pytest.mark.parametrize("kind", ["binary", "classes", "continuous"])
@pytest.mark.parametrize(
    ("fit", "step"),
    [(lasso, Lasso(rule="1se", folds=5)), (elastic_net, ElasticNet(rule="1se", folds=5, mixture=[0.5, 0.9]))],
    ids=["lasso", "elastic_net"],
)
def test_planted_features_are_found(kind, fit, step):
    given = training(kind)
    found = fit(step, given)
    scores = 3 if kind == "classes" else 1
    assert set(PLANTED) <= set(found.columns)
    assert found.weights.shape == (len(found.columns), scores)
    assert found.intercepts.shape == (scores,)
    last = dict(zip(found.columns, found.weights[:, -1], strict=True))
    noise = [abs(weight) for name, weight in last.items() if name not in (*PLANTED, "f01")]
    assert last["f07"] > 2 * max(noise, default=0)
    assert last["f02"] < 0
    # The features have mean 0, so an intercept is the mean of its target.
    np.testing.assert_allclose(found.intercepts, [target.mean() for target in given.targets], atol=1e-6)


def test_at_the_penalty_that_removes_all_features_none_stays():
    """Noise, of which the rule 1se takes that penalty; scikit-learn's fit has a weight of 7e-17 there."""
    random = np.random.default_rng(9)
    values, target = random.normal(size=(107, 300)), random.integers(0, 2, 107) * 1.0
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    part = np.arange(107) % 5
    fit = fit_lasso(values, target, [(np.flatnonzero(part != k), np.flatnonzero(part == k)) for k in range(5)], "1se")
    assert fit.penalty == pytest.approx(np.abs(values.T @ (target - target.mean())).max() / 107)
    assert np.count_nonzero(fit.coefficients) == 0


def test_small_weights_are_not_rounding():
    values = np.array([[1.0], [-1.0]] * 10) * [[1.0, 1e-6, 1e6]]
    target = np.arange(20) % 2 * 1.0
    weights = np.array([1e-9, 1e-3, 1e-20])
    assert np.array_equal(without_rounding(weights, values, target), [1e-9, 1e-3, 0.0])


def test_several_classes_are_one_lasso_each():
    given = training("classes")
    found = lasso(Lasso(folds=5), given)
    for place, target in enumerate(given.targets):
        one = fit_lasso(given.values, target, folds_of(given), "min")
        weights = np.zeros(25)
        weights[[given.columns.index(column) for column in found.columns]] = found.weights[:, place]
        assert np.array_equal(weights, one.coefficients)


def test_lasso_solution_meets_its_conditions():
    """Karush-Kuhn-Tucker: the gradient equals the penalty where a weight is not 0, and is smaller elsewhere."""
    given = training()
    found = fit_lasso(given.values, given.targets[0], folds_of(given), "min")
    gradient = given.values.T @ (given.target - given.values @ found.coefficients - found.intercept) / 120
    taken = found.coefficients != 0
    assert np.abs(np.abs(gradient[taken]) - found.penalty).max() < 1e-3
    assert np.abs(gradient[~taken]).max() < found.penalty + 1e-3


def test_elastic_net_solution_meets_its_conditions():
    given = training()
    found = fit_elastic_net(given.values, given.targets[0], folds_of(given), ElasticNet(mixture=[0.5]))
    gradient = given.values.T @ (given.target - given.values @ found.coefficients - found.intercept) / 120
    gradient -= found.penalty * 0.5 * found.coefficients
    taken = found.coefficients != 0
    assert np.abs(np.abs(gradient[taken]) - found.penalty * 0.5).max() < 1e-3
    assert np.abs(gradient[~taken]).max() < found.penalty * 0.5 + 1e-3


def test_elastic_net_with_the_whole_penalty_is_the_lasso():
    given = training()
    found, expected = elastic_net(ElasticNet(mixture=[1.0]), given), lasso(Lasso(), given)
    assert found.columns == expected.columns
    np.testing.assert_allclose(found.weights, expected.weights, rtol=0, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "seed"), [(0.5, 2), (2, 1), (4, 0)])
def test_mixture_and_penalty_are_scikit_learns_where_the_least_error_counts(noise, seed):
    given, mixtures = training(noise=noise, seed=seed), [0.05, 0.3, 0.9]
    folds = folds_of(given)
    expected = ElasticNetCV(l1_ratio=mixtures, cv=folds, eps=0.01).fit(given.values, given.targets[0])
    for order in (mixtures, mixtures[::-1]):
        found = fit_elastic_net(given.values, given.targets[0], folds, ElasticNet(mixture=order))
        assert (found.mixture, found.penalty) == (expected.l1_ratio_, pytest.approx(expected.alpha_))


def test_logistic_solution_meets_its_conditions():
    given = training(noise=2)
    found = fit_logistic_lasso(given.values, given.targets[0], given.folds(3)[0], "min")
    risk = 1 / (1 + np.exp(-(given.values @ found.coefficients + found.intercept)))
    gradient = given.values.T @ (given.target - risk) / 120
    taken = found.coefficients != 0
    assert 3 <= taken.sum() < 25
    assert risk.mean() == pytest.approx(given.target.mean(), abs=1e-4)
    assert np.abs(np.abs(gradient[taken]) - found.penalty).max() < 1e-4
    assert np.abs(gradient[~taken]).max() < found.penalty + 1e-4


@pytest.mark.slow
def test_logistic_lasso_finds_the_planted_features():
    given = training(noise=2)
    least, sparse = (lasso(Lasso(loss="logistic", rule=rule, folds=4), given).columns for rule in ("min", "1se"))
    assert set(sparse) < set(least)
    assert len(set(sparse) & set(PLANTED)) >= 2


def test_logistic_lasso_of_a_number_is_refused():
    with pytest.raises(ValueError, match="for a number write 'loss: squared'"):
        lasso(Lasso(loss="logistic"), training("continuous"))


def test_one_standard_error_rule_is_sparser():
    given = training(noise=2)
    least, sparse = (fit_lasso(given.values, given.targets[0], folds_of(given), rule) for rule in ("min", "1se"))
    assert sparse.penalty > least.penalty
    assert (sparse.coefficients != 0).sum() < (least.coefficients != 0).sum()


def test_one_standard_error_rule_by_hand():
    penalties = np.array([4.0, 3.0, 2.0, 1.0])
    errors = np.array([[9.0, 9.0], [5.5, 4.5], [5.0, 3.0], [6.0, 6.0]])
    # Least error 4 at 2; its standard error is sqrt(2) / sqrt(2) = 1, so 5 at 3 is within it.
    assert chosen(penalties, errors, "min") == 2
    assert chosen(penalties, errors, "1se") == 3


def test_fewer_folds_for_a_small_class_are_noted():
    given = training()
    few = replace(given, outcome=(given.outcome.rank(method="first") > 116).astype(int))
    assert "4 folds instead of 10" in lasso(Lasso(), few).notes


def test_notes_name_the_class():
    given = training("classes", noise=0.01)
    notes = elastic_net(ElasticNet(mixture=[0.01]), given).notes
    assert any(note.endswith(" for low") for note in notes)
