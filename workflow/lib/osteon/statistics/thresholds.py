"""Choice of a threshold. The predictions given must come from training patients, out of fold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from osteon.statistics.estimate import Undefined
from osteon.statistics.inputs import as_outcome, as_probabilities


@dataclass(frozen=True)
class Threshold:
    """A cut-off and what it reaches on the predictions it was chosen on; `reason` says why it is NaN."""

    value: float
    sensitivity: float = math.nan
    specificity: float = math.nan
    reason: Undefined | None = None


def youden(outcome: ArrayLike, probability: ArrayLike) -> Threshold:
    """The threshold with the largest Youden index, sensitivity + specificity - 1.

    Candidates lie midway between neighboring predictions, so that rounding of a prediction
    cannot flip a patient. Among equals the lowest, that is the most sensitive, is taken.

    Args:
        outcome: (n,) of 0 and 1.
        probability: (n,) predicted probabilities of these patients.

    Source: Youden, Cancer 1950;3:32; midpoints as in pROC.
    """
    positive = as_outcome(outcome)
    values = as_probabilities(probability, len(positive))
    events, others = int(positive.sum()), int((~positive).sum())
    if not events or not others:
        return Threshold(math.nan, reason=Undefined.ONE_CLASS)
    distinct, place = np.unique(values, return_inverse=True)
    if len(distinct) < 2:
        return Threshold(math.nan, reason=Undefined.NO_VARIATION)
    candidates = (distinct[:-1] + distinct[1:]) / 2
    # Integer counts of patients at or below each prediction: comparisons are exact.
    missed = np.cumsum(np.bincount(place[positive], minlength=len(distinct)))[:-1]
    rejected = np.cumsum(np.bincount(place[~positive], minlength=len(distinct)))[:-1]
    best = int(np.argmax((events - missed) * others + rejected * events))
    return Threshold(float(candidates[best]), (events - int(missed[best])) / events, int(rejected[best]) / others)
