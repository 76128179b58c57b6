"""Boruta, random-forest wrapper, SVM-RFE, sequential selection."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_selection import RFE
from sklearn.svm import LinearSVC

from helpers.selections import PLANTED, standardised, training
from osteon.config.selection import Boruta, Forest, Sequential, SvmRfe
from osteon.modelling.selection.boruta import boruta
from osteon.modelling.selection.sequential import sequential
from osteon.modelling.selection.univariable import p_values
from osteon.modelling.selection.wrappers import forest, svm_rfe

KINDS = ["binary", "classes", "continuous"]
RELATED = {*PLANTED, "f01"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_boruta_finds_the_planted_features(kind):
    found = boruta(Boruta(iterations=15, trees=25), training(kind, rows=150, columns=10))
    assert set(PLANTED) <= set(found.columns)
    assert len(set(found.columns) - RELATED) <= 1


def test_boruta_drops_undecided_features_if_told_to():
    # In few iterations nothing can be decided.
    given = training(columns=12)
    tentative = boruta(Boruta(iterations=5, trees=20), given)
    strict = boruta(Boruta(iterations=5, trees=20, tentative=False), given)
    assert set(strict.columns) < set(tentative.columns) <= set(given.columns)
    assert "undecided features stay" in tentative.notes[0]
    assert "undecided features dropped" in strict.notes[0]


def test_boruta_makes_as_many_forests_as_it_may(monkeypatch):
    counted = []
    monkeypatch.setattr("boruta.BorutaPy._get_imp", lambda self, x, y: counted.append(1) or np.arange(x.shape[1]) % 2.0)
    boruta(Boruta(iterations=6, trees=10), training(columns=8))
    assert len(counted) == 6


@pytest.mark.slow
def test_nothing_but_noise_leaves_boruta_with_nothing():
    random = np.random.default_rng(0)
    given = replace(training(), table=standardised(random.normal(size=(120, 8))))
    assert boruta(Boruta(iterations=20, trees=20, tentative=False), given).columns == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fit", "step"), [(forest, Forest(k=4, trees=30)), (svm_rfe, SvmRfe(k=4))], ids=["forest", "svm_rfe"]
)
def test_wrappers_find_the_planted_features(kind, fit, step):
    found = fit(step, training(kind, rows=150)).columns
    assert len(found) == 4
    assert len(RELATED & set(found)) >= 3


def test_svm_rfe_one_at_a_time_is_sklearns():
    given = training(noise=2)
    model = LinearSVC(dual="auto", max_iter=10_000, random_state=given.seed)
    expected = RFE(model, n_features_to_select=5, step=1).fit(given.values, given.target)
    assert svm_rfe(SvmRfe(k=5, drop=0.001), given).columns == list(given.table.columns[expected.support_])


def test_a_share_of_what_is_left_goes_each_time(monkeypatch):
    sizes = []
    monkeypatch.setattr(
        "osteon.modelling.selection.wrappers.LinearSVC",
        lambda **_: type("Svm", (), {"fit": lambda self, x, y: sizes.append(x.shape[1]), "coef_": np.zeros((1, 1))})(),
    )
    monkeypatch.setattr("numpy.atleast_2d", lambda _: np.ones((1, sizes[-1])))
    found = svm_rfe(SvmRfe(k=3, drop=0.5), training(columns=25))
    assert sizes == [25, 13, 7, 4]
    assert found.columns == ["f00", "f01", "f02"]  # of equal weights the last ones go


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_sequential_finds_the_planted_features(kind):
    found = sequential(Sequential(k=3, folds=3, first=8), training(kind))
    assert len(RELATED & set(found.columns)) == 3
    assert "f07" in found.columns


def test_sequential_takes_any_classifier():
    given = training()
    for name in ("svm_linear", "knn", "naive_bayes"):
        assert "f07" in sequential(Sequential(k=3, folds=3, first=6, classifier=name), given).columns


def test_sequential_with_decision_values_of_several_classes():
    found = sequential(Sequential(k=2, folds=3, first=5, classifier="svm_linear"), training("classes"))
    assert len(RELATED & set(found.columns)) == 2


def test_sequential_looks_at_the_first_candidates_only():
    random = np.random.default_rng(4)
    table = standardised(random.normal(size=(120, 8)))
    # No t test sees f03, for it matters in both directions; a tree does.
    given = replace(training(), table=table, outcome=(table["f03"].abs() > 0.7).astype(int))
    first = p_values(given, "welch").nsmallest(3).index
    tree = {"classifier": "tree", "folds": 3, "k": 1}
    assert "f03" not in first
    assert sequential(Sequential(**tree), given).columns == ["f03"]
    assert set(sequential(Sequential(first=3, **tree), given).columns) <= set(first)


def test_unknown_classifier_is_refused():
    with pytest.raises(ValueError, match="unknown classifier 'forrest'; allowed"):
        sequential(Sequential(classifier="forrest", k=2), training())


@pytest.mark.parametrize(
    ("fit", "step"),
    [(forest, Forest(k=99)), (svm_rfe, SvmRfe(k=99)), (sequential, Sequential(k=99))],
    ids=["forest", "svm_rfe", "sequential"],
)
def test_more_than_there_are(fit, step):
    given = training()
    found = fit(step, given)
    assert found.columns == given.columns
    assert found.notes == ["25 features instead of 99"]
