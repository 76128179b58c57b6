"""A predicted number against the measured one: error, correlation, calibration, limits of agreement.

Sources: Bland, Altman, Stat Methods Med Res 1999;8:135 (limits of agreement and their intervals). Verified
against scikit-learn, scipy, statsmodels and the peak flow data of Bland, Altman, Lancet 1986;i:307.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.nonparametric.smoothers_lowess import lowess

from osteon.statistics.bootstrap import percentile_estimate, resample
from osteon.statistics.calibration import SMOOTHABLE, SPAN
from osteon.statistics.correlation import FEWEST, correlation
from osteon.statistics.estimate import Estimate, Undefined, undefined
from osteon.statistics.inputs import as_scores

MAIN = "r2"
RESAMPLED = (MAIN, "r2_within_center", "mae", "rmse")
"""Measures with a bootstrap interval."""
# Limits of agreement hold 95 % of the differences: this many standard deviations.
NORMAL = 1.96


def regression_measures(
    outcome: ArrayLike,
    predicted: ArrayLike,
    *,
    center: ArrayLike,
    strata: ArrayLike,
    resamples: int,
    seed: int,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """All measures of one model in one set of patients.

    Args:
        outcome: (n,) measured numbers; at least one patient.
        predicted: (n,) predictions, in the same unit.
        center: (n,) center of each patient.
        strata: (n,) labels within which patients are resampled.
        resamples: bootstrap resamples.
        seed: seed of the bootstrap.
        level: confidence level.

    Returns:
        r2 (1 - squared error / squared distance from the mean of the set; below 0: worse than that mean),
        r2_within_center (the same with each center's own mean: what is left if the centers were known), mae and rmse
        (bootstrap); pearson (Fisher's z) and spearman (Bonett and Wright); slope and intercept of the regression of the
        outcome on the prediction (calibration; ideal 1 and 0); bias (mean of prediction minus outcome), lower_limit and
        upper_limit (limits of agreement: bias -+ 1.96 standard deviations of the differences).
    """
    measured, guess = _inputs(outcome, predicted)
    errors = guess - measured
    # as strata of a bootstrap that keeps their sizes, centers have a mean of their own in each resample
    member = np.unique(np.asarray(center).ravel(), return_inverse=True)[1]

    def statistic(rows: np.ndarray) -> np.ndarray:
        squared = (errors[rows] ** 2).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            r2 = 1 - squared / _spread(measured[rows])
            within = 1 - squared / _spread_within(measured[rows], member[rows])
        return np.stack([r2, within, np.abs(errors[rows]).mean(axis=1), np.sqrt(squared / rows.shape[1])], axis=1)

    points = statistic(np.arange(len(measured))[None])[0]
    values = resample(statistic, strata, resamples=resamples, seed=seed)
    estimates = {
        name: _resampled(float(points[place]), values[:, place], len(measured), level)
        for place, name in enumerate(RESAMPLED)
    }
    estimates |= {name: correlation(measured, guess, name, level).estimate for name in ("pearson", "spearman")}
    return estimates | _line(measured, guess, level) | bland_altman(measured, guess, level)


def r2(
    outcome: ArrayLike, predicted: ArrayLike, *, strata: ArrayLike, resamples: int, seed: int
) -> tuple[float, np.ndarray]:
    """R² and its resamples, for the paired comparison of models."""
    measured, guess = _inputs(outcome, predicted)
    squares = (guess - measured) ** 2

    def statistic(rows: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1 - squares[rows].sum(axis=1) / _spread(measured[rows])

    value = float(statistic(np.arange(len(measured))[None])[0])
    return value, resample(statistic, strata, resamples=resamples, seed=seed)


def bland_altman(outcome: ArrayLike, predicted: ArrayLike, level: float = 0.95) -> dict[str, Estimate]:
    """Bias and limits of agreement of predictions minus outcomes, with Student's intervals.

    The variance of a limit is s² (1 / n + 1.96² / (2 (n - 1))).
    """
    measured, guess = _inputs(outcome, predicted)
    names = ("bias", "lower_limit", "upper_limit")
    differences = guess - measured
    n = len(differences)
    if n < 2:
        return dict.fromkeys(names, undefined(Undefined.FEW_PATIENTS))
    bias, deviation = float(differences.mean()), float(differences.std(ddof=1))
    quantile = float(stats.t.ppf(0.5 + level / 2, n - 1))
    of_bias = quantile * deviation / math.sqrt(n)
    of_limit = quantile * deviation * math.sqrt(1 / n + NORMAL**2 / (2 * (n - 1)))
    places = (bias, bias - NORMAL * deviation, bias + NORMAL * deviation)
    return {
        name: Estimate(place, place - half, place + half, "student")
        for name, place, half in zip(names, places, (of_bias, of_limit, of_limit), strict=True)
    }


def agreement_points(outcome: ArrayLike, predicted: ArrayLike) -> pd.DataFrame:
    """Columns mean (of prediction and outcome) and difference (prediction minus outcome), one row per patient."""
    measured, guess = _inputs(outcome, predicted)
    return pd.DataFrame({"mean": (guess + measured) / 2, "difference": guess - measured})


def number_curve(outcome: ArrayLike, predicted: ArrayLike, groups: int = 10, level: float = 0.95) -> pd.DataFrame:
    """Observed against predicted numbers, as data of a plot.

    Returns:
        Columns kind, predicted, observed, low, high, n, as `calibration.calibration_curve`: rows of kind 'smooth'
        (lowess of the outcome on the prediction; none below 10 patients or with equal predictions) and of kind 'group'
        (mean prediction, mean outcome with Student's interval, number of patients; a group has at least ten).
    """
    measured, guess = _inputs(outcome, predicted)
    rows: list[dict[str, object]] = []
    if len(guess) >= SMOOTHABLE and np.ptp(guess) > 0:
        smooth = lowess(measured, guess, frac=SPAN, it=0, delta=0.01 * np.ptp(guess), return_sorted=False)
        points, first = np.unique(guess, return_index=True)
        rows += [{"kind": "smooth", "predicted": x, "observed": y} for x, y in zip(points, smooth[first], strict=True)]
    count = max(1, min(groups, len(guess) // 10))
    for members in filter(len, np.array_split(np.argsort(guess, kind="stable"), count)):
        mean, n = float(measured[members].mean()), len(members)
        row = {"kind": "group", "predicted": float(guess[members].mean()), "observed": mean, "n": n}
        if n > 1:
            half = float(stats.t.ppf(0.5 + level / 2, n - 1) * measured[members].std(ddof=1) / math.sqrt(n))
            row |= {"low": mean - half, "high": mean + half}
        rows.append(row)
    return pd.DataFrame(rows, columns=["kind", "predicted", "observed", "low", "high", "n"]).astype({"n": "Int64"})


def _inputs(outcome: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    rows = np.asarray(outcome).size
    return as_scores(outcome, rows, "outcome"), as_scores(predicted, rows, "prediction")


def _spread(values: np.ndarray) -> np.ndarray:
    """Squared distance from the mean, of each row of (r, n); exactly 0 where all are the same."""
    spread = ((values - values.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return np.where(np.ptp(values, axis=1) == 0, 0.0, spread)


def _spread_within(values: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Squared distance from the mean of the own center, of each row of (r, n)."""
    total = np.zeros(len(values))
    for center in range(member.max() + 1):
        own = member == center
        count = own.sum(axis=1)
        mean = np.where(own, values, 0).sum(axis=1) / np.maximum(count, 1)
        total += np.where(own, (values - mean[:, None]) ** 2, 0).sum(axis=1)
    return total


def _resampled(value: float, values: np.ndarray, n: int, level: float) -> Estimate:
    if not math.isfinite(value):
        return undefined(Undefined.FEW_PATIENTS if n < 2 else Undefined.NO_VARIATION)
    return Estimate(value, reason=Undefined.FEW_PATIENTS) if n < FEWEST else percentile_estimate(value, values, level)


def _line(measured: np.ndarray, guess: np.ndarray, level: float) -> dict[str, Estimate]:
    names, n = ("slope", "intercept"), len(measured)
    if n < FEWEST:
        return dict.fromkeys(names, undefined(Undefined.FEW_PATIENTS))
    if np.ptp(guess) == 0:
        return dict.fromkeys(names, undefined(Undefined.NO_VARIATION))
    fit = stats.linregress(guess, measured)
    quantile = float(stats.t.ppf(0.5 + level / 2, n - 2))
    parts = ((float(fit.slope), float(fit.stderr)), (float(fit.intercept), float(fit.intercept_stderr)))
    return {
        name: Estimate(value, value - quantile * error, value + quantile * error, "student")
        for name, (value, error) in zip(names, parts, strict=True)
    }
