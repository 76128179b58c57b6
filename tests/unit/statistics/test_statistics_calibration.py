"""Calibration: known answers, undefined cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit

from osteon.statistics.calibration import calibration, calibration_curve
from osteon.statistics.estimate import Undefined

RESAMPLING = {"resamples": 200, "seed": 0}


@pytest.fixture(scope="module")
def cohort():
    random = np.random.default_rng(0)
    predictor = random.normal(size=20_000)
    outcome = (random.random(20_000) < expit(0.3 + predictor)).astype(int)
    return outcome, predictor


def measures(outcome, probability):
    return calibration(outcome, probability, strata=outcome, **RESAMPLING)


def curve(outcome, probability, resamples=20):
    return calibration_curve(outcome, probability, strata=outcome, resamples=resamples, seed=0)


def test_true_probabilities_are_calibrated(cohort):
    outcome, predictor = cohort
    found = measures(outcome, expit(0.3 + predictor))
    assert found.slope.value == pytest.approx(1, abs=0.05)
    assert found.in_the_large.value == pytest.approx(0, abs=0.05)
    assert found.observed_expected.value == pytest.approx(1, abs=0.02)
    assert found.ici.value < 0.01


def test_too_extreme_predictions_have_slope_one_half(cohort):
    outcome, predictor = cohort
    found = measures(outcome, expit(2 * (0.3 + predictor)))
    assert found.slope.low < 0.5 < found.slope.high
    assert found.ici.value > 0.05


def test_shifted_predictions_show_in_the_large(cohort):
    outcome, predictor = cohort
    found = measures(outcome, expit(0.3 + predictor - 1))
    assert found.in_the_large.low < 1 < found.in_the_large.high
    assert found.slope.low < 1 < found.slope.high
    assert found.observed_expected.value > 1.2


def test_observed_expected_by_hand():
    """8 events of 20 where 10 were expected; standard error of the logarithm sqrt(0.6 / 8)."""
    found = measures([1] * 8 + [0] * 12, [0.5] * 20).observed_expected
    assert found.value == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx(0.8 * np.exp(1.959964 * np.sqrt(0.6 / 8) * np.array([-1, 1])))


def test_brier_by_hand():
    found = measures([0, 1, 1, 0], [0.2, 0.6, 0.4, 0.5])
    expected = (0.04 + 0.16 + 0.36 + 0.25) / 4
    assert found.brier.value == pytest.approx(expected)
    assert found.scaled_brier.value == pytest.approx(1 - expected / 0.25)
    assert found.scaled_brier.low == pytest.approx(1 - found.brier.high / 0.25)


@pytest.mark.parametrize(
    ("outcome", "probability", "reason"),
    [
        ([1] * 12, np.linspace(0.1, 0.9, 12), Undefined.ONE_CLASS),
        ([0] * 6 + [1] * 6, np.linspace(0.1, 0.9, 12), Undefined.SEPARATED),
        ([0] * 6 + [1] * 6, np.linspace(0.9, 0.1, 12), Undefined.SEPARATED),
        ([0, 1] * 6, [0.4] * 12, Undefined.NO_VARIATION),
    ],
)
def test_slope_undefined_with_a_reason(outcome, probability, reason):
    found = measures(outcome, probability)
    assert math.isnan(found.slope.value)
    assert found.slope.reason is reason
    assert math.isfinite(found.brier.value)


def test_few_patients_are_not_smoothed():
    found = measures([0, 1, 0, 1, 0], [0.2, 0.4, 0.5, 0.6, 0.7])
    assert found.ici.reason is Undefined.TOO_FEW
    assert set(curve([0, 1, 0, 1, 0], [0.2, 0.4, 0.5, 0.6, 0.7])["kind"]) == {"group"}


def test_no_patients():
    found = measures([], [])
    assert all(math.isnan(estimate.value) and estimate.reason for _, estimate in found.items())
    assert curve([], []).empty


def test_probabilities_of_0_and_1_are_finite():
    found = measures([0, 1, 0, 1, 1], [0.0, 1.0, 0.5, 0.4, 0.6])
    assert abs(found.in_the_large.value) < 2


def test_in_the_large_where_a_glm_runs_away():
    """statsmodels 0.15 gives -36 here and does not converge."""
    outcome, probability = [0, 0, 1, 1], [0.0, 0.45, 1.0, 0.0]
    found = measures(outcome, probability).in_the_large.value
    shifted = expit(logit(np.clip(probability, 1e-10, 1 - 1e-10)) + found)
    assert shifted.sum() == pytest.approx(2)


def test_in_the_large_is_the_intercept_with_the_predictor_as_offset(cohort):
    outcome, predictor = cohort[0][:300], cohort[1][:300]
    fit = sm.GLM(outcome, np.ones(300), family=sm.families.Binomial(), offset=predictor).fit()
    found = measures(outcome, expit(predictor)).in_the_large
    assert (found.value, found.low, found.high) == pytest.approx((fit.params[0], *fit.conf_int()[0]), abs=1e-6)


def test_groups_hold_ten_patients_each(cohort):
    outcome, predictor = cohort
    table = curve(outcome[:45], expit(predictor[:45]))
    groups = table[table["kind"] == "group"]
    assert groups["n"].tolist() == [12, 11, 11, 11]
    assert groups["predicted"].is_monotonic_increasing
    assert (groups["n"] * groups["observed"]).sum() == pytest.approx(outcome[:45].sum())


@pytest.mark.slow
def test_smooth_curve_of_calibrated_predictions_is_the_diagonal(cohort):
    outcome, predictor = cohort
    smooth = curve(outcome[:8000], expit(0.3 + predictor[:8000]), 1).query("kind == 'smooth' and 0.2 < predicted < 0.8")
    assert (smooth["observed"] - smooth["predicted"]).abs().max() < 0.03
    assert logit(smooth["predicted"]).is_monotonic_increasing


@pytest.mark.slow
def test_the_band_is_the_spread_of_the_curves_of_resampled_patients(cohort):
    """Drawn by hand: the curve of every resample, read where it has patients on both sides."""
    outcome, risk = cohort[0][:60], expit(cohort[1][:60])
    smooth = curve(outcome, risk, 40).query("kind == 'smooth'")
    random = np.random.default_rng(0)
    drawn = np.empty((40, 60), dtype=int)
    for member in (np.flatnonzero(outcome == 0), np.flatnonzero(outcome == 1)):
        drawn[:, member] = member[random.integers(len(member), size=(40, len(member)))]
    curves = []
    for rows in drawn:
        own = curve(outcome[rows], risk[rows], 1).query("kind == 'smooth'")
        inside = smooth["predicted"].between(own["predicted"].min(), own["predicted"].max())
        curves.append(np.where(inside, np.interp(smooth["predicted"], own["predicted"], own["observed"]), np.nan))
    low, high = np.nanquantile(curves, [0.025, 0.975], axis=0)
    reached = np.isfinite(curves).mean(axis=0) >= 0.5
    assert reached[5:-5].all()
    assert smooth["low"].to_numpy() == pytest.approx(np.where(reached, low, np.nan), nan_ok=True)
    assert smooth["high"].to_numpy() == pytest.approx(np.where(reached, high, np.nan), nan_ok=True)
    middle = smooth.iloc[5:-5]
    assert (middle["low"] < middle["observed"]).all()
    assert (middle["observed"] < middle["high"]).all()
