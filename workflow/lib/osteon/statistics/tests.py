"""Tests for baseline tables: two groups, several groups, a correlation.

Verified against the published Table 2: its chi-square values come out with Yates' correction, and
its p values of age and BMI from the printed U by the normal approximation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from osteon.statistics.estimate import Undefined

# Cochran's rule: with a smaller expected count the chi-square approximation is not used.
SMALLEST_EXPECTED = 5


@dataclass(frozen=True)
class TestResult:
    """Name, statistic and two-sided p of a test; `reason` says why p is NaN."""

    test: str
    statistic: float
    p: float
    reason: Undefined | None = None


def mann_whitney(first: ArrayLike, second: ArrayLike) -> TestResult:
    """Mann-Whitney U of two groups, normal approximation with tie and continuity correction.

    The statistic is U of the first group. Missing values must have been removed.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if not len(a) or not len(b):
        return TestResult("mann_whitney_u", math.nan, math.nan, Undefined.ONE_CLASS)
    if np.ptp(np.concatenate([a, b])) == 0:
        return TestResult("mann_whitney_u", len(a) * len(b) / 2, math.nan, Undefined.NO_VARIATION)
    result = stats.mannwhitneyu(a, b, alternative="two-sided", method="asymptotic")
    return TestResult("mann_whitney_u", float(result.statistic), float(result.pvalue))


def chi_square(counts: ArrayLike, yates: bool = True) -> TestResult:
    """Pearson's chi-square of a table of counts; Yates' correction applies to 2 x 2 tables only."""
    table = np.asarray(counts, dtype=float)
    if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        return TestResult("chi_square", math.nan, math.nan, Undefined.NO_VARIATION)
    result = stats.chi2_contingency(table, correction=yates)
    name = "chi_square_yates" if yates and table.shape == (2, 2) else "chi_square"
    return TestResult(name, float(result.statistic), float(result.pvalue))


def compare_groups(groups: Sequence[ArrayLike]) -> TestResult:
    """Kruskal-Wallis H of several groups, with tie correction. Missing values must have been removed."""
    parts = [np.asarray(group, dtype=float) for group in groups]
    if not all(map(len, parts)):
        return TestResult("kruskal_wallis", math.nan, math.nan, Undefined.ABSENT_CLASS)
    if np.ptp(np.concatenate(parts)) == 0:
        return TestResult("kruskal_wallis", math.nan, math.nan, Undefined.NO_VARIATION)
    result = stats.kruskal(*parts)
    return TestResult("kruskal_wallis", float(result.statistic), float(result.pvalue))


def rank_correlation(first: ArrayLike, second: ArrayLike) -> TestResult:
    """Spearman's correlation of two numbers of the same patients. Missing values must have been removed."""
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if len(a) < 3:
        return TestResult("spearman", math.nan, math.nan, Undefined.FEW_PATIENTS)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return TestResult("spearman", math.nan, math.nan, Undefined.NO_VARIATION)
    result = stats.spearmanr(a, b)
    return TestResult("spearman", float(result.statistic), float(result.pvalue))


def welch(groups: Sequence[ArrayLike]) -> TestResult:
    """Means of two groups (Welch's t) or several (Welch's analysis of variance), whose variances may differ.

    Missing values must have been removed.
    """
    parts = [np.asarray(group, dtype=float) for group in groups]
    name = "welch_t" if len(parts) == 2 else "welch_anova"
    if not all(map(len, parts)):
        return TestResult(name, math.nan, math.nan, Undefined.ABSENT_CLASS)
    if min(map(len, parts)) < 2:
        return TestResult(name, math.nan, math.nan, Undefined.FEW_PATIENTS)
    constant = [np.ptp(part) == 0 for part in parts]
    if all(constant) or (len(parts) > 2 and any(constant)):
        return TestResult(name, math.nan, math.nan, Undefined.NO_VARIATION)
    result = stats.ttest_ind(*parts, equal_var=False) if len(parts) == 2 else stats.f_oneway(*parts, equal_var=False)
    return TestResult(name, float(result.statistic), float(result.pvalue))


def compare_counts(counts: ArrayLike, test: str = "auto") -> TestResult:
    """Test of a table of counts, one row per group and two columns.

    Args:
        counts: (groups, 2) counts.
        test: of two groups: 'chi_square', 'chi_square_yates' (with Yates' correction), 'fisher_exact' (its statistic is
            the sample odds ratio), or 'auto': the second, or the third if a count is expected below 5. More groups are
            compared by chi-square.
    """
    table = np.asarray(counts, dtype=float)
    if len(table) > 2:
        return chi_square(table)
    if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        name = "chi_square_yates" if test == "auto" else test
        return TestResult(name, math.nan, math.nan, Undefined.NO_VARIATION)
    few = test == "auto" and stats.contingency.expected_freq(table).min() < SMALLEST_EXPECTED
    if test != "fisher_exact" and not few:
        return chi_square(table, yates=test != "chi_square")
    result = stats.fisher_exact(table)
    return TestResult("fisher_exact", float(result.statistic), float(result.pvalue))
