"""A number with its interval, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Undefined(StrEnum):
    """Why a statistic, or its interval, has no value. `SENTENCES` says it in words."""

    ONE_CLASS = "one_class"
    TOO_FEW = "too_few"
    EMPTY_DENOMINATOR = "empty_denominator"
    NO_VARIATION = "no_variation"
    SEPARATED = "separated"
    PERFECT_RANKING = "perfect_ranking"
    SAME_RANKING = "same_ranking"
    NOT_CONVERGED = "not_converged"
    ABSENT_CLASS = "absent_class"
    FEW_PATIENTS = "few_patients"
    SAME_RESAMPLES = "same_resamples"
    SAME_PREDICTIONS = "same_predictions"
    NO_THRESHOLD = "no_threshold"
    SMALL_CELL = "small_cell"
    ONE_GROUP = "one_group"
    FEW_CENTERS = "few_centers"
    VARIABLE_SEPARATES = "variable_separates"
    ODDS_RATIO_TOO_LARGE = "odds_ratio_too_large"
    COLLINEAR = "collinear"
    NOT_ENTERED = "not_entered"
    OUT_OF_RANGE = "out_of_range"


class Caution(StrEnum):
    """Why a value that exists must be read with care. `SENTENCES` says it in words."""

    FEW_EVENTS = "few_events"
    THRESHOLD_CHOSEN_HERE = "threshold_chosen_here"
    THRESHOLD_VARIES = "threshold_varies"
    SPREAD_UNCERTAIN = "spread_uncertain"
    FEW_FOR_SLOPE = "few_for_slope"


SENTENCES: dict[Undefined | Caution, str] = {
    Undefined.ONE_CLASS: "All patients of the set have the same outcome.",
    Undefined.TOO_FEW: "The set has too few patients of one outcome.",
    Undefined.EMPTY_DENOMINATOR: "No patient is counted in the denominator.",
    Undefined.NO_VARIATION: "All values are the same.",
    Undefined.SEPARATED: "The predictions separate the outcomes completely, so that a slope has no finite estimate.",
    Undefined.PERFECT_RANKING: "The ranking is perfect or perfectly reversed, so that DeLong's variance is zero.",
    Undefined.SAME_RANKING: "Both models rank the patients in the same way.",
    Undefined.NOT_CONVERGED: "The regression that gives the value did not converge.",
    Undefined.ABSENT_CLASS: "A class has no patient that could be compared with those of the others.",
    Undefined.FEW_PATIENTS: "The set has too few patients.",
    Undefined.SAME_RESAMPLES: "Every resample gives the same value, so that an interval would pretend certainty.",
    Undefined.SAME_PREDICTIONS: "Both models are equally good in every resample.",
    Undefined.NO_THRESHOLD: "No threshold could be chosen on the training patients.",
    Undefined.SMALL_CELL: "The group is not shown: fewer than 10 patients with or without the outcome.",
    Undefined.ONE_GROUP: "Fewer than two groups are large enough to be compared.",
    Undefined.FEW_CENTERS: "Fewer than three centers have a value: nothing is pooled.",
    Undefined.VARIABLE_SEPARATES: "A variable, or several together, separate the outcomes: no odds ratio is finite.",
    Undefined.ODDS_RATIO_TOO_LARGE: "The odds ratio per unit is too large to be written; a larger unit would help.",
    Undefined.COLLINEAR: "A variable follows from the others, so that their odds ratios cannot be told apart.",
    Undefined.NOT_ENTERED: "The variable did not enter the multivariable regression.",
    Undefined.OUT_OF_RANGE: "The assumptions contradict each other, so that no sample size follows from them.",
    Caution.FEW_EVENTS: "Fewer than 100 patients with or without the outcome: a smoothed curve is unreliable.",
    Caution.THRESHOLD_CHOSEN_HERE: "The threshold was chosen on these predictions; what depends on it is optimistic.",
    Caution.THRESHOLD_VARIES: "The mean of several thresholds; each patient's was chosen without that patient.",
    Caution.SPREAD_UNCERTAIN: "Fewer than five centers: how much they differ can hardly be estimated.",
    Caution.FEW_FOR_SLOPE: "A slope was fitted to fewer than 100 patients with or without the outcome.",
}


@dataclass(frozen=True)
class Estimate:
    """One number with its confidence interval.

    `method` names how the interval was made; 'lowess' is a measure that is given without one. Where the
    value, or an interval that the method would give, is NaN, `reason` says why.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    method: str = ""
    reason: Undefined | None = None


def undefined(reason: Undefined) -> Estimate:
    """An estimate that has no value."""
    return Estimate(math.nan, reason=reason)
