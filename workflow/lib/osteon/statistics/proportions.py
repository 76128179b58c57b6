"""Classification at a threshold: sensitivity, specificity and their kin, with intervals.

Proportions of patients get Wilson's interval (statsmodels). F1 and balanced accuracy are no
proportions of patients and get a percentile bootstrap of patients within outcome.

Source: Wilson, J Am Stat Assoc 1927;22:209. Verified against 20/23: 0.679 to 0.955.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.stats.proportion import proportion_confint

from osteon.statistics.bootstrap import bootstrap_interval
from osteon.statistics.estimate import Estimate, Undefined, undefined
from osteon.statistics.inputs import as_outcome, as_probabilities


@dataclass(frozen=True)
class Confusion:
    """Counts of patients: true and false, positive and negative."""

    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int


def confusion(outcome: ArrayLike, probability: ArrayLike, threshold: ArrayLike) -> Confusion:
    """Counts if a probability at or above `threshold` (one, or one for each patient) is called positive."""
    positive = as_outcome(outcome)
    called = as_probabilities(probability, len(positive)) >= threshold
    return Confusion(
        int((called & positive).sum()),
        int((called & ~positive).sum()),
        int((~called & ~positive).sum()),
        int((~called & positive).sum()),
    )


def wilson(successes: int, total: int, level: float = 0.95) -> Estimate:
    """A proportion of patients with Wilson's score interval; undefined if `total` is 0."""
    if not total:
        return undefined(Undefined.EMPTY_DENOMINATOR)
    value = successes / total
    low, high = proportion_confint(successes, total, alpha=1 - level, method="wilson")
    # At 0 and 1 the limit is the value itself, up to rounding.
    return Estimate(value, min(float(low), value), max(float(high), value), "wilson")


def classification(
    outcome: ArrayLike,
    probability: ArrayLike,
    threshold: ArrayLike,
    *,
    strata: ArrayLike,
    resamples: int,
    seed: int,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """All measures of classification at a given threshold.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities; at or above `threshold` is called positive.
        threshold: cut-off, chosen on other patients than these; one, or one for each patient.
        strata: (n,) labels within which patients are resampled; must not mix outcomes.
        resamples: bootstrap resamples for F1 and balanced accuracy.
        seed: seed of the bootstrap.
        level: confidence level.

    Returns:
        sensitivity, specificity, accuracy, ppv (precision), npv, f1 = 2TP / (2TP + FP + FN) and
        balanced_accuracy = (sensitivity + specificity) / 2.
    """
    positive = as_outcome(outcome)
    called = as_probabilities(probability, len(positive)) >= threshold
    counts = confusion(outcome, probability, threshold)
    tp, fp, tn, fn = (counts.true_positive, counts.false_positive, counts.true_negative, counts.false_negative)
    estimates = {
        "sensitivity": wilson(tp, tp + fn, level),
        "specificity": wilson(tn, tn + fp, level),
        "accuracy": wilson(tp + tn, len(positive), level),
        "ppv": wilson(tp, tp + fp, level),
        "npv": wilson(tn, tn + fn, level),
    }
    for name, statistic in (("f1", _f1), ("balanced_accuracy", _balanced_accuracy)):
        estimates[name] = _resampled(statistic, positive, called, strata, resamples, seed, level)
    return estimates


def _resampled(
    statistic: Callable[[np.ndarray, np.ndarray], np.ndarray],
    positive: np.ndarray,
    called: np.ndarray,
    strata: ArrayLike,
    resamples: int,
    seed: int,
    level: float,
) -> Estimate:
    if positive.all() or not positive.any():
        return undefined(Undefined.ONE_CLASS)
    value = float(statistic(positive[None], called[None])[0])
    low, high = bootstrap_interval(
        lambda rows: statistic(positive[rows], called[rows]), strata, resamples=resamples, seed=seed, level=level
    )
    return Estimate(value, low, high, "bootstrap")


def _f1(positive: np.ndarray, called: np.ndarray) -> np.ndarray:
    hits = (positive & called).sum(axis=1)
    return 2 * hits / (positive.sum(axis=1) + called.sum(axis=1))


def _balanced_accuracy(positive: np.ndarray, called: np.ndarray) -> np.ndarray:
    sensitivity = (positive & called).sum(axis=1) / positive.sum(axis=1)
    specificity = (~positive & ~called).sum(axis=1) / (~positive).sum(axis=1)
    return (sensitivity + specificity) / 2
