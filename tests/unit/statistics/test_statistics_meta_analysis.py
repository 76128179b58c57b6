"""Meta-analysis of centers: published results, other implementations, too few centers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm

from osteon.statistics.estimate import Caution, Undefined
from osteon.statistics.meta_analysis import logit_error, pool

AUC = np.array([0.82, 0.76, 0.88, 0.71, 0.80])
ERROR = np.array([0.03, 0.045, 0.03, 0.06, 0.04])
# Teacher expectancy: standardised mean differences and their variances (Raudenbush, Bryk 1985; dat.raudenbush1985).
EXPECTANCY = np.array(
    [0.03, 0.12, -0.14, 1.18, 0.26, -0.06, -0.02, -0.32, 0.27, 0.80, 0.54, 0.18, -0.02, 0.23]
    + [-0.18, -0.06, 0.30, 0.07, -0.07]
)
EXPECTANCY_VARIANCE = np.array(
    [0.0156, 0.0216, 0.0279, 0.1391, 0.1362, 0.0106, 0.0106, 0.0484, 0.0269, 0.0630, 0.0912, 0.0497, 0.0835, 0.0841]
    + [0.0253, 0.0279, 0.0193, 0.0088, 0.0303]
)
# BCG vaccine: cases and others, vaccinated and not (Colditz 1994; dat.bcg).
BCG = np.array(
    [
        *([4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619], [33, 5036, 47, 5761]),
        *([180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892], [29, 7470, 45, 7232]),
        *([17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338], [27, 16886, 29, 17825]),
    ]
)


def errors(auc=AUC, error=ERROR):
    return [logit_error(*pair) for pair in zip(auc, error, strict=True)]


def test_between_center_variance_is_pymares():
    """PyMARE 0.0.13, REML: tau2 0.0757857."""
    found = pool(AUC, errors(), "logit")
    assert found.tau2 == pytest.approx(0.0757857, abs=5e-8)
    assert found.standard_error == pytest.approx(0.17533, abs=5e-6)
    assert (found.centers, found.caution) == (5, None)


def test_metafor_on_the_teacher_expectancy_data():
    """metafor prints tau2 0.0188, estimate 0.0837, I2 41.86 %, Q(18) 35.8295 with p 0.0074.

    It stops where tau2 changes by less than 1e-5, which is 2e-4 of I2.
    """
    found = pool(EXPECTANCY, np.sqrt(EXPECTANCY_VARIANCE))
    assert (found.estimate.value, found.tau2) == pytest.approx((0.0837, 0.0188), abs=5e-5)
    assert found.i2 == pytest.approx(0.4186, abs=2e-4)
    assert (found.q, found.q_p) == pytest.approx((35.8295, 0.0074), abs=5e-5)


def test_metafor_on_the_bcg_data():
    """metafor's REML: estimate -0.7145, tau2 0.3132, I2 92.22 %, Q(12) 152.2330; with test="knha" SE 0.1808."""
    a, b, c, d = BCG.T
    found = pool(np.log(a / (a + b) / (c / (c + d))), np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)))
    assert (found.estimate.value, found.tau2, found.standard_error) == pytest.approx(
        (-0.7145, 0.3132, 0.1808), abs=5e-5
    )
    assert found.i2 == pytest.approx(0.9222139, abs=5e-7)
    assert found.q == pytest.approx(152.2330, abs=5e-5)


def test_hartung_knapp_is_weighted_least_squares():
    """A regression on a constant with weights 1 / (v + tau2) has the same standard error and interval."""
    found = pool(EXPECTANCY, np.sqrt(EXPECTANCY_VARIANCE))
    weights = 1 / (EXPECTANCY_VARIANCE + found.tau2)
    fit = sm.WLS(EXPECTANCY, np.ones(19), weights=weights).fit()
    assert fit.scale > 1  # else the interval would not be Hartung and Knapp's
    assert found.standard_error == pytest.approx(fit.bse[0], rel=1e-10)
    assert (found.estimate.low, found.estimate.high) == pytest.approx(tuple(fit.conf_int()[0]), rel=1e-8)


def test_likelihood_is_at_its_maximum():
    """Fisher's score of the restricted likelihood is zero at the estimate."""
    y, v = np.log(AUC / (1 - AUC)), np.array(errors()) ** 2
    w = 1 / (v + pool(AUC, errors(), "logit").tau2)
    mean = (w * y).sum() / w.sum()
    score = -w.sum() + (w**2).sum() / w.sum() + (w**2 * (y - mean) ** 2).sum()
    assert score == pytest.approx(0, abs=1e-4)


def test_centers_that_agree_have_no_variance_and_no_too_narrow_interval():
    """Without heterogeneity q is below 1: the standard error is that of the usual mean."""
    found = pool([0.80, 0.801, 0.799, 0.80], errors([0.80] * 4, [0.04] * 4), "logit")
    assert (found.tau2, found.i2) == (0, 0)
    assert found.standard_error == pytest.approx(errors([0.8], [0.04])[0] / 2, rel=1e-9)
    assert found.estimate.low < 0.73  # three degrees of freedom, not the normal distribution
    assert found.prediction_low < found.estimate.low


def test_results_are_on_the_scale_of_the_measure():
    ratios = np.array([0.8, 1.0, 1.3, 1.6])
    found = pool(ratios, np.full(4, 0.2), "log")
    plain = pool(np.log(ratios), np.full(4, 0.2))
    assert found.estimate.value == pytest.approx(math.exp(plain.estimate.value))
    assert found.prediction_high == pytest.approx(math.exp(plain.prediction_high))
    assert found.tau2 == plain.tau2
    assert found.caution is Caution.SPREAD_UNCERTAIN


@pytest.mark.parametrize("k", [0, 1, 2])
def test_two_centers_are_not_pooled(k):
    found = pool(AUC[:k], errors()[:k], "logit")
    assert found.estimate.reason is Undefined.FEW_CENTERS
    assert math.isnan(found.estimate.value)
    assert found.centers == k


@pytest.mark.parametrize(
    ("values", "errors", "scale", "words"),
    [
        ([0.8, 0.9, 1.0], [0.1] * 3, "logit", "no finite logit"),
        ([1, 0, 1], [0.1] * 3, "log", "no finite log"),
        ([1, 2, 3], [0.1, 0, 0.1], "identity", "not above 0"),
        ([1, 2, 3], [0.1, 0.1], "identity", "2 values for 3"),
    ],
)
def test_wrong_inputs_are_refused(values, errors, scale, words):
    with pytest.raises(ValueError, match=words):
        pool(values, errors, scale)
