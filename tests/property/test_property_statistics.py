"""Statistics: bounds and identities that hold for any predictions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from osteon.statistics.auc import auc, auc_within
from osteon.statistics.calibration import calibration
from osteon.statistics.decision import decision_curve
from osteon.statistics.operating_points import operating_points
from osteon.statistics.proportions import classification, confusion, wilson
from osteon.statistics.thresholds import for_sensitivity, for_specificity, youden

patients = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20)), min_size=4, max_size=40).filter(
    lambda rows: len({outcome for outcome, _ in rows}) == 2
)


def unpack(rows):
    """Outcome and probability, with many ties."""
    outcome, score = np.array(rows).T
    return outcome, score / 20


@pytest.mark.slow
@settings(max_examples=100)
@given(rows=patients)
def test_auc(rows):
    outcome, probability = unpack(rows)
    found = auc(outcome, probability)
    assert found.value == pytest.approx(roc_auc_score(outcome, probability))
    assert found.value == pytest.approx(auc(1 - outcome, -probability).value)
    assert found.value == pytest.approx(auc(outcome, np.exp(3 * probability)).value)
    assert found.value == pytest.approx(auc_within(outcome, probability, ["A"] * len(outcome)).value)
    if found.reason is None:
        assert 0 <= found.low <= found.value <= found.high <= 1
    else:
        assert math.isnan(found.low)


@pytest.mark.slow
@settings(max_examples=100)
@given(rows=patients, threshold=st.integers(0, 21))
def test_classification(rows, threshold):
    outcome, probability = unpack(rows)
    threshold /= 20
    counts = confusion(outcome, probability, threshold)
    tp, fp, tn, fn = counts.true_positive, counts.false_positive, counts.true_negative, counts.false_negative
    assert tp + fp + tn + fn == len(outcome)
    found = {
        name: e.value
        for name, e in classification(outcome, probability, threshold, strata=outcome, resamples=20, seed=0).items()
    }
    prevalence = outcome.mean()
    sensitivity, specificity = found["sensitivity"], found["specificity"]
    assert found["accuracy"] == pytest.approx(prevalence * sensitivity + (1 - prevalence) * specificity)
    assert found["balanced_accuracy"] == pytest.approx((sensitivity + specificity) / 2)
    if tp:
        assert found["f1"] == pytest.approx(2 * found["ppv"] * sensitivity / (found["ppv"] + sensitivity))
    area = auc(outcome, probability).value
    assert sensitivity * specificity - 1e-12 <= area <= 1 - (1 - sensitivity) * (1 - specificity) + 1e-12


@settings(max_examples=100)
@given(rows=patients)
def test_youden_is_the_best_threshold(rows):
    outcome, probability = unpack(rows)
    assume(len(set(probability)) > 1)
    found = youden(outcome, probability)
    counts = confusion(outcome, probability, found.value)
    assert counts.true_positive / outcome.sum() == pytest.approx(found.sensitivity)
    assert counts.true_negative / (1 - outcome).sum() == pytest.approx(found.specificity)
    distinct = np.unique(probability)
    for other in (distinct[:-1] + distinct[1:]) / 2:
        c = confusion(outcome, probability, other)
        index = c.true_positive / outcome.sum() + c.true_negative / (1 - outcome).sum()
        assert index <= found.sensitivity + found.specificity + 1e-12


@settings(max_examples=100)
@given(rows=patients, target=st.sampled_from([0.5, 0.7, 0.8, 0.9, 1.0]))
def test_a_target_is_reached_at_the_least_cost(rows, target):
    outcome, probability = unpack(rows)
    assume(len(set(probability)) > 1)
    events, others = outcome.sum(), (1 - outcome).sum()
    distinct = np.unique(probability)
    cuts = [0, *(distinct[:-1] + distinct[1:]) / 2, 1.1]
    counts = [confusion(outcome, probability, cut) for cut in cuts]
    reached = [(c.true_positive / events, c.true_negative / others) for c in counts]
    for found, mine in ((for_sensitivity, 0), (for_specificity, 1)):
        chosen = found(outcome, probability, target)
        best = max(point[1 - mine] for point in reached if point[mine] >= target - 1e-9)
        assert (chosen.sensitivity, chosen.specificity)[1 - mine] == pytest.approx(best)
        assert (chosen.sensitivity, chosen.specificity)[mine] >= target - 1e-9
        counted = confusion(outcome, probability, chosen.value)
        assert counted.true_positive / events == pytest.approx(chosen.sensitivity)
        assert counted.true_negative / others == pytest.approx(chosen.specificity)


@settings(max_examples=100)
@given(rows=patients)
def test_operating_points_lie_on_the_curve(rows):
    """Mirrored classes and predictions have a mirrored curve."""
    outcome, probability = unpack(rows)
    options = {"resamples": 20, "seed": 0, "targets": (0.5, 0.8)}
    found = operating_points(outcome, probability, strata=outcome, **options)
    mirrored = operating_points(1 - outcome, 1 - probability, strata=outcome, **options)
    for point, other in zip(found, mirrored[2:] + mirrored[:2], strict=True):
        assert point.other.value == pytest.approx(other.other.value, nan_ok=True)
        assert point.ppv.value == pytest.approx(other.npv.value, nan_ok=True)
        if point.other.reason is None:
            assert 0 <= point.other.low <= point.other.high <= 1


@settings(max_examples=100)
@given(total=st.integers(1, 500), share=st.floats(0, 1))
def test_wilson_is_inside_0_and_1(total, share):
    found = wilson(round(share * total), total)
    assert 0 <= found.low <= found.value <= found.high <= 1
    mirrored = wilson(total - round(share * total), total)
    assert mirrored.low == pytest.approx(1 - found.high, abs=1e-12)


@settings(max_examples=60)
@given(rows=patients)
def test_calibration_is_a_number_or_a_reason(rows):
    outcome, probability = unpack(rows)
    for name, estimate in calibration(outcome, probability, strata=outcome, resamples=20, seed=0).items():
        assert math.isfinite(estimate.value) or estimate.reason, name
        if name in ("ici", "e50", "e90", "emax", "brier"):
            assert math.isnan(estimate.value) or estimate.value >= 0


@pytest.mark.slow
@settings(max_examples=30)
@given(rows=patients)
def test_net_benefit_is_at_most_the_prevalence(rows):
    outcome, probability = unpack(rows)
    table = decision_curve(outcome, {"m": probability}, [0.1, 0.5, 0.9], strata=outcome, resamples=20, seed=0)
    own = table[table["model"] == "m"].dropna(subset="low")
    assert (own["low"] <= own["high"]).all()
    assert (table["net_benefit"] <= outcome.mean() + 1e-12).all()
    assert (table.loc[table["model"] == "none", "net_benefit"] == 0).all()
