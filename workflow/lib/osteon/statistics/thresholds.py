"""Choice of a threshold. The predictions given must come from training patients, out of fold.

Candidates lie midway between neighboring predictions, so that rounding of a prediction cannot flip a patient; then
there are one that calls everybody positive and one that calls nobody.

Verified against pROC's own test constants (aSAH data).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from osteon.config.modelling import YOUDEN, ThresholdRule
from osteon.statistics.estimate import Undefined
from osteon.statistics.inputs import as_outcome, as_probabilities

# At or above 0 everybody is positive, at or above this number nobody: no probability reaches it.
EVERYBODY, NOBODY = 0.0, math.nextafter(1, 2)
# A target of 0.28 of 25 patients are 7 of them, although the product is a little more.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Threshold:
    """A cut-off and what it reaches on the predictions it was chosen on; `reason` says why it is NaN."""

    value: float
    sensitivity: float = math.nan
    specificity: float = math.nan
    reason: Undefined | None = None


def youden(outcome: ArrayLike, probability: ArrayLike) -> Threshold:
    """The threshold with the largest Youden index, sensitivity + specificity - 1.

    Among equals the lowest, that is the most sensitive, is taken.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities of these patients.

    Source: Youden, Cancer 1950;3:32; midpoints as in pROC.
    """
    cuts = _cuts(outcome, probability)
    if isinstance(cuts, Undefined):
        return Threshold(math.nan, reason=cuts)
    # Whole numbers of patients: comparisons are exact. Everybody and nobody have the index zero and are no choice.
    index = (cuts.events - cuts.missed) * cuts.others + cuts.rejected * cuts.events
    return cuts.at(1 + int(np.argmax(index[1:-1])))


def for_sensitivity(outcome: ArrayLike, probability: ArrayLike, target: float) -> Threshold:
    """The highest threshold that reaches a sensitivity; of all that reach it, it has the best specificity.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities of these patients.
        target: sensitivity, above 0 to 1.

    Returns:
        The threshold; one that calls everybody positive (value 0) where no other reaches the target.
    """
    cuts = _cuts(outcome, probability)
    if isinstance(cuts, Undefined):
        return Threshold(math.nan, reason=cuts)
    enough = cuts.events - cuts.missed >= target * cuts.events - ROUNDING
    return cuts.at(int(np.flatnonzero(enough)[-1]))


def for_specificity(outcome: ArrayLike, probability: ArrayLike, target: float) -> Threshold:
    """The lowest threshold that reaches a specificity; of all that reach it, it has the best sensitivity.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities of these patients.
        target: specificity, above 0 to 1.

    Returns:
        The threshold; one that calls nobody positive (value a little above 1) where no other reaches the target.
    """
    cuts = _cuts(outcome, probability)
    if isinstance(cuts, Undefined):
        return Threshold(math.nan, reason=cuts)
    enough = cuts.rejected >= target * cuts.others - ROUNDING
    return cuts.at(int(np.argmax(enough)))


def choose_threshold(outcome: ArrayLike, probability: ArrayLike, rule: ThresholdRule) -> Threshold:
    """The threshold by a rule of the configuration.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities of these patients.
        rule: 'youden', or a target for sensitivity or specificity. A stated risk is no choice.

    Raises:
        ValueError: the rule states a risk.
    """
    if rule == YOUDEN:
        return youden(outcome, probability)
    if rule.sensitivity is not None:
        return for_sensitivity(outcome, probability, rule.sensitivity)
    if rule.specificity is not None:
        return for_specificity(outcome, probability, rule.specificity)
    raise ValueError("threshold: a stated risk is not chosen on predictions; use it as it is")


@dataclass(frozen=True)
class _Cuts:
    """All candidates in rising order, with the patients below each."""

    values: np.ndarray
    missed: np.ndarray
    rejected: np.ndarray
    events: int
    others: int

    def at(self, place: int) -> Threshold:
        missed, rejected = int(self.missed[place]), int(self.rejected[place])
        return Threshold(float(self.values[place]), (self.events - missed) / self.events, rejected / self.others)


def _cuts(outcome: ArrayLike, probability: ArrayLike) -> _Cuts | Undefined:
    positive = as_outcome(outcome)
    values = as_probabilities(probability, len(positive))
    events, others = int(positive.sum()), int((~positive).sum())
    if not events or not others:
        return Undefined.ONE_CLASS
    distinct, place = np.unique(values, return_inverse=True)
    if len(distinct) < 2:
        return Undefined.NO_VARIATION
    between = (distinct[:-1] + distinct[1:]) / 2
    below = [
        np.concatenate([[0], np.cumsum(np.bincount(place[members], minlength=len(distinct)))])
        for members in (positive, ~positive)
    ]
    return _Cuts(np.concatenate([[EVERYBODY], between, [NOBODY]]), *below, events, others)
