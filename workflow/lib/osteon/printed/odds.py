"""Odds ratios of two groups from counts: Wald's (Woolf's) and profile-likelihood intervals, and p values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import optimize, stats

from osteon.printed.laws import laws_of_counts

QUANTILE = float(stats.norm.isf(0.025))


@dataclass(frozen=True)
class Odds:
    """The odds ratio of a level, as univariable logistic regression gives it.

    Attributes:
        counts: rows level and reference, columns without and with the outcome; no cell is empty.
    """

    counts: tuple[tuple[int, int], tuple[int, int]]

    @cached_property
    def b(self) -> float:
        """Log odds ratio: ln of (level with x reference without) / (level without x reference with)."""
        (a, b), (c, d) = self.counts
        return math.log(b * c / (a * d))

    @cached_property
    def se(self) -> float:
        """Its standard error (Woolf 1955), the square root of the sum of 1 / cell."""
        return math.sqrt(sum(1 / cell for row in self.counts for cell in row))

    @property
    def z(self) -> float:
        """Wald's z."""
        return self.b / self.se

    @property
    def wald(self) -> tuple[float, float]:
        """Wald's 95% limits of the log odds ratio."""
        return self.b - QUANTILE * self.se, self.b + QUANTILE * self.se

    @cached_property
    def profile(self) -> tuple[float, float]:
        """95% limits of the profile likelihood of the log odds ratio, intercept free, as in R's confint."""
        return tuple(
            float(optimize.brentq(self._outside, *sorted((self.b, self.b + side * 8 * self.se)))) for side in (-1, 1)
        )

    @cached_property
    def ps(self) -> tuple[float, ...]:
        """p of every test that may stand beside it: Wald's, and those of the counts."""
        tested = (law.p for law in laws_of_counts(np.array(self.counts)))
        return (float(2 * stats.norm.sf(abs(self.z))), *tested)

    def without(self, patients: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Ranges of b and SE if up to so many patients are left out; infinite where a cell may become empty."""
        (a, b), (c, d) = self.counts
        least = [max(0, cell - patients) for cell in (a, b, c, d)]
        if 0 in least:
            return (-math.inf, math.inf), (0.0, math.inf)
        low = math.log(least[1] * least[2] / (a * d))
        high = math.log(b * c / (least[0] * least[3]))
        return (low, high), (self.se, math.sqrt(sum(1 / cell for cell in least)))

    def _outside(self, b: float) -> float:
        return _deviance(np.array(self.counts, dtype=float), b) - QUANTILE**2


def odds_of(counts: np.ndarray) -> Odds | None:
    """The odds ratio of counts (level and reference by without and with the outcome); None if a cell is empty."""
    table = np.asarray(counts)
    return Odds(tuple(tuple(int(cell) for cell in row) for row in table)) if (table > 0).all() else None


def _deviance(table: np.ndarray, b: float) -> float:
    """Twice the loss of log likelihood at a given log odds ratio, best intercept."""
    sizes, events = table.sum(axis=1), table[:, 1]
    shift = np.array([b, 0.0])

    def excess(intercept: float) -> float:
        return float((sizes / (1 + np.exp(-(intercept + shift)))).sum() - events.sum())

    intercept = optimize.brentq(excess, -40 - abs(b), 40 + abs(b))
    p = 1 / (1 + np.exp(-(intercept + shift)))
    observed = events / sizes
    loss = events * np.log(observed / p) + (sizes - events) * np.log((1 - observed) / (1 - p))
    return float(2 * loss.sum())
