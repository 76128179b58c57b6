"""Predicted numbers: published peak flow data, scikit-learn, scipy, statsmodels; sets too small for a number."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from sklearn import metrics

from osteon.statistics.estimate import Undefined
from osteon.statistics.regression import agreement_points, bland_altman, number_curve, r2, regression_measures

# Bland, Altman, Lancet 1986;i:307, table 1: first readings of peak flow (l/min), large and mini meter.
LARGE = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def sample(n: int, seed: int, bias: float = 0.0):
    random = np.random.default_rng(seed)
    outcome = 100 + 30 * random.normal(size=n)
    return outcome, outcome * 0.8 + 20 + bias + 15 * random.normal(size=n), np.where(np.arange(n) % 3 == 0, "A", "B")


def measures(outcome, predicted, center, resamples=200, seed=1):
    return regression_measures(outcome, predicted, center=center, strata=center, resamples=resamples, seed=seed)


def test_peak_flow_as_published():
    """Mean difference -2.1, standard deviation 38.8, limits -79.7 and 75.5 l/min (with 2 instead of 1.96)."""
    found = bland_altman(MINI, LARGE)
    assert round(found["bias"].value, 1) == -2.1
    deviation = (found["upper_limit"].value - found["bias"].value) / 1.96
    assert round(deviation, 1) == 38.8
    # printed are sums of rounded numbers
    limits = [found["bias"].value - 2 * deviation, found["bias"].value + 2 * deviation]
    assert limits == pytest.approx([-79.7, 75.5], abs=0.15)
    # interval of the bias as printed: -22.0 to 17.8
    assert (round(found["bias"].low, 1), round(found["bias"].high, 1)) == (-22.0, 17.8)


@pytest.mark.slow
def test_interval_of_a_limit_covers_as_often_as_it_says():
    """The formula of 1999 in 4000 samples of 30 differences whose limits are known."""
    random = np.random.default_rng(0)
    inside = 0
    for _ in range(4000):
        estimate = bland_altman(np.zeros(30), random.normal(size=30))["upper_limit"]
        inside += estimate.low < 1.96 < estimate.high
    assert inside / 4000 == pytest.approx(0.95, abs=0.012)


def test_against_other_libraries():
    outcome, predicted, center = sample(90, 2)
    found = measures(outcome, predicted, center)
    fit = sm.OLS(outcome, sm.add_constant(predicted)).fit()
    limits = fit.conf_int()
    pearson = stats.pearsonr(outcome, predicted)
    between = pearson.confidence_interval()
    expected = {
        "r2": (metrics.r2_score(outcome, predicted),),
        "mae": (metrics.mean_absolute_error(outcome, predicted),),
        "rmse": (metrics.root_mean_squared_error(outcome, predicted),),
        "pearson": (pearson.statistic, between.low, between.high),
        "spearman": (stats.spearmanr(outcome, predicted).statistic,),
        "intercept": (fit.params[0], *limits[0]),
        "slope": (fit.params[1], *limits[1]),
    }
    for name, values in expected.items():
        own = found[name]
        assert (own.value, own.low, own.high)[: len(values)] == pytest.approx(values, rel=1e-10), name
        assert own.low < own.value < own.high
    assert all(estimate.reason is None for estimate in found.values())


@pytest.mark.slow
def test_interval_of_spearman_as_bonett_and_wright_give_it():
    outcome, predicted, center = sample(50, 3)
    found = measures(outcome, predicted, center)["spearman"]
    rho = stats.spearmanr(outcome, predicted).statistic
    half = 1.959963985 * math.sqrt((1 + rho**2 / 2) / 47)
    assert (math.atanh(found.low), math.atanh(found.high)) == pytest.approx(
        (math.atanh(rho) - half, math.atanh(rho) + half)
    )
    random = np.random.default_rng(4)
    inside, true = 0, 6 / math.pi * math.asin(0.35)  # Spearman's correlation of normal variables with Pearson's 0.7
    for _ in range(400):
        x = random.normal(size=60)
        y = 0.7 * x + math.sqrt(1 - 0.49) * random.normal(size=60)
        spearman = measures(x, y, np.repeat("A", 60), resamples=2)["spearman"]
        inside += spearman.low < true < spearman.high
    assert inside / 400 == pytest.approx(0.95, abs=0.03)


def test_within_centers_is_against_the_means_of_the_centers():
    """A prediction that knows the center, and nothing else."""
    random = np.random.default_rng(5)
    center = np.repeat(["A", "B"], 100)
    outcome = np.where(center == "A", 50.0, 150.0) + 10 * random.normal(size=200)
    predicted = np.where(center == "A", outcome[:100].mean(), outcome[100:].mean())
    found = measures(outcome, predicted, center)
    assert found["r2"].value > 0.9
    assert found["r2_within_center"].value == pytest.approx(0, abs=1e-12)
    one = measures(outcome, predicted, np.repeat("A", 200))
    assert one["r2_within_center"].value == pytest.approx(one["r2"].value, abs=1e-12)


def test_bootstrap_interval_is_about_as_wide_as_theory_says():
    outcome, predicted, center = sample(400, 6)
    found = measures(outcome, predicted, center, resamples=2000)["mae"]
    error = np.abs(outcome - predicted).std() / 20
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(error, rel=0.1)


def test_resamples_are_paired():
    outcome, predicted, center = sample(80, 7)
    value, values = r2(outcome, predicted, strata=center, resamples=300, seed=1)
    found = measures(outcome, predicted, center, resamples=300)["r2"]
    assert (found.value, found.low) == (value, float(np.quantile(values, 0.025)))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_hardly_any_patient(n):
    outcome, predicted, center = sample(n, 8)
    found = measures(outcome, predicted, center)
    for name, estimate in found.items():
        assert estimate.reason or np.isfinite([estimate.value, estimate.low, estimate.high]).all(), name
    assert found["pearson"].reason is found["slope"].reason is Undefined.FEW_PATIENTS
    assert np.isfinite(found["mae"].value)
    assert np.isnan(found["r2"].low)


def test_outcome_or_prediction_without_variation():
    outcome, predicted, center = sample(20, 9)
    same = measures(np.full(20, 80.1), predicted, center)
    assert same["r2"].reason is same["pearson"].reason is Undefined.NO_VARIATION
    assert same["slope"].value == pytest.approx(0, abs=1e-9)
    flat = measures(outcome, np.full(20, 80.1), center)
    assert flat["slope"].reason is flat["spearman"].reason is Undefined.NO_VARIATION
    assert flat["r2"].value < 0
    perfect = measures(outcome, outcome, center)
    assert perfect["pearson"].reason is Undefined.PERFECT_RANKING
    assert perfect["r2"].reason is Undefined.SAME_RESAMPLES


def test_points_and_curve():
    outcome, predicted, _ = sample(60, 10)
    points = agreement_points(outcome, predicted)
    assert points["difference"].mean() == pytest.approx(bland_altman(outcome, predicted)["bias"].value)
    assert points["mean"].tolist() == pytest.approx(((outcome + predicted) / 2).tolist())
    curve = number_curve(outcome, predicted)
    groups = curve[curve["kind"] == "group"]
    assert groups["n"].tolist() == [10] * 6
    assert (groups["low"] < groups["observed"]).all()
    lowest = np.argsort(predicted)[:10]
    between = stats.t.interval(0.95, 9, outcome[lowest].mean(), stats.sem(outcome[lowest]))
    assert groups.iloc[0][["low", "high"]].tolist() == pytest.approx(list(between))
    assert (curve["kind"] == "smooth").sum() == 60
    assert set(number_curve(outcome[:5], predicted[:5])["kind"]) == {"group"}
    assert number_curve([], []).empty


def test_wrong_inputs():
    with pytest.raises(ValueError, match="prediction: 1 values for 2 outcomes"):
        bland_altman([1, 2], [1])
    with pytest.raises(ValueError, match="outcome: value nan in row 1"):
        bland_altman([1, np.nan], [1, 2])
