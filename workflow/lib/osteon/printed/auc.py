"""What a printed AUC and its interval can be, from the number of patients and from a point of the curve."""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import logit
from scipy.stats import beta, norm
from statsmodels.stats.proportion import proportion_confint

from osteon.printed.numbers import Printed

# An interval is called impossible only if its standard error is below this share of the least one: intervals of
# 90 % and bootstrap intervals are somewhat narrower than DeLong's.
SHARE_OF_LEAST = 0.7
QUANTILE = float(norm.ppf(0.975))


def least_error(auc: float, positives: int, negatives: int) -> float:
    """The least DeLong standard error that any score without ties can have at this AUC with so many patients.

    Let g(t) be the share of positives that lie above the share t of negatives. The variance is
    (int 2 t g - A^2) / n1 + (int g^2 - A^2) / n0, and int g = A. It is least for g(t) = c - t n0 / n1, cut to 0 to 1.
    DeLong's estimate from patients has n1 - 1 and n0 - 1 below the line, so it is larger.

    Source: Birnbaum, Klose, Ann Math Stat 1957;28:933. Verified: every untied sample that was simulated lies above.
    """
    if not 0 < auc < 1:
        return 0.0
    ratio = negatives / positives

    def moments(c: float) -> tuple[float, float, float]:
        one, zero = min(max((c - 1) / ratio, 0.0), 1.0), min(max(c / ratio, 0.0), 1.0)
        area = one + c * (zero - one) - ratio * (zero**2 - one**2) / 2
        square = one + ((c - ratio * one) ** 3 - (c - ratio * zero) ** 3) / (3 * ratio)
        first = one**2 / 2 + c * (zero**2 - one**2) / 2 - ratio * (zero**3 - one**3) / 3
        return area, square, first

    c = brentq(lambda value: moments(value)[0] - auc, 0.0, 1.0 + ratio, xtol=1e-14)
    area, square, first = moments(c)
    variance = (2 * first - area**2) / positives + (square - area**2) / negatives
    return math.sqrt(max(variance, 0.0))


def largest_error(auc: float, positives: int, negatives: int) -> float:
    """The largest DeLong standard error at this AUC: the variance of a share of the smaller group.

    Source: as `least_error`; A (1 - A) / min(n1, n0), with n - 1 as in the estimate.
    """
    return math.sqrt(max(auc * (1 - auc), 0.0) / max(min(positives, negatives) - 1, 1))


def least_tied_error(auc: float, positives: int, negatives: int) -> float:
    """The least DeLong standard error of any score at this AUC, patients with equal scores included.

    It is that of three values: a share u of the positives and a share v of the negatives have the middle one, all
    others lie apart, so that 1 - A = u v / 2. The variance is then u v / 4 (v (1 - u) / n1 + u (1 - v) / n0), which is
    least for v = sqrt(2 (1 - A) n1 / n0), as far as both are shares.

    Verified: a numerical search over scores of 2 to 6 values found none below, and ended at this bound.
    """
    tied = 2 * min(auc, 1 - auc)  # u v
    if tied <= 0:
        return 0.0
    v = min(max(math.sqrt(tied * positives / negatives), tied), 1.0)
    u = tied / v
    return math.sqrt(tied / 4 * (v * (1 - u) / positives + u * (1 - v) / negatives))


def narrowest_error(auc: Printed, positives: int, negatives: int) -> float:
    """The standard error below which a printed one is impossible, for all AUCs that round to the printed one.

    `SHARE_OF_LEAST` of that of scores without ties; less where ties allow less.
    """
    least = [
        min(SHARE_OF_LEAST * least_error(end, positives, negatives), least_tied_error(end, positives, negatives))
        for end in _ends(auc)
    ]
    return 0.0 if auc.low <= 0.5 <= auc.high else min(least)


def error_range(auc: Printed, positives: int, negatives: int) -> tuple[float, float]:
    """Least and largest standard error of any score over all AUCs that round to the printed one."""
    ends = _ends(auc)
    half = auc.low <= 0.5 <= auc.high
    least = 0.0 if half else min(least_tied_error(end, positives, negatives) for end in ends)
    largest = 0.5 if half else min(ends, key=lambda end: abs(end - 0.5))
    return least, largest_error(largest, positives, negatives)


def _ends(auc: Printed) -> tuple[float, float]:
    return min(max(auc.low, 0.0), 1.0), min(max(auc.high, 0.0), 1.0)


def interval_errors(auc: Printed, low: Printed, high: Printed) -> tuple[float, float]:
    """Least and largest standard error that a printed 95 % interval can stand for.

    It may be symmetric, cut at 1, lopsided (bootstrap) or symmetric on the logit scale: all are tried, with the
    rounding that makes them least and largest.
    """
    least, largest = [], []
    ends = ((low.high, high.low), (low.low, high.high))
    for errors, (lower, upper), middle in zip((least, largest), ends, (auc.high, auc.low), strict=True):
        errors += [(upper - lower) / 2, upper - middle]
        if 0 < lower < upper < 1:
            values = _ends(auc)
            slopes = [value * (1 - value) for value in values] + ([0.25] if values[0] <= 0.5 <= values[1] else [])
            slope = min(slopes) if errors is least else max(slopes)
            errors.append(float(logit(upper) - logit(lower)) / 2 * slope)
    least.append(auc.low - low.high)
    largest.append(auc.high - low.low)
    return max(min(least), 0.0) / QUANTILE, max(largest) / QUANTILE


def law_of_interval(auc: Printed, low: Printed, high: Printed, positives: int, negatives: int) -> str:
    """The law by which an interval follows from the AUC and the numbers of patients alone; '' if from none.

    Such an interval says nothing about the scores. Hanley and McNeil's standard error (Radiology 1982;143:29) assumes
    exponential scores; MedCalc prints the exact binomial interval by default, as if the AUC were a share of all
    patients. (None of them is below `narrowest_error`.)
    """
    values = [min(max(end, 1e-6), 1 - 1e-6) for end in (auc.low, auc.high)]
    n = positives + negatives
    for name, limits in (
        ("Hanley and McNeil", lambda value: _symmetric(value, hanley_error(value, positives, negatives))),
        ("exact binomial, as a share of all patients", lambda value: _exact(value, n)),
        (
            "Wald binomial, as a share of all patients",
            lambda value: _symmetric(value, math.sqrt(value * (1 - value) / n)),
        ),
        ("Wilson, as a share of all patients", lambda value: proportion_confint(value * n, n, method="wilson")),
    ):
        lows, highs = zip(*(limits(value) for value in values), strict=True)
        cut = [min(end, 1.0) for end in highs]
        holds_high = high.meets(min(highs), max(highs)) or high.meets(min(cut), max(cut))
        if holds_high and low.meets(max(min(lows), 0.0), max(lows)):
            return name
    return ""


def hanley_error(auc: float, positives: int, negatives: int) -> float:
    """Hanley and McNeil's standard error."""
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    square = auc * (1 - auc) + (positives - 1) * (one - auc**2) + (negatives - 1) * (two - auc**2)
    return math.sqrt(square / (positives * negatives))


def _symmetric(value: float, error: float) -> tuple[float, float]:
    return value - QUANTILE * error, value + QUANTILE * error


def _exact(value: float, n: int) -> tuple[float, float]:
    count = value * n
    return float(beta.ppf(0.025, count, n - count + 1)), float(beta.ppf(0.975, count + 1, n - count))


def area_range(sensitivity: tuple[float, float], specificity: tuple[float, float]) -> tuple[float, float]:
    """AUCs of all curves through a point: sens spec to 1 - (1 - sens)(1 - spec), as a curve never falls.

    Args:
        sensitivity: lowest and highest that it can be.
        specificity: likewise.
    """
    (sens_low, sens_high), (spec_low, spec_high) = sensitivity, specificity
    low = max(sens_low, 0.0) * max(spec_low, 0.0)
    return low, 1 - (1 - min(sens_high, 1.0)) * (1 - min(spec_high, 1.0))
