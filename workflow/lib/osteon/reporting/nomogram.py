"""The scales of a nomogram: points for each term of a locked logistic model, and the risk of a sum of points.

Source: Harrell FE, Regression Modeling Strategies, 2nd ed., 2015, section 5.4; points of a term are |coefficient| times
its distance from the end of its axis with the lower risk, and the widest axis has 100 points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from osteon.reporting.language import Say, english

Ranges = Literal["percentiles", "min_max"]
FULL = 100.0
"""Points of the term with the largest effect over its range."""
MOST = 15
"""Terms of a nomogram that can still be read."""
RISKS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
NARROW = 1e-6
"""An axis of risks shorter than this has no numbers."""
STEPS = [1, 2, 2.5, 5, 10]
POINTS, TERM, TOTAL, LINEAR, RISK = "points", "term", "total", "linear_predictor", "risk"
AXES = (POINTS, TERM, TOTAL, LINEAR, RISK)
MAJOR, MINOR, END = "major", "minor", "end"


class Refusal(StrEnum):
    """Why a model has no nomogram. `refusal_text` says it in words."""

    NOT_BINARY = "not_binary"
    NO_COEFFICIENTS = "no_coefficients"
    CALIBRATED = "calibrated"
    NO_TERM = "no_term"
    TOO_MANY_TERMS = "too_many_terms"


class NoNomogram(ValueError):
    """A nomogram would not give the risk of the model."""

    def __init__(self, reason: Refusal):
        self.reason = reason
        super().__init__(refusal_text(reason))


def refusal_text(reason: Refusal, say: Say = english) -> str:
    """Why there is no nomogram, as a sentence."""
    sentences = {
        Refusal.NOT_BINARY: say("No nomogram: the outcome is not of two classes, so that there is no single risk."),
        Refusal.NO_COEFFICIENTS: say("No nomogram: the model is not a logistic regression and has no coefficients."),
        Refusal.CALIBRATED: say(
            "No nomogram: the model's risks were calibrated afterwards and do not follow from its coefficients alone."
        ),
        Refusal.NO_TERM: say("No nomogram: no term of the model has a coefficient and different values."),
        Refusal.TOO_MANY_TERMS: say("No nomogram: the model has more than {n} terms; nobody could read it.", n=MOST),
    }
    return sentences[reason]


@dataclass(frozen=True)
class Scale:
    """The axis of a term in its units.

    Attributes:
        term: its name.
        coefficient: in log-odds per unit; not 0.
        low: lower end of the axis.
        high: upper end; above `low`.
        binary: whether the two ends are all values that training patients have.
    """

    term: str
    coefficient: float
    low: float
    high: float
    binary: bool

    @property
    def origin(self) -> float:
        """The end with 0 points: the one with the lower risk."""
        return self.low if self.coefficient > 0 else self.high

    @property
    def effect(self) -> float:
        """Log-odds between both ends."""
        return abs(self.coefficient) * (self.high - self.low)


@dataclass(frozen=True)
class Nomogram:
    """Scales of all terms and how their points become a risk.

    Attributes:
        scales: in the order of the coefficients.
        base: log-odds of 0 points.
        log_odds_per_point: the effect of the widest scale, divided by 100.
        ranges: where the axes end: 'percentiles' (1st and 99th) or 'min_max' of the training patients.
        patients: number of training patients.
        left_out: terms with the coefficient 0 or one value only; a single value is in `base`.
    """

    scales: tuple[Scale, ...]
    base: float
    log_odds_per_point: float
    ranges: Ranges
    patients: int
    left_out: tuple[str, ...]

    def points(self, values: pd.DataFrame) -> pd.DataFrame:
        """Points (n, terms) of patients' values; beyond the axis they are below 0 or above those of its end."""
        return pd.DataFrame(
            {
                scale.term: (values[scale.term].astype(float) - scale.origin)
                * scale.coefficient
                / self.log_odds_per_point
                for scale in self.scales
            },
            index=values.index,
        )

    def readable(self, values: pd.DataFrame) -> pd.Series:
        """Whether all values of a patient lie on the axes."""
        inside = [values[scale.term].between(scale.low, scale.high) for scale in self.scales]
        return pd.concat(inside, axis=1).all(axis=1)

    def linear_predictor(self, total: ArrayLike) -> np.ndarray:
        """Log-odds of sums of points."""
        return self.base + self.log_odds_per_point * np.asarray(total, dtype=float)

    def risk(self, total: ArrayLike) -> np.ndarray:
        """Risk of sums of points."""
        return expit(self.linear_predictor(total))

    def total(self, risk: ArrayLike) -> np.ndarray:
        """Sum of points that has a risk."""
        return (logit(np.asarray(risk, dtype=float)) - self.base) / self.log_odds_per_point

    @property
    def most(self) -> float:
        """Points of a patient at the end with the higher risk of every axis."""
        return sum(scale.effect for scale in self.scales) / self.log_odds_per_point


def nomogram(
    coefficients: pd.DataFrame,
    terms: pd.DataFrame,
    *,
    kind: str = "binary",
    calibrated: bool = False,
    ranges: Ranges = "percentiles",
) -> Nomogram:
    """The nomogram of a locked logistic model.

    Args:
        coefficients: term, kind ('intercept' in one row) and coefficient_per_unit, see
            `modelling.logistic.coefficient_table`.
        terms: (n, p) values of the terms of the training patients, in their units, before scaling.
        kind: kind of the outcome.
        calibrated: whether the probabilities were calibrated after the regression.
        ranges: 'percentiles': axes run from the 1st to the 99th percentile; 'min_max': from the least to the greatest
            value. Terms with two values always have both, and terms whose percentiles are the same their extremes.

    Raises:
        NoNomogram: why it would not give the model's risk, or could not be read.
        ValueError: a term of the model without values.
    """
    if kind != "binary":
        raise NoNomogram(Refusal.NOT_BINARY)
    per_unit = coefficients.set_index("term")["coefficient_per_unit"].astype(float)
    if per_unit.isna().any():
        raise NoNomogram(Refusal.NO_COEFFICIENTS)
    if calibrated:
        raise NoNomogram(Refusal.CALIBRATED)
    intercept = (coefficients["kind"] == "intercept").to_numpy()
    base, effects = float(per_unit[intercept].iloc[0]), per_unit[~intercept]
    if lacking := [term for term in effects.index if term not in terms.columns or terms[term].isna().all()]:
        raise ValueError(f"no training patient has a value of {', '.join(lacking)}")
    scales, left_out = [], []
    for term, effect in effects.items():
        values = np.unique(terms[term].dropna().to_numpy(dtype=float))
        if effect == 0 or len(values) == 1:
            left_out.append(str(term))
            base += effect * values[0]
            continue
        low, high = values[0], values[-1]
        if len(values) > 2 and ranges == "percentiles":
            ends = np.quantile(terms[term].dropna().to_numpy(dtype=float), [0.01, 0.99])
            low, high = ends if ends[0] < ends[1] else (low, high)
        scales.append(Scale(str(term), float(effect), float(low), float(high), len(values) == 2))
    if not scales:
        raise NoNomogram(Refusal.NO_TERM)
    if len(scales) > MOST:
        raise NoNomogram(Refusal.TOO_MANY_TERMS)
    base += sum(scale.coefficient * scale.origin for scale in scales)
    per_point = max(scale.effect for scale in scales) / FULL
    return Nomogram(tuple(scales), float(base), per_point, ranges, len(terms), tuple(left_out))


def nomogram_table(one: Nomogram) -> pd.DataFrame:
    """Everything that the figure draws, as the table that lies beside it.

    Returns:
        axis (points, term, total, linear_predictor, risk), term, binary, value (in the units of the axis), points (of
        one term, or the total), mark ('end' of the axis, 'major' with a number, 'minor'), and the same in every row:
        ranges, patients, left_out.
    """
    rows = [(POINTS, "", False, value, value, mark) for value, mark in _ticks(0, FULL, 10)]
    for scale in one.scales:
        wide = scale.effect / one.log_odds_per_point
        values = (
            [(scale.low, MAJOR), (scale.high, MAJOR), (scale.low, END), (scale.high, END)]
            if scale.binary
            else _ticks(scale.low, scale.high, wide / 10)
        )
        rows += [
            (
                TERM,
                scale.term,
                scale.binary,
                value,
                (value - scale.origin) * scale.coefficient / one.log_odds_per_point,
                mark,
            )
            for value, mark in values
        ]
    rows += [(TOTAL, "", False, value, value, mark) for value, mark in _ticks(0, one.most, 10)]
    ends = one.linear_predictor([0, one.most])
    rows += [
        (LINEAR, "", False, value, (value - one.base) / one.log_odds_per_point, mark)
        for value, mark in _ticks(*ends, 10)
    ]
    # risks of the ends have no way back to points where they are 0 or 1 to the last digit
    lowest, highest = expit(ends)
    rows += [(RISK, "", False, lowest, 0.0, END), (RISK, "", False, highest, one.most, END)]
    risks = [value for value in RISKS if lowest <= value <= highest]
    if len(risks) < 2 and highest - lowest > NARROW:
        risks = [value for value, mark in _ticks(lowest, highest, 4) if mark == MAJOR]
    rows += [(RISK, "", False, value, float(one.total(value)), MAJOR) for value in risks]
    table = pd.DataFrame(rows, columns=["axis", "term", "binary", "value", "points", "mark"])
    return table.assign(ranges=one.ranges, patients=one.patients, left_out=", ".join(one.left_out))


def _ticks(low: float, high: float, wanted: float) -> Iterator[tuple[float, str]]:
    """Ends, about `wanted` round numbers between them (at least two) and finer marks on long axes."""
    yield low, END
    yield high, END
    bins, major = max(round(wanted), 1), np.array([])
    while len(major) < 2:
        major = _inside(MaxNLocator(bins, steps=STEPS).tick_values(low, high), low, high)
        bins += 1
    yield from ((value, MAJOR) for value in major)
    step = float(np.diff(major).min())
    if wanted >= 2:
        # halves of a step of 1, 2.5 or 10 and quarters of one of 2 would be crooked numbers
        finer = 4 if str(f"{step:e}").startswith("2.0") else 5
        fine = np.arange(np.floor(low / step), np.ceil(high / step) + 1e-9, 1 / finer) * step
        near = np.abs(fine[:, None] - major).min(axis=1) < step / 100
        yield from ((value, MINOR) for value in _inside(fine[~near], low, high))


def _inside(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values from low to high without the dust of their computation, so that 0 is 0."""
    slack = (high - low) * 1e-9
    values = values[(values >= low - slack) & (values <= high + slack)]
    return np.where(np.abs(values) < slack, 0.0, np.round(values, 9 - int(np.floor(np.log10(high - low)))))
