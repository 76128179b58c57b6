"""Several classes: areas under ROC curves of every pair of classes and of each class against the rest.

A(i|j) is the share of pairs of a patient of class i and one of class j in which the former has the higher probability
of class i (ties count half). It is not A(j|i), which looks at the probability of class j. M is their mean over all
ordered pairs of classes.

Source: Hand, Till, Mach Learn 2001;45:171. Verified against scikit-learn (ovo and ovr, macro).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from osteon.statistics.auc import auc, auc_within
from osteon.statistics.bootstrap import percentile_estimate, resample
from osteon.statistics.confusion import KAPPAS, class_proportions, confusion_matrices, matrix_measures
from osteon.statistics.estimate import Estimate, Undefined, undefined
from osteon.statistics.inputs import as_class_probabilities, as_codes
from osteon.statistics.proportions import wilson

MAIN = "hand_till"
RESAMPLED = (
    MAIN,
    "hand_till_within_center",
    "auc_macro",
    "balanced_accuracy",
    "macro_f1",
    *KAPPAS,
    "brier",
    "scaled_brier",
)
"""Measures with a bootstrap interval."""


@dataclass(frozen=True)
class ClassMeasures:
    """How well predicted probabilities of several classes agree with the outcomes of one set of patients."""

    overall: dict[str, Estimate]
    """hand_till (M), hand_till_within_center (pairs of patients of one center only), auc_macro (mean of the classes'
    AUCs against the rest), accuracy, balanced_accuracy, macro_f1, kappa, kappa_linear, kappa_quadratic, brier (squared
    distance of the probabilities from the outcome, summed over the classes: 0 to 2) and scaled_brier."""
    classes: list[dict[str, Estimate]]
    """Of each class against the rest: auc and auc_within_center (DeLong), sensitivity, specificity, ppv, npv."""
    pairs: dict[tuple[int, int], dict[str, Estimate]]
    """Of each two classes i < j: first (A(i|j)) and second (A(j|i)) with DeLong's interval, and auc, their mean."""
    confusion: np.ndarray
    """(k, k) numbers of patients: outcome, then called class."""


def called_class(probabilities: np.ndarray) -> np.ndarray:
    """The class with the highest probability; of equal ones the first."""
    return np.argmax(probabilities, axis=1)


def class_measures(
    outcome: ArrayLike,
    probabilities: ArrayLike,
    classes: int,
    *,
    center: ArrayLike,
    strata: ArrayLike,
    resamples: int,
    seed: int,
    level: float = 0.95,
) -> ClassMeasures:
    """All measures of one model in one set of patients.

    Args:
        outcome: (n,) codes 0 to classes - 1; at least one patient.
        probabilities: (n, classes); rows sum to 1.
        classes: number of classes, k.
        center: (n,) center of each patient.
        strata: (n,) labels within which patients are resampled; they should hold the outcome.
        resamples: bootstrap resamples.
        seed: seed of the bootstrap.
        level: confidence level.

    Returns:
        The measures. A class without patients, or with one, leaves values or intervals undefined, with the reason.
    """
    codes = as_codes(outcome, classes)
    risks = as_class_probabilities(probabilities, len(codes), classes)
    ranking = _Ranking(codes, risks, np.asarray(center).ravel())
    everyone = np.arange(len(codes))[None]
    points = ranking.values(everyone)[0]
    values = resample(ranking.values, strata, resamples=resamples, seed=seed)
    sizes = np.bincount(codes, minlength=classes)
    overall = {
        name: _overall(name, float(points[place]), values[:, place], sizes, level)
        for place, name in enumerate(RESAMPLED)
    }
    matrix = confusion_matrices(codes, called_class(risks), classes, everyone)[0]
    overall["accuracy"] = wilson(int(np.trace(matrix)), len(codes), level)
    pairs = {}
    for place, (first, second) in enumerate(combinations(range(classes), 2), start=len(RESAMPLED)):
        pairs[first, second] = {
            "first": _pair(codes, risks, first, second, level),
            "second": _pair(codes, risks, second, first, level),
            "auc": _estimate(float(points[place]), values[:, place], sizes[[first, second]], level),
        }
    by_class = [
        {
            "auc": one_against_rest(codes, code, auc(codes == code, risks[:, code], level)),
            "auc_within_center": one_against_rest(
                codes, code, auc_within(codes == code, risks[:, code], ranking.center, level)
            ),
            **class_proportions(matrix, code, level),
        }
        for code in range(classes)
    ]
    return ClassMeasures(overall, by_class, pairs, matrix)


def hand_till(
    outcome: ArrayLike, probabilities: ArrayLike, classes: int, *, strata: ArrayLike, resamples: int, seed: int
) -> tuple[float, np.ndarray]:
    """M and its resamples, for the paired comparison of models (NaN where a class has no patient)."""
    codes = as_codes(outcome, classes)
    risks = as_class_probabilities(probabilities, len(codes), classes)
    blocks = _blocks(codes, risks, np.zeros(len(codes)))

    def statistic(rows: np.ndarray) -> np.ndarray:
        return _mean_area(_areas(*_wins(blocks, _times(rows), classes)))

    value = float(statistic(np.arange(len(codes))[None])[0])
    return value, resample(statistic, strata, resamples=resamples, seed=seed)


def one_against_rest(codes: np.ndarray, code: int, estimate: Estimate) -> Estimate:
    """The same estimate; where it lacks a value because the class has no patient, that is the reason."""
    if estimate.reason is Undefined.ONE_CLASS and not (codes == code).any():
        return undefined(Undefined.ABSENT_CLASS)
    return estimate


class _Ranking:
    """Everything whose interval needs resamples, as one function of row numbers."""

    def __init__(self, codes: np.ndarray, risks: np.ndarray, center: np.ndarray):
        self.codes, self.center, self.classes = codes, center, risks.shape[1]
        self._called = called_class(risks)
        self._everywhere = _blocks(codes, risks, np.zeros(len(codes)))
        self._within = _blocks(codes, risks, center)
        self._errors = ((risks - np.eye(self.classes)[codes]) ** 2).sum(axis=1)

    def values(self, rows: np.ndarray) -> np.ndarray:
        """Columns: `RESAMPLED`, then the mean AUC of each two classes."""
        times = _times(rows)
        wins, pairs = _wins(self._everywhere, times, self.classes)
        areas = _areas(wins, pairs)
        within = _areas(*_wins(self._within, times, self.classes))
        matrices = confusion_matrices(self.codes, self._called, self.classes, rows)
        brier = self._errors[rows].mean(axis=1)
        shares = matrices.sum(axis=2) / rows.shape[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            measures = {
                MAIN: _mean_area(areas),
                "hand_till_within_center": _mean_area(within),
                "auc_macro": (np.nansum(wins, axis=2) / pairs.sum(axis=2)).mean(axis=1),
                **matrix_measures(matrices),
                "brier": brier,
                "scaled_brier": 1 - brier / (shares * (1 - shares)).sum(axis=1),
            }
        both = [(areas[:, i, j] + areas[:, j, i]) / 2 for i, j in combinations(range(self.classes), 2)]
        return np.stack([*(measures[name] for name in RESAMPLED), *both], axis=1)


def _blocks(codes: np.ndarray, risks: np.ndarray, group: np.ndarray) -> list[tuple]:
    """(i, j, rows of i, rows of j, matrix of who is ranked above whom) for ordered pairs of classes in each group."""
    found = []
    for name in sorted(set(group.tolist())):
        members = [np.flatnonzero((codes == code) & (group == name)) for code in range(risks.shape[1])]
        for i, own in enumerate(members):
            for j, others in enumerate(members):
                if i != j and len(own) and len(others):
                    first, second = risks[own, i][:, None], risks[others, i][None]
                    found.append((i, j, own, others, (first > second) + 0.5 * (first == second)))
    return found


def _times(rows: np.ndarray) -> np.ndarray:
    """How often each patient is in each resample: (r, n)."""
    resamples, n = rows.shape
    shifted = rows + n * np.arange(resamples)[:, None]
    return np.bincount(shifted.ravel(), minlength=resamples * n).reshape(resamples, n).astype(float)


def _wins(blocks: list[tuple], times: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of patients in which the one of class i is ranked above, and all pairs: (r, classes, classes) each.

    Halves of whole numbers, so that sums are exact in any order.
    """
    wins, pairs = np.zeros((2, len(times), classes, classes))
    for i, j, own, others, above in blocks:
        wins[:, i, j] += ((times[:, own] @ above) * times[:, others]).sum(axis=1)
        pairs[:, i, j] += times[:, own].sum(axis=1) * times[:, others].sum(axis=1)
    return wins, pairs


def _areas(wins: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return wins / pairs


def _mean_area(areas: np.ndarray) -> np.ndarray:
    ordered = ~np.eye(areas.shape[1], dtype=bool)
    return areas[:, ordered].mean(axis=1)


def _overall(name: str, value: float, values: np.ndarray, sizes: np.ndarray, level: float) -> Estimate:
    if name == "brier":
        return percentile_estimate(value, values, level)
    if name in KAPPAS and np.isnan(value):
        return undefined(Undefined.NO_VARIATION)
    if name in KAPPAS or name == "scaled_brier":
        # defined as soon as two classes have patients
        return _estimate(value, values, sizes[sizes > 0], level, Undefined.ONE_CLASS)
    return _estimate(value, values, sizes, level)


def _estimate(
    value: float,
    values: np.ndarray,
    sizes: np.ndarray,
    level: float,
    absent: Undefined = Undefined.ABSENT_CLASS,
) -> Estimate:
    if not np.isfinite(value):
        return undefined(absent)
    if sizes.min() < 2:
        return Estimate(value, reason=Undefined.TOO_FEW)
    return percentile_estimate(value, values, level)


def _pair(codes: np.ndarray, risks: np.ndarray, positive: int, negative: int, level: float) -> Estimate:
    """A(positive|negative) with DeLong's interval."""
    both = np.isin(codes, (positive, negative))
    estimate = auc(codes[both] == positive, risks[both, positive], level)
    return undefined(Undefined.ABSENT_CLASS) if estimate.reason is Undefined.ONE_CLASS or not both.any() else estimate
