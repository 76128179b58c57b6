"""Percentile bootstrap of patients within strata, for statistics whose interval has no formula.

Source: Efron, Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 and 16.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from osteon.statistics.estimate import Estimate, Undefined

# Resamples drawn at once; bounds the memory for large sets. Part of the seeded sequence: do not vary it.
BLOCK = 250


def bootstrap_interval(
    statistic: Callable[[np.ndarray], np.ndarray], strata: ArrayLike, *, resamples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Percentile interval of a statistic under resampling of patients within strata.

    Args:
        statistic: takes row numbers of shape (r, n), one resample per row, and returns (r,) values.
        strata: (n,) labels; each resample keeps the size of every stratum, so that the statistic is
            defined in every resample if the strata hold the outcome.
        resamples: number of resamples.
        seed: seed of the generator; the same seed gives the same interval.
        level: confidence level.

    Returns:
        Lower and upper limit.
    """
    values = resample(statistic, strata, resamples=resamples, seed=seed)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def resample(
    statistic: Callable[[np.ndarray], np.ndarray], strata: ArrayLike, *, resamples: int, seed: int
) -> np.ndarray:
    """Values of a statistic, or of several at once, in resamples of patients within strata.

    Args:
        statistic: takes row numbers of shape (r, n) and returns (r,) or (r, k) values.
        strata: (n,) labels, as in `bootstrap_interval`.
        resamples: number of resamples.
        seed: seed of the generator; with the same seed and strata the same patients are drawn, so that the values
            of two models are paired.

    Returns:
        (resamples,) or (resamples, k).
    """
    labels = np.asarray(strata).ravel()
    members = [np.flatnonzero(labels == label) for label in sorted(set(labels.tolist()))]
    generator = np.random.default_rng(seed)
    values = []
    for start in range(0, resamples, BLOCK):
        size = min(BLOCK, resamples - start)
        rows = np.empty((size, len(labels)), dtype=np.intp)
        for member in members:
            rows[:, member] = member[generator.integers(len(member), size=(size, len(member)))]
        values.append(statistic(rows))
    return np.concatenate(values)


def percentile_estimate(value: float, resampled: np.ndarray, level: float = 0.95) -> Estimate:
    """A value with the percentile interval of its resamples.

    No interval where a resample has no value (few patients) or where all have the same.
    """
    if not np.isfinite(resampled).all():
        return Estimate(value, reason=Undefined.FEW_PATIENTS)
    if np.ptp(resampled) == 0:
        return Estimate(value, reason=Undefined.SAME_RESAMPLES)
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high), "bootstrap")


def difference_p(differences: np.ndarray) -> float:
    """Two-sided p of a difference from its resamples: where the percentile interval of level 1 - p ends at zero.

    Not below 2 / (resamples + 1).
    """
    below, above = int((differences <= 0).sum()), int((differences >= 0).sum())
    return min(1.0, 2 * (min(below, above) + 1) / (len(differences) + 1))


def paired_difference(value: float, differences: np.ndarray, level: float = 0.95) -> tuple[Estimate, float]:
    """A difference of two models on the same patients with its percentile interval, and its p (see `difference_p`)."""
    estimate = percentile_estimate(value, differences, level)
    if estimate.reason is Undefined.SAME_RESAMPLES:
        estimate = Estimate(value, reason=Undefined.SAME_PREDICTIONS)
    return estimate, math.nan if estimate.reason else difference_p(differences)
