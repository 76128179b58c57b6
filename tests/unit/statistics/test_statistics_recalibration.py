"""Recalibration: known answers, statsmodels, undefined cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit

from osteon.statistics.calibration import calibration_in_the_large, cox
from osteon.statistics.estimate import Caution, Undefined
from osteon.statistics.recalibration import METHODS, prior_shift, recalibrate


@pytest.fixture(scope="module")
def center():
    """Risks that are too high and too extreme."""
    random = np.random.default_rng(0)
    predictor = random.normal(0, 1.5, 2000)
    outcome = (random.random(2000) < expit(0.5 * predictor - 1)).astype(int)
    return outcome, expit(predictor)


def test_intercept_makes_observed_equal_expected(center):
    outcome, risk = center
    found = recalibrate(outcome, risk, "intercept")
    assert found.slope == 1
    assert found.apply(risk).sum() == pytest.approx(outcome.sum(), rel=1e-9)
    fit = sm.GLM(outcome, np.ones(2000), family=sm.families.Binomial(), offset=logit(risk)).fit()
    assert found.intercept == pytest.approx(fit.params[0], rel=1e-6)


def test_intercept_and_slope_calibrate_the_patients_they_were_fitted_to(center):
    outcome, risk = center
    found = recalibrate(outcome, risk, "intercept_slope")
    intercept, slope = cox(outcome, found.apply(risk))
    assert (intercept.value, slope.value) == pytest.approx((0, 1), abs=1e-6)
    assert (found.intercept, found.slope) == pytest.approx((-1, 0.5), abs=0.15)
    assert found.caution is None


def test_none_changes_nothing(center):
    outcome, risk = center
    np.testing.assert_array_equal(recalibrate(outcome, risk, "none").apply(risk), risk)


def test_prior_shift_is_bayes_theorem():
    """A test with likelihood ratio 3: risks at prevalences 0.5 and 0.2."""
    odds = [3 * prevalence / (1 - prevalence) for prevalence in (0.5, 0.2)]
    old, new = (value / (1 + value) for value in odds)
    assert expit(logit(old) + prior_shift(0.5, 0.2)) == pytest.approx(new)
    found = recalibrate([1, 0, 0, 0, 0], [0.5] * 5, "prior_shift", 0.5)
    assert found.apply([old])[0] == pytest.approx(new)


def test_ranking_stays(center):
    outcome, risk = center
    order = np.argsort(risk)
    for method in METHODS:
        assert (np.diff(recalibrate(outcome, risk, method, 0.4).apply(risk)[order]) >= 0).all()


def test_a_slope_from_few_patients_has_a_caution(center):
    outcome, risk = (values[:150] for values in center)
    assert recalibrate(outcome, risk, "intercept_slope").caution is Caution.FEW_FOR_SLOPE
    assert recalibrate(outcome, risk, "intercept").caution is None


@pytest.mark.parametrize(
    ("method", "outcome", "risk", "reason"),
    [
        ("intercept", [0, 0, 0], [0.1, 0.2, 0.3], Undefined.ONE_CLASS),
        ("intercept_slope", [1, 1, 1], [0.1, 0.2, 0.3], Undefined.ONE_CLASS),
        ("intercept_slope", [0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], Undefined.SEPARATED),
        ("intercept_slope", [0, 1, 0, 1], [0.2] * 4, Undefined.NO_VARIATION),
        ("prior_shift", [0, 0, 0], [0.1, 0.2, 0.3], Undefined.ONE_CLASS),
    ],
)
def test_nothing_fitted_has_a_reason(method, outcome, risk, reason):
    found = recalibrate(outcome, risk, method, 0.4)
    assert found.reason is reason
    assert found.caution is None
    assert np.isnan(found.apply(risk)).all()


def test_recalibration_works_in_other_patients_of_the_center(center):
    outcome, risk = center
    first, second = slice(0, 1000), slice(1000, 2000)
    before = calibration_in_the_large(outcome[second], risk[second])
    shifted = recalibrate(outcome[first], risk[first], "intercept").apply(risk[second])
    after = calibration_in_the_large(outcome[second], shifted)
    assert before.high < -0.5
    assert after.low < 0 < after.high


@pytest.mark.parametrize("prevalences", [(0, 0.5), (0.5, 1), (math.nan, 0.5)])
def test_a_prevalence_is_between_0_and_1(prevalences):
    with pytest.raises(ValueError, match="between 0 and 1"):
        prior_shift(*prevalences)
