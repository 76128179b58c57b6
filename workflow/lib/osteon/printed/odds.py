"""Odds ratios of two groups from counts, in the ways in which papers compute them, with their intervals and p values.

Verified against statsmodels and scipy (tests/unit/printed/test_printed_odds.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from scipy import optimize, stats

from osteon.printed.laws import laws_of_counts

QUANTILE = float(stats.norm.isf(0.025))


@dataclass(frozen=True)
class Odds:
    """The odds ratio of a level, as univariable logistic regression gives it: Wald's (Woolf's) and profile intervals.

    Attributes:
        counts: rows level and reference, columns without and with the outcome; no cell is empty.
    """

    counts: tuple[tuple[float, float], tuple[float, float]]
    note: ClassVar[str] = ""
    """What is unusual about it, for a sentence."""

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


class Firth(Odds):
    """Firth's penalised likelihood: of two groups that of the counts with a half added to each cell.

    The penalty is half the logarithm of n1 p1 (1 - p1) n2 p2 (1 - p2) (Heinze, Schemper, Stat Med 2002;21:2409). Wald's
    standard error takes the patients as they are, at the penalised estimate.
    """

    note: ClassVar[str] = "by Firth's penalised likelihood"

    @cached_property
    def se(self) -> float:
        """Wald's standard error of the coefficient."""
        table = np.array(self.counts)
        shares = table[:, 1] / table.sum(axis=1)
        return math.sqrt(float((1 / ((table.sum(axis=1) - 1) * shares * (1 - shares))).sum()))

    @cached_property
    def profile(self) -> tuple[float, float]:
        """Limits of the penalised profile likelihood, as R's logistf."""
        return Odds(self.counts).profile

    @cached_property
    def ps(self) -> tuple[float, ...]:
        """p of Wald's and of the penalised likelihood-ratio test."""
        ratio = _deviance(np.array(self.counts), 0.0)
        return float(2 * stats.norm.sf(abs(self.z))), float(stats.chi2.sf(ratio, 1))


class Exact(Odds):
    """The conditional odds ratio with its exact interval, as R's fisher.test prints them; it has no z."""

    note: ClassVar[str] = "as the conditional odds ratio with its exact interval"

    @cached_property
    def _conditional(self) -> stats.contingency.OddsRatioResult:
        (a, b), (c, d) = self.counts
        return stats.contingency.odds_ratio(np.array([[b, a], [d, c]], dtype=int), kind="conditional")

    @cached_property
    def b(self) -> float:
        """Logarithm of the conditional estimate."""
        return math.log(self._conditional.statistic)

    @property
    def z(self) -> float:
        """None."""
        return math.nan

    @cached_property
    def wald(self) -> tuple[float, float]:
        """Logarithms of the exact limits."""
        interval = self._conditional.confidence_interval(0.95)
        return tuple(math.log(end) if end > 0 else -math.inf for end in (interval.low, interval.high))

    @property
    def profile(self) -> tuple[float, float]:
        """The same."""
        return self.wald


class PerDeviation(Odds):
    """Per standard deviation of the variable coded 0 and 1, as where all variables were standardised."""

    note: ClassVar[str] = "per standard deviation of the variable"

    @cached_property
    def _deviation(self) -> float:
        level, reference = (sum(row) for row in self.counts)
        return math.sqrt(level * reference) / (level + reference)

    @cached_property
    def b(self) -> float:
        """Coefficient per standard deviation."""
        return self._deviation * Odds(self.counts).b

    @cached_property
    def se(self) -> float:
        """Its standard error."""
        return self._deviation * Odds(self.counts).se

    @cached_property
    def profile(self) -> tuple[float, float]:
        """Limits of the profile likelihood."""
        low, high = Odds(self.counts).profile
        return self._deviation * low, self._deviation * high


def odds_of(counts: np.ndarray) -> list[Odds]:
    """The odds ratios of counts (level and reference by without and with the outcome), the usual one first.

    Empty if a level or an outcome has no patient; Firth's alone if another cell is empty.
    """
    table = np.asarray(counts, dtype=float)
    if (table < 0).any() or (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        return []  # counts above the size of their group are told by the table of patients
    penalised = Firth(_cells(table + 0.5))
    if (table == 0).any():
        return [penalised]
    cells = _cells(table)
    return [Odds(cells), penalised, Exact(cells), PerDeviation(cells)]


def _cells(table: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    return tuple(tuple(float(cell) for cell in row) for row in table)


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
