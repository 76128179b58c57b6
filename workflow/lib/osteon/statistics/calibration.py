"""Calibration: do patients with a predicted risk of 30 % have the outcome in 30 % of cases?

Sources: Cox, Biometrika 1958;45:562 (slope, intercept); Van Calster et al., J Clin Epidemiol
2016;74:167 (levels of calibration); Austin, Steyerberg, Stat Med 2019;38:4051 (ICI, E50, E90);
Debray et al., BMJ 2017;356:i6460 (interval of O:E). Verified against R rms val.prob.
Hosmer-Lemeshow is not offered: its result depends on the grouping and on the size of the set.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.nonparametric.smoothers_lowess import lowess

from osteon.statistics.bootstrap import bootstrap_interval, resample
from osteon.statistics.estimate import Estimate, Undefined, undefined
from osteon.statistics.inputs import as_outcome, as_probabilities
from osteon.statistics.proportions import wilson

# A probability of exactly 0 or 1 has no logit; it is moved by this much.
SMALLEST_RISK = 1e-10
# Bounds of calibration-in-the-large: beyond them every shifted risk is 0 or 1.
WIDEST_SHIFT = 60.0
# Below this many patients with or without the outcome, a smoothed curve is unreliable (Van Calster 2016 asks for 200).
ENOUGH_EVENTS = 100
# Below this many patients there is nothing to smooth.
SMOOTHABLE = 10
# Resamples of the band around the curve, each of which is smoothed anew; at most as many as of everything else.
BAND_RESAMPLES = 500
# A place on the curve has a band where so large a share of the resamples has patients on both sides of it.
REACHED = 0.5
# Span of the smoother, as R's lowess and rms use it.
SPAN = 2 / 3


@dataclass(frozen=True)
class Calibration:
    """Measures of calibration of one model in one set of patients."""

    slope: Estimate
    """Slope of the outcome on logit(p): 1 is ideal, below 1 means predictions are too extreme."""
    joint_intercept: Estimate
    """Intercept that belongs to the slope; not to be read on its own."""
    in_the_large: Estimate
    """Intercept with the slope fixed at 1: 0 is ideal, above 0 means risks are too low."""
    observed_expected: Estimate
    """Observed over expected number of events: 1 is ideal."""
    ici: Estimate
    """Integrated calibration index: mean absolute distance of the smoothed curve from the diagonal."""
    e50: Estimate
    """Median of these distances."""
    e90: Estimate
    """90th percentile of these distances."""
    emax: Estimate
    """Largest of these distances."""
    brier: Estimate
    """Mean squared error of the probabilities: 0 is best."""
    scaled_brier: Estimate
    """1 - Brier / Brier of predicting the prevalence: 1 is best, 0 is no better than the prevalence."""

    def items(self) -> list[tuple[str, Estimate]]:
        """Names and estimates, in order."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


def calibration(
    outcome: ArrayLike, probability: ArrayLike, *, strata: ArrayLike, resamples: int, seed: int, level: float = 0.95
) -> Calibration:
    """All measures of calibration.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities.
        strata: (n,) labels within which patients are resampled for the interval of the Brier score.
        resamples: bootstrap resamples.
        seed: seed of the bootstrap.
        level: confidence level.

    Returns:
        The measures; each has a reason where it, or its interval, is undefined: one class only,
        complete separation, predictions without variation, fewer than 10 patients to smooth.
    """
    positive = as_outcome(outcome)
    risks = as_probabilities(probability, len(positive))
    joint_intercept, slope = cox(positive, risks, level)
    brier, scaled = _brier(positive, risks, strata, resamples, seed, level)
    return Calibration(
        slope,
        joint_intercept,
        calibration_in_the_large(positive, risks, level),
        observed_expected(positive, risks, level),
        *_distances(positive, risks),
        brier,
        scaled,
    )


def calibration_curve(
    outcome: ArrayLike,
    probability: ArrayLike,
    *,
    strata: ArrayLike,
    resamples: int,
    seed: int,
    groups: int = 10,
    level: float = 0.95,
) -> pd.DataFrame:
    """The data of a calibration plot.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities.
        strata: (n,) labels within which patients are resampled for the band; must not mix outcomes.
        resamples: bootstrap resamples; of these the band takes the first `BAND_RESAMPLES`.
        seed: seed of the bootstrap.
        groups: largest number of groups of equal size; a group has at least ten patients.
        level: confidence level, at each place of the curve by itself.

    Returns:
        Rows of kind 'smooth' (lowess of the outcome on the prediction, with the percentile interval of the curves of
        resampled patients) and of kind 'group' (mean prediction, observed share with Wilson's interval, number of
        patients). No 'smooth' rows if the curve is undefined; `Calibration.ici.reason` says why.
    """
    positive = as_outcome(outcome)
    risks = as_probabilities(probability, len(positive))
    parts = []
    if _unsmoothable(positive, risks) is None:
        points, first = np.unique(risks, return_index=True)
        low, high = _band(positive, risks, points, strata, min(resamples, BAND_RESAMPLES), seed, level)
        observed = _smooth(positive, risks)[first]
        parts.append(
            pd.DataFrame({"kind": "smooth", "predicted": points, "observed": observed, "low": low, "high": high})
        )
    count = max(1, min(groups, len(risks) // 10))
    for rows in filter(len, np.array_split(np.argsort(risks, kind="stable"), count)):
        share = wilson(int(positive[rows].sum()), len(rows), level)
        parts.append(
            pd.DataFrame(
                {
                    "kind": ["group"],
                    "predicted": [risks[rows].mean()],
                    "observed": [share.value],
                    "low": [share.low],
                    "high": [share.high],
                    "n": [len(rows)],
                }
            )
        )
    columns = ["kind", "predicted", "observed", "low", "high", "n"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return table.reindex(columns=columns).astype({"n": "Int64"})


def linear_predictor(probability: ArrayLike) -> np.ndarray:
    """Logit of probabilities; those of exactly 0 and 1 are moved by `SMALLEST_RISK`."""
    return logit(np.clip(np.asarray(probability, dtype=float), SMALLEST_RISK, 1 - SMALLEST_RISK))


def _one_class(positive: np.ndarray) -> bool:
    return bool(positive.all() or not positive.any())


def cox(outcome: ArrayLike, probability: ArrayLike, level: float = 0.95) -> tuple[Estimate, Estimate]:
    """Intercept and slope of the logistic regression of the outcome on logit(p), with Wald intervals."""
    positive = as_outcome(outcome)
    risks = as_probabilities(probability, len(positive))
    predictor = linear_predictor(risks)
    reason = None
    if _one_class(positive):
        reason = Undefined.ONE_CLASS
    elif np.ptp(predictor) == 0:
        reason = Undefined.NO_VARIATION
    elif (
        predictor[~positive].max() <= predictor[positive].min()
        or predictor[positive].max() <= predictor[~positive].min()
    ):
        reason = Undefined.SEPARATED
    if reason:
        return undefined(reason), undefined(reason)
    design = np.column_stack([np.ones_like(predictor), predictor])
    fit = GLM(positive.astype(float), design, family=Binomial()).fit()
    if not fit.converged:
        return undefined(Undefined.NOT_CONVERGED), undefined(Undefined.NOT_CONVERGED)
    limits = fit.conf_int(alpha=1 - level)
    intercept, slope = (
        Estimate(float(fit.params[i]), float(limits[i, 0]), float(limits[i, 1]), "wald") for i in (0, 1)
    )
    return intercept, slope


def calibration_in_the_large(outcome: ArrayLike, probability: ArrayLike, level: float = 0.95) -> Estimate:
    """Intercept of the logistic regression of the outcome with offset logit(p), with Wald's interval."""
    positive = as_outcome(outcome)
    risks = as_probabilities(probability, len(positive))
    if _one_class(positive):
        return undefined(Undefined.ONE_CLASS)
    predictor = linear_predictor(risks)
    # One increasing equation: expected events equal observed ones. Solved by bracketing, because the
    # usual iteration of a GLM with offset runs away where risks are near 0 or 1.
    value = brentq(lambda shift: expit(predictor + shift).sum() - positive.sum(), -WIDEST_SHIFT, WIDEST_SHIFT)
    shifted = expit(predictor + value)
    half = norm.ppf(0.5 + level / 2) / math.sqrt((shifted * (1 - shifted)).sum())
    return Estimate(float(value), float(value - half), float(value + half), "wald")


def observed_expected(outcome: ArrayLike, probability: ArrayLike, level: float = 0.95) -> Estimate:
    """Observed over expected number of events, with an interval on the logarithmic scale."""
    positive = as_outcome(outcome)
    risks = as_probabilities(probability, len(positive))
    if _one_class(positive):
        return undefined(Undefined.ONE_CLASS)
    if risks.sum() == 0:
        return undefined(Undefined.EMPTY_DENOMINATOR)
    ratio = positive.sum() / risks.sum()
    half = norm.ppf(0.5 + level / 2) * math.sqrt((1 - positive.mean()) / positive.sum())
    return Estimate(float(ratio), float(ratio * math.exp(-half)), float(ratio * math.exp(half)), "wald_log")


def _unsmoothable(positive: np.ndarray, risks: np.ndarray) -> Undefined | None:
    if _one_class(positive):
        return Undefined.ONE_CLASS
    if len(risks) < SMOOTHABLE:
        return Undefined.TOO_FEW
    return Undefined.NO_VARIATION if np.ptp(risks) == 0 else None


def _smooth(positive: np.ndarray, risks: np.ndarray) -> np.ndarray:
    # No robustness iterations: with a 0/1 outcome they would discard the rarer class.
    return lowess(positive.astype(float), risks, frac=SPAN, it=0, delta=0.01 * np.ptp(risks), return_sorted=False)


def _band(
    positive: np.ndarray,
    risks: np.ndarray,
    points: np.ndarray,
    strata: ArrayLike,
    resamples: int,
    seed: int,
    level: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles of the curves of resampled patients at each of the points."""

    def curve(rows: np.ndarray) -> np.ndarray:
        places, first = np.unique(risks[rows], return_index=True)
        if len(places) < 2:
            return np.full(len(points), math.nan)
        # Beyond its own patients a resample says nothing.
        return np.interp(points, places, _smooth(positive[rows], risks[rows])[first], left=math.nan, right=math.nan)

    curves = resample(lambda rows: np.array([curve(own) for own in rows]), strata, resamples=resamples, seed=seed)
    limits = np.full((2, len(points)), math.nan)
    reached = np.isfinite(curves).mean(axis=0) >= REACHED
    limits[:, reached] = np.nanquantile(curves[:, reached], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return limits[0], limits[1]


def _distances(positive: np.ndarray, risks: np.ndarray) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    if reason := _unsmoothable(positive, risks):
        return (undefined(reason),) * 4
    distance = np.abs(_smooth(positive, risks) - risks)
    ici, e50, e90, emax = (distance.mean(), np.median(distance), np.quantile(distance, 0.9), distance.max())
    return tuple(Estimate(float(value), method="lowess") for value in (ici, e50, e90, emax))


def _brier(
    positive: np.ndarray, risks: np.ndarray, strata: ArrayLike, resamples: int, seed: int, level: float
) -> tuple[Estimate, Estimate]:
    if not len(positive):
        return undefined(Undefined.TOO_FEW), undefined(Undefined.TOO_FEW)
    errors = (positive - risks) ** 2
    value, prevalence = float(errors.mean()), float(positive.mean())
    low, high = bootstrap_interval(
        lambda rows: errors[rows].mean(axis=1), strata, resamples=resamples, seed=seed, level=level
    )
    brier = Estimate(value, low, high, "bootstrap")
    if _one_class(positive):
        return brier, undefined(Undefined.ONE_CLASS)
    # Strata hold the outcome, so the prevalence is the same in every resample.
    worst = prevalence * (1 - prevalence)
    return brier, Estimate(1 - value / worst, 1 - high / worst, 1 - low / worst, "bootstrap")
