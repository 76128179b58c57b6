"""Operating points: read from a curve by hand, predictive values, undefined cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from osteon.statistics.estimate import Undefined
from osteon.statistics.operating_points import operating_points, predictive_values

RESAMPLING = {"resamples": 200, "seed": 0}
# Five with the outcome, four without: 1 0 1 1 0 1 0 0 1 from the highest prediction down.
OUTCOME, RISK = [1, 0, 1, 1, 0, 1, 0, 0, 1], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]


def points(outcome=OUTCOME, risk=RISK, **options):
    found = operating_points(outcome, risk, strata=outcome, **(RESAMPLING | options))
    return {(point.fixed, point.target): point for point in found}


def test_order():
    assert list(points()) == [(fixed, t) for fixed in ("sensitivity", "specificity") for t in (0.8, 0.9, 0.95)]


def test_by_hand():
    found = points(targets=(0.5, 0.75, 0.8))
    # 4 of 5 at 0.4 and above; 2 of 4 without the outcome lie below.
    assert found["sensitivity", 0.8].other.value == pytest.approx(0.5)
    # 2.5 of 5 lies between 3 and 2 events, and 3 of 4 others are rejected at both ends.
    assert found["sensitivity", 0.5].other.value == pytest.approx(0.75)
    # 3 of 4 are rejected between 0.5 and 0.8; 3 of 5 are called at 0.6 and above.
    assert found["specificity", 0.75].other.value == pytest.approx(0.6)
    assert found["sensitivity", 0.75].measured == "specificity"
    # 3.75 of 5 lies between 4 and 3 events, and 2 of 4 others are rejected at both ends.
    assert found["sensitivity", 0.75].other.value == pytest.approx(0.5)


def test_ties_are_a_slanted_line():
    """One prediction for events and others: from sensitivity 1, specificity 1/2 straight to 1/2 and 1."""
    found = points(np.repeat([1, 1, 0, 0], 5), np.repeat([0.9, 0.5, 0.5, 0.1], 5), targets=(0.5, 0.7, 0.8))
    assert found["sensitivity", 0.5].other.value == pytest.approx(1)
    assert found["sensitivity", 0.7].other.value == pytest.approx(0.8)
    assert found["specificity", 0.7].other.value == pytest.approx(0.8)
    assert found["specificity", 0.8].other.value == pytest.approx(0.7)


def test_only_the_order_counts():
    squared = points(risk=np.square(RISK))
    for key, point in points().items():
        assert squared[key] == point


def test_predictive_values_at_the_prevalence_of_the_set_and_at_a_stated_one():
    """Sensitivity 0.8, specificity 0.5: of 90, 50 have the outcome: 40 and 20 positive; of 100, 10: 8 and 45."""
    point = points(prevalence=0.1)["sensitivity", 0.8]
    assert point.ppv.value == pytest.approx(40 / 60)
    assert point.npv.value == pytest.approx(20 / 30)
    assert point.stated_ppv.value == pytest.approx(8 / 53)
    assert point.stated_npv.value == pytest.approx(45 / 47)
    assert points()["sensitivity", 0.8].stated_ppv is None


def test_predictive_values_of_results_that_nobody_has():
    ppv, npv = predictive_values([0, 1], [1, 0], 0.3)
    assert np.isnan(ppv[0])
    assert np.isnan(npv[1])
    assert (npv[0], ppv[1]) == pytest.approx((0.7, 0.3))


def test_intervals_read_every_resample_anew():
    random = np.random.default_rng(2)
    outcome = np.repeat([0, 1], [60, 40])
    risk = np.clip(0.4 * outcome + 0.6 * random.random(100), 0, 1)
    point = points(outcome, risk, resamples=50, seed=4)["sensitivity", 0.8]
    generator = np.random.default_rng(4)
    drawn = np.empty((50, 100), dtype=int)
    for member in (np.flatnonzero(outcome == 0), np.flatnonzero(outcome == 1)):
        drawn[:, member] = member[generator.integers(len(member), size=(50, len(member)))]
    # 32 of 40 are called at the 32nd highest prediction, whichever that is in the resample
    cuts = [np.sort(risk[rows][outcome[rows] == 1])[-32] for rows in drawn]
    expected = [(risk[rows][outcome[rows] == 0] < cut).mean() for rows, cut in zip(drawn, cuts, strict=True)]
    assert (point.other.low, point.other.high) == pytest.approx(np.quantile(expected, [0.025, 0.975]))
    assert point.other.low < point.other.value < point.other.high
    assert point.other.method == "bootstrap"
    assert point.ppv.low < point.ppv.value < point.ppv.high


@pytest.mark.parametrize(
    ("outcome", "risk", "reason"),
    [
        ([1] * 4, [0.1, 0.2, 0.3, 0.4], Undefined.ONE_CLASS),
        ([], [], Undefined.ONE_CLASS),
        ([0, 1] * 20, [0.3] * 40, Undefined.NO_VARIATION),
        ([0, 1] * 4, np.linspace(0, 1, 8), Undefined.TOO_FEW),
    ],
)
def test_undefined_with_a_reason(outcome, risk, reason):
    for point in points(outcome, risk, prevalence=0.2).values():
        for estimate in (point.other, point.ppv, point.npv, point.stated_ppv, point.stated_npv):
            assert math.isnan(estimate.value)
            assert estimate.reason is reason


def test_a_class_must_be_large_enough_to_tell_the_target_from_1():
    """Nine of ten are a sensitivity of 0.9; 0.95 needs twenty."""
    found = points([0] * 5 + [1] * 10, [*np.linspace(0, 0.8, 5), *np.linspace(0.1, 1, 10)])
    assert found["sensitivity", 0.9].other.reason is None
    assert found["sensitivity", 0.95].other.reason is Undefined.TOO_FEW
    assert found["specificity", 0.8].other.reason is None
    assert found["specificity", 0.9].other.reason is Undefined.TOO_FEW


def test_a_perfect_ranking_has_no_interval():
    point = points([0] * 20 + [1] * 20, np.linspace(0, 1, 40))["sensitivity", 0.9]
    assert point.other.value == 1
    assert point.other.reason is Undefined.SAME_RESAMPLES


@pytest.mark.parametrize("options", [{"targets": (1.0,)}, {"prevalence": 0.0}])
def test_refused(options):
    with pytest.raises(ValueError, match="is not above 0 and below 1"):
        points(**options)
