"""Correlation of two numbers of the same patients, with its interval; point-biserial where one of them is 0 or 1.

Sources: Fisher, Metron 1921;1:3 (interval of Pearson's correlation); Bonett, Wright, Psychometrika 2000;65:23 (interval
of Spearman's). Verified against scipy and pingouin, and against the printed correlation of sex in the published study:
of two binary variables it is phi of their counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from osteon.statistics.estimate import Estimate, Undefined, undefined
from osteon.statistics.inputs import as_scores

# Fewer patients have no correlation with an interval.
FEWEST = 4
CORRELATION_COLUMNS = ["variable", "n", "r", "low", "high", "p", "reason"]


@dataclass(frozen=True)
class Correlation:
    """A correlation with its interval, and the two-sided p of no correlation."""

    estimate: Estimate
    p: float = math.nan


def correlation(
    first: ArrayLike, second: ArrayLike, method: Literal["pearson", "spearman"] = "pearson", level: float = 0.95
) -> Correlation:
    """Pearson's or Spearman's correlation. Pearson's with a variable of 0 and 1 is the point-biserial correlation.

    Args:
        first: (n,) numbers, none missing.
        second: (n,) numbers of the same patients.
        method: Pearson's has Fisher's interval and the p of Student's t; Spearman's has that of Bonett and Wright.
        level: confidence level.

    Returns:
        The correlation; no value for fewer than four patients or where a variable has one value only, no interval
        where it is 1 or -1.

    Raises:
        ValueError: different numbers of patients, or a value that is not finite.
    """
    rows = np.asarray(first).size
    a, b = as_scores(first, rows, "first variable"), as_scores(second, rows, "second variable")
    if rows < FEWEST:
        return Correlation(undefined(Undefined.FEW_PATIENTS))
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return Correlation(undefined(Undefined.NO_VARIATION))
    result = stats.pearsonr(a, b) if method == "pearson" else stats.spearmanr(a, b)
    value, p = float(result.statistic), float(result.pvalue)
    if abs(value) >= 1:
        return Correlation(Estimate(value, reason=Undefined.PERFECT_RANKING), p)
    variance = 1 / (rows - 3) if method == "pearson" else (1 + value**2 / 2) / (rows - 3)
    half = float(stats.norm.ppf(0.5 + level / 2)) * math.sqrt(variance)
    low, high = math.tanh(math.atanh(value) - half), math.tanh(math.atanh(value) + half)
    return Correlation(Estimate(value, low, high, "fisher_z" if method == "pearson" else "bonett_wright"), p)


def correlations_with(outcome: ArrayLike, table: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Pearson's correlation of each column with the outcome; point-biserial for an outcome of 0 and 1.

    Args:
        outcome: (n,) numbers, none missing.
        table: (n, p) numbers; patients without a value in a column do not count for it.
        level: confidence level.

    Returns:
        `CORRELATION_COLUMNS`, one row per column of the table; `reason` says why a value is missing.
    """
    target = as_scores(outcome, len(table), "outcome")
    rows = []
    for name in table.columns:
        values = table[name].to_numpy(dtype=float)
        known = ~np.isnan(values)
        found = correlation(target[known], values[known], level=level)
        estimate = found.estimate
        row = (name, int(known.sum()), estimate.value, estimate.low, estimate.high, found.p, estimate.reason)
        rows.append(row)
    return pd.DataFrame(rows, columns=CORRELATION_COLUMNS)
