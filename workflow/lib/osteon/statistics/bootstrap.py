"""Percentile bootstrap of patients within strata, for statistics whose interval has no formula."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

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

    Source: Efron, Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
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
    low, high = np.quantile(np.concatenate(values), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
