"""Two-group tests: textbook values, undefined cases."""

from __future__ import annotations

import math

import pytest
from statsmodels.stats.oneway import anova_oneway

from osteon.statistics.estimate import Undefined
from osteon.statistics.tests import chi_square, compare_counts, mann_whitney, welch


def test_fisher_tea_tasting():
    """Fisher's lady tasting tea: three of four right, two-sided p = 34/70."""
    result = compare_counts([[3, 1], [1, 3]])
    assert result.test == "fisher_exact"
    assert result.p == pytest.approx(34 / 70)


def test_yates_by_hand():
    """n (|ad - bc| - n/2)^2 / (product of margins)."""
    expected = 100 * (abs(30 * 35 - 20 * 15) - 50) ** 2 / (50 * 50 * 45 * 55)
    result = compare_counts([[30, 20], [15, 35]])
    assert result.test == "chi_square_yates"
    assert result.statistic == pytest.approx(expected)
    assert chi_square([[30, 20], [15, 35]], yates=False).statistic > expected


def test_expected_count_decides():
    assert compare_counts([[5, 95], [5, 95]]).test == "chi_square_yates"
    assert compare_counts([[4, 95], [5, 95]]).test == "fisher_exact"


@pytest.mark.parametrize("test", ["chi_square", "chi_square_yates", "fisher_exact"])
def test_a_test_that_is_asked_for_is_made_whatever_is_expected(test):
    for counts in ([[1, 9], [6, 4]], [[50, 50], [40, 60]]):
        assert compare_counts(counts, test).test == test
    assert compare_counts([[5, 5], [4, 6], [3, 7]], test).test == "chi_square"


def test_welch_is_that_of_statsmodels():
    groups = [[1, 2, 3, 4.5], [2, 4, 6, 9, 1.0], [3, 3.5, 9, 8]]
    for number, name in ((2, "welch_t"), (3, "welch_anova")):
        result, expected = welch(groups[:number]), anova_oneway(groups[:number], use_var="unequal")
        assert result.test == name
        assert result.p == pytest.approx(expected.pvalue, rel=1e-9)
        assert result.statistic ** (2 if number == 2 else 1) == pytest.approx(expected.statistic, rel=1e-9)


def test_mann_whitney_u_counts_pairs():
    result = mann_whitney([1, 2, 3], [2, 4, 5])
    assert result.statistic == 1.5
    assert 0.05 < result.p < 0.5


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (mann_whitney([1, 1], [1, 1]), Undefined.NO_VARIATION),
        (mann_whitney([], [1, 1]), Undefined.ONE_CLASS),
        (compare_counts([[0, 5], [0, 5]]), Undefined.NO_VARIATION),
        (chi_square([[0, 5], [0, 5]]), Undefined.NO_VARIATION),
        (welch([[1, 1], [2, 2]]), Undefined.NO_VARIATION),
        (welch([[1, 1], [2, 3], [4, 5]]), Undefined.NO_VARIATION),
        (welch([[1], [2, 3]]), Undefined.FEW_PATIENTS),
        (welch([[], [2, 3]]), Undefined.ABSENT_CLASS),
    ],
)
def test_undefined_with_a_reason(result, reason):
    assert math.isnan(result.p)
    assert result.reason is reason
