"""Operating points: specificity at fixed sensitivities, sensitivity at fixed specificities, predictive values there.

They are read from the ROC curve of the very patients that are judged, so no threshold belongs to them: they describe
what the ranking allows. How a frozen threshold does is said by `proportions.classification`.

Between two points of the curve the line that joins them counts, as in pROC. The bootstrap reads the curve of every
resample anew, so that the interval holds the uncertainty of the place as well.

Sources: Robin et al., BMC Bioinformatics 2011;12:77 (`coords`, `ci.se`, `ci.sp` of pROC); predictive values by Bayes'
theorem (Altman, Bland, BMJ 1994;309:102). Verified against pROC's own test constants (aSAH data).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from osteon.statistics.bootstrap import percentile_estimate, resample
from osteon.statistics.estimate import Estimate, Undefined, undefined
from osteon.statistics.inputs import as_outcome, as_probabilities

TARGETS = (0.8, 0.9, 0.95)
SENSITIVITY, SPECIFICITY = "sensitivity", "specificity"
FIXED: tuple[Literal["sensitivity", "specificity"], ...] = (SENSITIVITY, SPECIFICITY)
# 0.9 of 10 patients leave one, although the product is a little less.
ROUNDING = 1e-9


@dataclass(frozen=True)
class OperatingPoint:
    """One point of the ROC curve."""

    fixed: Literal["sensitivity", "specificity"]
    target: float
    """The value at which it is fixed."""
    other: Estimate
    """What is measured there (`measured`)."""
    ppv: Estimate
    """Positive predictive value at the prevalence of the set."""
    npv: Estimate
    stated_ppv: Estimate | None
    """The same at a stated prevalence; None where none is stated."""
    stated_npv: Estimate | None

    @property
    def measured(self) -> str:
        """Specificity where the sensitivity is fixed, sensitivity where the specificity is."""
        return SPECIFICITY if self.fixed == SENSITIVITY else SENSITIVITY


def operating_points(
    outcome: ArrayLike,
    probability: ArrayLike,
    *,
    strata: ArrayLike,
    resamples: int,
    seed: int,
    prevalence: float | None = None,
    targets: Sequence[float] = TARGETS,
    level: float = 0.95,
) -> list[OperatingPoint]:
    """All operating points of one model in one set of patients.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities; only their order counts.
        strata: (n,) labels within which patients are resampled; must not mix outcomes.
        resamples: bootstrap resamples.
        seed: seed of the bootstrap.
        prevalence: for predictive values besides those of the set; None: none.
        targets: sensitivities and specificities, above 0 and below 1.
        level: confidence level.

    Returns:
        One point for each target, first of the sensitivities, then of the specificities. No value where there is one
        class, where all predictions are the same, and where the class is too small to tell the target from 1 (a
        sensitivity of 0.95 needs 20 patients with the outcome).

    Raises:
        ValueError: a target or a prevalence that is not above 0 and below 1.
    """
    positive = as_outcome(outcome)
    risks = as_probabilities(probability, len(positive))
    for value in (*targets, *([] if prevalence is None else [prevalence])):
        if not 0 < value < 1:
            raise ValueError(f"operating points: {value:g} is not above 0 and below 1")
    wanted = [(fixed, target) for fixed in FIXED for target in targets]
    reason = Undefined.ONE_CLASS if positive.all() or not positive.any() else None
    if reason is None and np.ptp(risks) == 0:
        reason = Undefined.NO_VARIATION
    if reason:
        return [_without(fixed, target, reason, prevalence) for fixed, target in wanted]
    sizes = {SENSITIVITY: int(positive.sum()), SPECIFICITY: int((~positive).sum())}
    place = np.unique(risks, return_inverse=True)[1]

    def others(rows: np.ndarray) -> np.ndarray:
        curves = _curves(positive, place, rows)
        return np.column_stack([_other(*curves[fixed], target) for fixed, target in wanted])

    found = others(np.arange(len(positive))[None])[0]
    drawn = resample(others, strata, resamples=resamples, seed=seed)
    common = sizes[SENSITIVITY] / len(positive)
    points = []
    for column, (fixed, target) in enumerate(wanted):
        if sizes[fixed] * (1 - target) < 1 - ROUNDING:
            points.append(_without(fixed, target, Undefined.TOO_FEW, prevalence))
            continue
        pair = [np.append(found[column], drawn[:, column]), np.full(1 + resamples, target)]
        sensitivity, specificity = pair[::-1] if fixed == SENSITIVITY else pair
        values = [predictive_values(sensitivity, specificity, share) for share in (common, prevalence) if share]
        estimates = [percentile_estimate(float(one[0]), one[1:], level) for both in values for one in both]
        other = percentile_estimate(float(found[column]), drawn[:, column], level)
        points.append(OperatingPoint(fixed, target, other, *estimates, *([None] * (4 - len(estimates)))))
    return points


def predictive_values(
    sensitivity: ArrayLike, specificity: ArrayLike, prevalence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Positive and negative predictive value at a prevalence (Bayes); NaN where no result is positive, or negative."""
    hits, missed = np.asarray(sensitivity) * prevalence, (1 - np.asarray(sensitivity)) * prevalence
    rejected, alarms = np.asarray(specificity) * (1 - prevalence), (1 - np.asarray(specificity)) * (1 - prevalence)
    with np.errstate(invalid="ignore"):
        return hits / (hits + alarms), rejected / (rejected + missed)


def _without(fixed: str, target: float, reason: Undefined, prevalence: float | None) -> OperatingPoint:
    nothing = undefined(reason)
    stated = None if prevalence is None else nothing
    return OperatingPoint(fixed, target, nothing, nothing, nothing, stated, stated)


def _curves(positive: np.ndarray, place: np.ndarray, rows: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Of every resample the counts along the ROC curve: of the fixed class called rightly, falling, and of the other.

    Args:
        positive: (n,) outcome.
        place: (n,) rank of each prediction among the distinct ones.
        rows: (r, n) row numbers.

    Returns:
        By what is fixed two arrays of shape (r, distinct predictions + 1).
    """
    width, number = int(place.max()) + 1, len(rows)
    cell = place[rows] + width * np.arange(number)[:, None]
    below = {}
    for name, member in ((SENSITIVITY, positive[rows]), (SPECIFICITY, ~positive[rows])):
        counts = np.bincount(cell[member], minlength=number * width).reshape(number, width)
        below[name] = np.concatenate([np.zeros((number, 1)), np.cumsum(counts, axis=1)], axis=1)
    hits = below[SENSITIVITY][:, -1:] - below[SENSITIVITY]
    rejected = below[SPECIFICITY]
    return {SENSITIVITY: (hits, rejected), SPECIFICITY: (rejected[:, ::-1], hits[:, ::-1])}


def _other(fixed: np.ndarray, other: np.ndarray, target: float) -> np.ndarray:
    """The share of the other class called rightly where the fixed one reaches the target, on the joining line."""
    total, rows = fixed[:, 0], np.arange(len(fixed))
    need = target * total
    last = (fixed >= need[:, None] - ROUNDING).sum(axis=1) - 1
    above, below = fixed[rows, last], fixed[rows, last + 1]
    share = np.clip((above - need) / (above - below), 0, 1)
    return (other[rows, last] + share * (other[rows, last + 1] - other[rows, last])) / other[:, -1]
