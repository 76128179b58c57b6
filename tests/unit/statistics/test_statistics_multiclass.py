"""Several classes: areas and matrices against scikit-learn, Hand and Till's own definition, sets without a class."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from sklearn import metrics

from osteon.statistics.auc import auc
from osteon.statistics.estimate import Undefined
from osteon.statistics.multiclass import class_measures, hand_till
from osteon.statistics.proportions import wilson


def sample(n: int, classes: int, seed: int, ties: bool = False):
    """Outcomes, probabilities that know something of them, and centers."""
    random = np.random.default_rng(seed)
    codes = np.r_[np.arange(classes), np.arange(classes), random.integers(0, classes, n - 2 * classes)]
    risks = random.dirichlet(np.ones(classes), n) + 0.3 * np.eye(classes)[codes]
    risks = np.round(risks * 5) / 5 + 0.1 if ties else risks
    return codes, risks / risks.sum(axis=1, keepdims=True), np.where(np.arange(n) % 3 == 0, "A", "B")


def measures(codes, risks, center, resamples=100, seed=1):
    strata = [f"{place}/{code}" for place, code in zip(center, codes, strict=True)]
    return class_measures(codes, risks, risks.shape[1], center=center, strata=strata, resamples=resamples, seed=seed)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("classes", [3, 4, 5])
def test_against_scikit_learn(classes, ties):
    codes, risks, center = sample(150, classes, classes, ties)
    found = measures(codes, risks, center).overall
    called = risks.argmax(axis=1)
    expected = {
        "hand_till": metrics.roc_auc_score(codes, risks, multi_class="ovo", average="macro"),
        "auc_macro": metrics.roc_auc_score(codes, risks, multi_class="ovr", average="macro"),
        "accuracy": metrics.accuracy_score(codes, called),
        "balanced_accuracy": metrics.balanced_accuracy_score(codes, called),
        "macro_f1": metrics.f1_score(codes, called, average="macro"),
        "kappa": metrics.cohen_kappa_score(codes, called),
        "kappa_linear": metrics.cohen_kappa_score(codes, called, weights="linear"),
        "kappa_quadratic": metrics.cohen_kappa_score(codes, called, weights="quadratic"),
        "brier": metrics.brier_score_loss(codes, risks, scale_by_half=False),
    }
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value, abs=1e-12), name
        assert found[name].low < value < found[name].high, name


def test_classes_and_matrix_against_scikit_learn():
    codes, risks, center = sample(120, 3, 7)
    found, called = measures(codes, risks, center), risks.argmax(axis=1)
    assert found.confusion.tolist() == metrics.confusion_matrix(codes, called).tolist()
    sensitivity, ppv = (
        function(codes, called, average=None) for function in (metrics.recall_score, metrics.precision_score)
    )
    for code, own in enumerate(found.classes):
        assert own["auc"] == auc(codes == code, risks[:, code])
        assert own["sensitivity"].value == pytest.approx(sensitivity[code], abs=1e-12)
        assert own["ppv"].value == pytest.approx(ppv[code], abs=1e-12)
        inside = [(codes == code) & (called == code), codes == code]
        assert own["sensitivity"] == wilson(int(inside[0].sum()), int(inside[1].sum()))
        others = codes != code
        assert own["specificity"].value == pytest.approx((called[others] != code).mean(), abs=1e-12)
        assert own["npv"].value == pytest.approx((codes[called != code] != code).mean(), abs=1e-12)


def test_pairs_by_counting():
    """A(i|j) as Hand and Till define it: the chance that a patient of j has a lower probability of i than one of i."""
    codes, risks, center = sample(60, 3, 2, ties=True)
    found = measures(codes, risks, center)

    def area(i, j):
        wins = [
            1.0 if high > low else 0.5 if high == low else 0.0
            for high in risks[codes == i, i]
            for low in risks[codes == j, i]
        ]
        return sum(wins) / len(wins)

    for i, j in combinations(range(3), 2):
        pair = found.pairs[i, j]
        assert pair["first"].value == pytest.approx(area(i, j), abs=1e-12)
        assert pair["second"].value == pytest.approx(area(j, i), abs=1e-12)
        assert pair["auc"].value == pytest.approx((area(i, j) + area(j, i)) / 2, abs=1e-12)
        assert pair["first"].value != pair["second"].value
    mean = np.mean([found.pairs[pair]["auc"].value for pair in found.pairs])
    assert found.overall["hand_till"].value == pytest.approx(mean, abs=1e-12)


def test_within_centers_counts_pairs_of_one_center_only():
    """Probabilities that tell the center, and nothing else, of centers with other shares of the classes."""
    random = np.random.default_rng(3)
    codes = np.r_[random.choice(3, 300, p=[0.8, 0.1, 0.1]), random.choice(3, 300, p=[0.1, 0.1, 0.8])]
    center = np.repeat(["A", "B"], 300)
    risks = np.where(center[:, None] == "A", [0.8, 0.1, 0.1], [0.1, 0.1, 0.8])
    found = measures(codes, risks, center).overall
    assert found["hand_till"].value > 0.6
    assert found["hand_till_within_center"].value == 0.5
    one = measures(codes, risks, np.repeat("A", 600)).overall
    assert one["hand_till_within_center"] == one["hand_till"]


def test_interval_is_about_as_wide_as_delongs_where_both_exist():
    codes, risks, center = sample(300, 3, 4)
    found = measures(codes, risks, center, resamples=2000)
    for code, own in enumerate(found.classes):
        error = (own["auc"].high - own["auc"].low) / 2
        assert error > 0.01, code
    widths = [own["auc"].high - own["auc"].low for own in found.classes]
    macro = found.overall["auc_macro"]
    assert 0.4 * max(widths) < macro.high - macro.low < 1.1 * max(widths)


def test_resamples_are_the_same_for_every_model_and_seed():
    codes, risks, _ = sample(80, 3, 5)
    value, values = hand_till(codes, risks, 3, strata=codes, resamples=300, seed=3)
    found = measures(codes, risks, np.repeat("A", 80), resamples=300, seed=3).overall["hand_till"]
    strata = [f"A/{code}" for code in codes]
    _, again = hand_till(codes, risks, 3, strata=strata, resamples=300, seed=3)
    assert np.array_equal(values, again)
    assert (found.value, found.low) == (value, float(np.quantile(again, 0.025)))
    assert not np.array_equal(values, hand_till(codes, risks, 3, strata=codes, resamples=300, seed=4)[1])


def test_absent_class():
    codes, risks, center = sample(60, 3, 6)
    kept = codes != 2
    found = measures(codes[kept], risks[kept], center[kept])
    for name in ("hand_till", "hand_till_within_center", "auc_macro", "balanced_accuracy", "macro_f1"):
        assert found.overall[name].reason is Undefined.ABSENT_CLASS, name
        assert np.isnan(found.overall[name].value), name
    assert found.overall["accuracy"].reason is None
    assert found.overall["kappa"].reason is None
    assert found.classes[2]["auc"].reason is Undefined.ABSENT_CLASS
    assert found.classes[2]["sensitivity"].reason is Undefined.EMPTY_DENOMINATOR
    assert found.classes[0]["auc"].reason is None
    assert found.pairs[0, 1]["auc"].reason is None
    assert found.pairs[0, 2]["first"].reason is found.pairs[0, 2]["auc"].reason is Undefined.ABSENT_CLASS


@pytest.mark.parametrize("rows", [[0], [0, 3], [0, 1, 2]], ids=["one", "one_class", "one_of_each"])
def test_hardly_any_patient(rows):
    codes, risks, center = np.arange(6) % 3, np.full((6, 3), 1 / 3), np.repeat("A", 6)
    found = measures(codes[rows], risks[rows], center[rows])
    for estimates in (found.overall, *found.classes, *found.pairs.values()):
        for name, estimate in estimates.items():
            assert estimate.reason or np.isfinite([estimate.value, estimate.low, estimate.high]).all(), name
    assert found.overall["hand_till"].reason is (Undefined.TOO_FEW if len(rows) == 3 else Undefined.ABSENT_CLASS)
    assert found.overall["accuracy"].low == 0 or found.overall["accuracy"].value > 0


def test_perfect_predictions_pretend_no_certainty():
    codes = np.arange(30) % 3
    found = measures(codes, np.eye(3)[codes], np.repeat("A", 30)).overall
    assert (found["hand_till"].value, found["hand_till"].reason) == (1, Undefined.SAME_RESAMPLES)
    assert np.isnan(found["hand_till"].low)


@pytest.mark.parametrize(
    ("codes", "risks", "message"),
    [
        ([0, 3], [[1, 0, 0], [0, 1, 0]], "outcome: value 3.0 in row 1; allowed are 0 to 2"),
        ([0, 1], [[1, 0, 0], [0.5, 0.2, 0.2]], "the sum of row 1 is 0.9; it must be 1"),
        ([0, 1], [[1, 0], [0, 1]], "one row per patient and 3 columns"),
        ([0, 1], [[1, 0, 0], [2, -1, 0]], "allowed is 0 to 1"),
    ],
)
def test_wrong_inputs(codes, risks, message):
    with pytest.raises(ValueError, match=message):
        class_measures(codes, risks, 3, center=["A", "A"], strata=codes, resamples=10, seed=0)
