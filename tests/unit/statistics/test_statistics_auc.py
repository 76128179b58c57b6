"""AUC: known answers, undefined cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from osteon.statistics.auc import auc, auc_within, compare_auc, delong
from osteon.statistics.estimate import Undefined

OUTCOME = [0, 0, 0, 1, 1]


def test_share_of_concordant_pairs():
    # Pairs (positive, negative): 0.5 beats 0.1 and 0.2, ties 0.5; 0.4 beats 0.1 and 0.2, loses to 0.5.
    assert auc(OUTCOME, [0.1, 0.2, 0.5, 0.5, 0.4]).value == pytest.approx(4.5 / 6)


def test_direction_is_never_turned():
    assert auc(OUTCOME, [5, 4, 3, 2, 1]).value == 0


def test_variance_by_hand():
    """Placements of two positives (1/2, 1) and two negatives (1, 1/2): variances 1/8 each, halved and added."""
    values, covariance = delong([0, 0, 1, 1], [1, 3, 2, 4])
    assert values[0] == pytest.approx(0.75)
    assert covariance[0, 0] == pytest.approx(0.125)


def test_interval_stays_inside_0_and_1():
    estimate = auc([0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 5, 4, 6, 7, 8])
    assert estimate.method == "delong_logit"
    assert 0 < estimate.low < estimate.value < estimate.high < 1


@pytest.mark.parametrize(("noise", "method"), [(1.0, "delong"), (0.45, "delong_logit")])
def test_interval_near_1_is_of_the_logit_scale(noise, method):
    """By hand from the standard error, which stays inside 0 to 1 on both scales."""
    random = np.random.default_rng(3)
    outcome = np.repeat([0, 1], 300)
    score = outcome + noise * random.normal(size=600)
    values, covariance = delong(outcome, score)
    value, half = values[0], 1.959964 * np.sqrt(covariance[0, 0])
    assert half < 1 - value
    found = auc(outcome, score)
    assert found.method == method
    if method == "delong":
        expected = (value - half, value + half)
    else:
        odds, wide = value / (1 - value), np.exp(half / (value * (1 - value)))
        expected = (odds / wide / (1 + odds / wide), odds * wide / (1 + odds * wide))
        mirrored = auc(outcome, -score)
        assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high))
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("outcome", "score", "reason"),
    [
        ([1, 1, 1], [1, 2, 3], Undefined.ONE_CLASS),
        ([0, 0, 1, 1], [1, 2, 3, 4], Undefined.PERFECT_RANKING),
        ([0, 0, 0, 1], [1, 2, 4, 3], Undefined.TOO_FEW),
    ],
)
def test_undefined_with_a_reason(outcome, score, reason):
    estimate = auc(outcome, score)
    assert estimate.reason is reason
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.value) == (reason is Undefined.ONE_CLASS)


def test_pooled_auc_rewards_the_center_and_the_one_within_does_not():
    outcome = [0, 1, 0, 0, 1, 1, 0, 1]
    center = ["A"] * 4 + ["B"] * 4
    score = [1, 1, 1, 1, 2, 2, 2, 2]  # knows the center and nothing else
    assert auc(outcome, score).value > 0.5
    assert auc_within(outcome, score, center).value == 0.5


def test_auc_within_leaves_out_centers_of_one_class():
    assert auc_within([0, 1, 1, 1], [1, 2, 0, 0], ["A", "A", "B", "B"]).value == 1
    assert auc_within([0, 0, 1, 1], [1, 2, 0, 0], ["A", "A", "B", "B"]).reason is Undefined.ONE_CLASS


def test_comparison_is_antisymmetric():
    random = np.random.default_rng(1)
    outcome = random.integers(0, 2, 60)
    first, second = outcome + random.normal(size=60), outcome + 2 * random.normal(size=60)
    there, back = compare_auc(outcome, first, second), compare_auc(outcome, second, first)
    assert there.difference == pytest.approx(auc(outcome, first).value - auc(outcome, second).value)
    assert there.z == pytest.approx(-back.z)
    assert there.p == pytest.approx(back.p)
    assert there.low == pytest.approx(-back.high)


def test_same_ranking_has_no_test():
    result = compare_auc(OUTCOME, [1, 3, 4, 2, 5], [10, 30, 40, 20, 50])
    assert result.difference == 0
    assert math.isnan(result.p)
    assert result.reason is Undefined.SAME_RANKING


@pytest.mark.parametrize(
    ("outcome", "score", "message"),
    [
        ([0, 2], [1, 2], "value 2.0 in row 1; allowed are 0 and 1"),
        ([0, 1], [1, math.nan], "value nan in row 1"),
        ([0, 1], [1], "1 values for 2 outcomes"),
    ],
)
def test_wrong_input(outcome, score, message):
    with pytest.raises(ValueError, match=message):
        auc(outcome, score)
