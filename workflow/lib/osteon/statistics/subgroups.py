"""How well a model works in groups of patients, and whether the groups differ by more than chance.

What is tested is the difference between groups, never each group by itself. Small groups are counted but not measured.

Sources: DeLong et al., Biometrics 1988;44:837 (variance of the AUC in each group); Hanley, McNeil, Radiology
1983;148:839 (groups of different patients: their variances add); Cochran's Q of the groups' AUCs where there are more
than two; likelihood-ratio test of predictor x group. Verified against pROC's own test constants of unpaired curves,
statsmodels' formula interface, and by hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2, norm

from osteon.statistics.auc import auc, delong
from osteon.statistics.calibration import calibration_in_the_large, linear_predictor
from osteon.statistics.estimate import Estimate, Undefined, undefined
from osteon.statistics.inputs import as_outcome, as_probabilities, as_scores
from osteon.statistics.likelihood import maximum_likelihood
from osteon.statistics.names import LIKELIHOOD_RATIO
from osteon.statistics.proportions import confusion, wilson

SMALLEST = 10
"""A group with fewer patients with, or without, the outcome is not shown."""
MEASURES = ("auc", "in_the_large", "sensitivity", "specificity")


@dataclass(frozen=True)
class GroupTest:
    """Whether groups differ. `difference` is first minus second group and stands only where there are two."""

    test: str
    groups: tuple[str, ...]
    difference: float = math.nan
    low: float = math.nan
    high: float = math.nan
    statistic: float = math.nan
    df: int = 0
    p: float = math.nan
    reason: Undefined | None = None


def large_enough(outcome: ArrayLike) -> bool:
    """Whether a group has at least ten patients with and ten without the outcome."""
    positive = as_outcome(outcome)
    return bool(min(positive.sum(), (~positive).sum()) >= SMALLEST)


def group_measures(
    outcome: ArrayLike, probability: ArrayLike, threshold: ArrayLike, level: float = 0.95
) -> dict[str, Estimate]:
    """The measures of one group of patients.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities.
        threshold: at or above it a patient is called positive; one, or one for each patient; NaN where there is none.
        level: confidence level.

    Returns:
        `MEASURES`: auc (DeLong), in_the_large (Wald), sensitivity and specificity (Wilson). All are hidden, with the
        reason, in a group that is not `large_enough`.
    """
    positive = as_outcome(outcome)
    risks = as_probabilities(probability, len(positive))
    if not large_enough(positive):
        return dict.fromkeys(MEASURES, undefined(Undefined.SMALL_CELL))
    estimates = {"auc": auc(positive, risks, level), "in_the_large": calibration_in_the_large(positive, risks, level)}
    if np.isnan(np.asarray(threshold, dtype=float)).any():
        return estimates | dict.fromkeys(("sensitivity", "specificity"), undefined(Undefined.NO_THRESHOLD))
    counts = confusion(positive, risks, threshold)
    return estimates | {
        "sensitivity": wilson(counts.true_positive, counts.true_positive + counts.false_negative, level),
        "specificity": wilson(counts.true_negative, counts.true_negative + counts.false_positive, level),
    }


def auc_by_group(
    outcome: ArrayLike, score: ArrayLike, group: ArrayLike, names: Sequence[str], level: float = 0.95
) -> GroupTest:
    """Do the AUCs of independent groups differ?

    Args:
        outcome: (n,) of 0 and 1.
        score: (n,) higher for outcome 1.
        group: (n,) the group of each patient.
        names: the groups that are compared, in this order; patients of others do not count.
        level: confidence level of the difference.

    Returns:
        Two groups: z test of their difference ('z'). More: heterogeneity of the AUCs
        weighted by their inverse variances, chi-square with one degree of freedom less than groups ('chi_square').
        Groups that are not `large_enough` are left out; with fewer than two left there is no test.
    """
    positive = as_outcome(outcome)
    scores = as_scores(score, len(positive))
    member, compared = _compared(positive, group, names)
    if len(compared) < 2:
        return GroupTest("z", compared, reason=Undefined.ONE_GROUP)
    found = [delong(positive[member == name], scores[member == name]) for name in compared]
    values = np.array([float(value[0]) for value, _ in found])
    variances = np.array([float(covariance[0, 0]) for _, covariance in found])
    if (variances <= 1e-15).any():
        return GroupTest("z", compared, reason=Undefined.PERFECT_RANKING)
    if len(compared) == 2:
        difference, error = float(values[0] - values[1]), math.sqrt(variances.sum())
        half, z = float(norm.ppf(0.5 + level / 2)) * error, difference / error
        return GroupTest(
            "z", compared, difference, difference - half, difference + half, z, 1, float(2 * norm.sf(abs(z)))
        )
    weights = 1 / variances
    statistic = float((weights * (values - (weights @ values) / weights.sum()) ** 2).sum())
    df = len(compared) - 1
    return GroupTest("chi_square", compared, statistic=statistic, df=df, p=float(chi2.sf(statistic, df)))


def interaction(outcome: ArrayLike, probability: ArrayLike, group: ArrayLike, names: Sequence[str]) -> GroupTest:
    """Is the prediction worth more in one group than in another? Likelihood-ratio test of predictor x group.

    Logistic regression of the outcome on logit(p), the group, and their product, against the same without product.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities.
        group: (n,) the group of each patient.
        names: the groups that are compared; patients of others do not count.

    Returns:
        Chi-square with one degree of freedom less than groups ('likelihood_ratio'). Groups that are not `large_enough`
        are left out. No value where the regression has no finite solution, with the reason.
    """
    positive = as_outcome(outcome)
    predictor = linear_predictor(as_probabilities(probability, len(positive)))
    member, compared = _compared(positive, group, names)
    if len(compared) < 2:
        return GroupTest(LIKELIHOOD_RATIO, compared, reason=Undefined.ONE_GROUP)
    kept = np.isin(member, compared)
    indicators = np.column_stack([member[kept] == name for name in compared[1:]]).astype(float)
    own = predictor[kept, None]
    likelihoods = []
    for terms in (np.hstack([own, indicators]), np.hstack([own, indicators, own * indicators])):
        fit, reason = maximum_likelihood(positive[kept], terms)
        if fit is None:
            return GroupTest(LIKELIHOOD_RATIO, compared, reason=reason)
        likelihoods.append(float(fit.llf))
    # rounding must not make it negative
    statistic, df = max(0.0, 2 * (likelihoods[1] - likelihoods[0])), len(compared) - 1
    return GroupTest(LIKELIHOOD_RATIO, compared, statistic=statistic, df=df, p=float(chi2.sf(statistic, df)))


def _compared(positive: np.ndarray, group: ArrayLike, names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Each patient's group, and the groups that are large enough."""
    member = np.asarray(group).astype(str).ravel()
    if len(member) != len(positive):
        raise ValueError(f"group: {len(member)} values for {len(positive)} outcomes; give one per patient")
    return member, tuple(name for name in names if large_enough(positive[member == name]))
