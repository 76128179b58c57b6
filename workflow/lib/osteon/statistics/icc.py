"""Agreement of several measurements of the same subjects: the intraclass correlation of thousands of features at once.

ICC(A,1) of McGraw and Wong, Psychol Methods 1996;1:30, which is ICC(2,1) of Shrout and Fleiss, Psychol Bull
1979;86:420: two-way random effects, absolute agreement, one measurement. A rater who always measures more lowers it.
Verified against the published value of Shrout and Fleiss' data and against pingouin (tests/reference).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from osteon.statistics.no_agreement import NoAgreement

CONFIDENCE = 0.95
# The fewest subjects that are judged; with two, the interval spans everything.
LEAST_SUBJECTS = 3
# A spread below this share of the largest value is rounding.
ROUNDING = 1e-12
# With fewer degrees of freedom the quantile of F has over two hundred digits: overflow would decide.
LEAST_FREEDOM = 0.015
# Subjects with a missing value are left out of that feature; beyond this share of them the feature is not judged.
MOST_MISSING = 0.1


@dataclass(frozen=True)
class Agreement:
    """One entry per feature in every array.

    Attributes:
        icc: ICC(A,1); NaN where `reason` says why.
        low: lower limit of the 95 % interval.
        high: upper limit.
        subjects: number of subjects that it rests on.
        reason: None, or a `NoAgreement`.
    """

    icc: np.ndarray
    low: np.ndarray
    high: np.ndarray
    subjects: np.ndarray
    reason: np.ndarray


def absolute_agreement(values: np.ndarray) -> Agreement:
    """ICC(A,1) of every feature, with its 95 % interval.

    Args:
        values: (subjects, raters, features). A subject with a NaN or an infinite value in a feature is left out of
            that feature.
    """
    values = np.asarray(values, dtype=float)
    subjects, raters, features = values.shape
    found = Agreement(
        *(np.full(features, np.nan) for _ in range(3)), np.zeros(features, dtype=int), np.full(features, None)
    )
    complete = np.isfinite(values).all(axis=1)
    # features that lack the same subjects are computed together; mostly that is all of them
    patterns, members = np.unique(complete, axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        place = np.flatnonzero(members.ravel() == number)
        found.subjects[place] = left = int(pattern.sum())
        if reason := _too_little(subjects, left, raters):
            found.reason[place] = reason
            continue
        part = _complete_agreement(values[pattern][:, :, place])
        for name in ("icc", "low", "high", "reason"):
            getattr(found, name)[place] = getattr(part, name)
    return found


def _too_little(subjects: int, complete: int, raters: int) -> NoAgreement | None:
    if raters < 2:
        return NoAgreement.FEW_RATERS
    if subjects < LEAST_SUBJECTS:
        return NoAgreement.FEW_SUBJECTS
    if subjects - complete > MOST_MISSING * subjects:
        return NoAgreement.MISSING
    return NoAgreement.FEW_SUBJECTS if complete < LEAST_SUBJECTS else None


def _complete_agreement(values: np.ndarray) -> Agreement:
    """The same for values without gaps, of enough subjects and raters."""
    n, k, features = values.shape
    negligible = ROUNDING * np.abs(values).max(axis=(0, 1))
    between, raters, error = _mean_squares(values)
    constant = np.ptp(values, axis=(0, 1)) <= negligible
    no_spread = np.sqrt(between / k) <= negligible
    perfect = ~no_spread & (np.sqrt(raters + error) <= negligible)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        icc = (between - error) / (between + (k - 1) * error + k * (raters - error) / n)
        low, high = _interval(icc, between, raters, error, n, k)
    icc, low, high = (np.where(perfect, 1.0, array) for array in (icc, low, high))
    reason = np.full(features, None)
    reason[~(np.isfinite(low) & np.isfinite(high))] = NoAgreement.NO_INTERVAL
    reason[no_spread] = NoAgreement.NO_SPREAD
    reason[constant] = NoAgreement.CONSTANT
    icc, low, high = (np.where(no_spread | constant, np.nan, array) for array in (icc, low, high))
    return Agreement(icc, low, high, np.full(features, n), reason)


def _mean_squares(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean squares between subjects, between raters, and of what is left, per feature."""
    n, k, _ = values.shape
    centered = values - values.mean(axis=(0, 1))
    of_subjects, of_raters = centered.mean(axis=1, keepdims=True), centered.mean(axis=0, keepdims=True)
    rest = centered - of_subjects - of_raters
    return (
        k * (of_subjects**2).sum(axis=(0, 1)) / (n - 1),
        n * (of_raters**2).sum(axis=(0, 1)) / (k - 1),
        (rest**2).sum(axis=(0, 1)) / ((n - 1) * (k - 1)),
    )


def _interval(
    icc: np.ndarray, between: np.ndarray, raters: np.ndarray, error: np.ndarray, n: int, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Limits by Satterthwaite's approximation (McGraw and Wong, table 7).

    Written so that an error of zero is no special case. No limits below `LEAST_FREEDOM`.
    """
    first = k * icc * raters
    second = (n * (1 + (k - 1) * icc) - k * icc) * error
    freedom = (n - 1) * (k - 1) * (first + second) ** 2 / ((n - 1) * first**2 + second**2)
    freedom = np.where(freedom < LEAST_FREEDOM, np.nan, freedom)
    tail = 1 - (1 - CONFIDENCE) / 2
    above, below = f_distribution.ppf(tail, n - 1, freedom), f_distribution.ppf(tail, freedom, n - 1)
    others = k * raters + (k * n - k - n) * error
    low = n * (between - above * error) / (above * others + n * between)
    high = n * (below * between - error) / (others + n * below * between)
    return low, high


def printed_agreement(values: np.ndarray) -> tuple[float, float, float]:
    """ICC(A,1) of one feature and its limits by pingouin, for the numbers that are printed.

    Args:
        values: (subjects, raters) without gaps, with an ICC by `absolute_agreement`.

    Returns:
        The ICC, and the limits of the 95 % interval, which pingouin rounds to two decimals.
    """
    from pingouin import intraclass_corr  # loads slowly, and only this needs it

    subjects, raters = values.shape
    table = pd.DataFrame(
        {
            "subject": np.repeat(np.arange(subjects), raters),
            "rater": np.tile(np.arange(raters), subjects),
            "value": values.ravel(),
        }
    )
    found = intraclass_corr(table, targets="subject", raters="rater", ratings="value").set_index("Type").loc["ICC(A,1)"]
    low, high = found["CI95"]
    return float(found["ICC"]), float(low), float(high)
