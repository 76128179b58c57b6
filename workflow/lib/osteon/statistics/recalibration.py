"""Recalibration of a frozen model in a new center: its risks are moved, and stretched, its ranking stays.

In this order, and no further than the patients carry: nothing, the prevalence (`prior_shift`), the intercept, the
intercept and the slope. Whoever is used for it is not judged.

Sources: Steyerberg et al., Stat Med 2004;23:2567 (intercept, slope); Elkan, IJCAI 2001:973 (known prevalence).
Verified against statsmodels' GLM with offset, and by the definition: observed equal expected events afterwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from osteon.statistics.calibration import ENOUGH_EVENTS, calibration_in_the_large, cox, linear_predictor
from osteon.statistics.estimate import Caution, Undefined
from osteon.statistics.inputs import as_outcome

Method = Literal["none", "prior_shift", "intercept", "intercept_slope"]
METHODS: tuple[Method, ...] = ("none", "prior_shift", "intercept", "intercept_slope")


@dataclass(frozen=True)
class Recalibration:
    """logit p' = intercept + slope * logit p; NaN where nothing could be fitted, with the reason."""

    method: Method
    intercept: float = 0.0
    slope: float = 1.0
    reason: Undefined | None = None
    caution: Caution | None = None

    def apply(self, probability: ArrayLike) -> np.ndarray:
        """Recalibrated probabilities; the same ones where nothing is changed, NaN where nothing could be fitted."""
        if (self.intercept, self.slope) == (0.0, 1.0):
            return np.asarray(probability, dtype=float)
        return expit(self.intercept + self.slope * linear_predictor(probability))


def recalibrate(
    outcome: ArrayLike, probability: ArrayLike, method: Method, prevalence: float = math.nan
) -> Recalibration:
    """Fit a recalibration.

    Args:
        outcome: (n,) of 0 and 1, of the patients who were declared for recalibration.
        probability: (n,) their predicted probabilities.
        method: 'none'; 'prior_shift' (only their prevalence is used, see `prior_shift`); 'intercept' (slope 1, the
            intercept of calibration-in-the-large); 'intercept_slope'.
        prevalence: of the patients on whom the model was fitted; for 'prior_shift'.

    Returns:
        The recalibration; with one outcome only, separated outcomes, or equal predictions there is none, with the
        reason. A slope from fewer than 100 patients of an outcome has a caution.
    """
    positive = as_outcome(outcome)
    if method == "none":
        return Recalibration(method)
    if method == "prior_shift":
        if positive.all() or not positive.any() or not 0 < prevalence < 1:
            return Recalibration(method, math.nan, math.nan, Undefined.ONE_CLASS)
        return Recalibration(method, prior_shift(prevalence, float(positive.mean())))
    if method == "intercept":
        shift = calibration_in_the_large(positive, probability)
        return Recalibration(method, shift.value, 1.0 if shift.reason is None else math.nan, shift.reason)
    intercept, slope = cox(positive, probability)
    few = min(positive.sum(), (~positive).sum()) < ENOUGH_EVENTS
    caution = Caution.FEW_FOR_SLOPE if few and slope.reason is None else None
    return Recalibration(method, intercept.value, slope.value, slope.reason, caution)


def prior_shift(old: float, new: float) -> float:
    """What is added to logit p if the prevalence was `old` where the model was fitted and is `new` where it is used.

    Exact where patients with the outcome, and those without, look the same in both places and only their shares
    differ.

    Raises:
        ValueError: a prevalence that is not between 0 and 1.
    """
    if not (0 < old < 1 and 0 < new < 1):
        raise ValueError(f"prevalence: {old} and {new}; allowed is between 0 and 1")
    return float(logit(new) - logit(old))
