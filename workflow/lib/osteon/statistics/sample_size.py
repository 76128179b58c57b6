"""How many patients a binary prediction model needs, for its development and for its external validation.

Sources: Riley et al., Stat Med 2019;38:1276 and BMJ 2020;368:m441 (development); Riley et al., Stat Med 2021;40:859 (R2
from the C statistic) and 2021;40:4230 (external validation); Newcombe, Stat Med 2006;25:559 (standard error of C).
Verified against pmsampsize (662 and 660 patients), pmvalsampsize (905 for O:E, 4252 for C), and sampsizeval (1536 and
934 for the slope).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

SHRINKAGE = 0.9
"""Wanted: predictions that need to be drawn together by 10 % at most."""
OPTIMISM = 0.05
"""Wanted: R2 (Nagelkerke's) that is too good by 0.05 at most."""
MARGIN = 0.05
"""Wanted: the prevalence within 0.05."""
MODEST = 0.15
"""Nagelkerke's R2 that Riley et al. advise where nothing is known."""
WIDTH_C, WIDTH_OE, WIDTH_SLOPE = 0.1, 0.2, 0.2
"""Wanted widths of the 95 % intervals in an external validation; those of pmvalsampsize."""
EVENTS = 100
"""Least number of patients with, and of patients without, the outcome in an external validation."""
# Quantile of the normal distribution for 95 %, as rounded by pmsampsize and pmvalsampsize.
QUANTILE = 1.96
# Points of the numerical integration over a normal distribution.
POINTS = 10_000
LARGEST = 10**9


@dataclass(frozen=True)
class DevelopmentSize:
    """Patients needed for each criterion, and for all."""

    shrinkage: int
    """Criterion 1: predictions that need little shrinkage."""
    optimism: int
    """Criterion 2: a small difference of apparent and adjusted R2."""
    prevalence: int
    """Criterion 3: a precise prevalence."""

    @property
    def total(self) -> int:
        """Patients that fulfil all criteria."""
        return max(self.shrinkage, self.optimism, self.prevalence)


@dataclass(frozen=True)
class ValidationSize:
    """Patients needed for each measure with the wanted precision, and for all."""

    c_statistic: int
    observed_expected: int
    slope: int
    events: int
    """For 100 patients with and 100 without the outcome."""

    @property
    def total(self) -> int:
        """Patients that suffice for all measures."""
        return max(getattr(self, field.name) for field in fields(self))


def largest_r2(prevalence: float) -> float:
    """The largest R2 of Cox and Snell that a binary outcome allows."""
    entropy = prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)
    return 1 - math.exp(2 * entropy)


def r2_of_c_statistic(c_statistic: float, prevalence: float) -> float:
    """R2 of Cox and Snell of a calibrated model with this C statistic; linear predictor normal in both outcomes."""
    points, weights = _binormal(c_statistic, prevalence)
    risk = expit(points)
    # Of a calibrated model the mean log likelihood is that of its own risks.
    likelihood = float((weights * (risk * np.log(risk) + (1 - risk) * np.log1p(-risk))).sum())
    null = prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)
    return 1 - math.exp(-2 * (likelihood - null))


def development_size(parameters: int, prevalence: float, r2: float, shrinkage: float = SHRINKAGE) -> DevelopmentSize:
    """Patients needed to develop a model.

    Args:
        parameters: number of candidate parameters: of all that were looked at, not of those that were selected.
        prevalence: share of patients with the outcome.
        r2: expected R2 of Cox and Snell.
        shrinkage: wanted shrinkage factor.

    Raises:
        ValueError: a prevalence not between 0 and 1, no parameter, or an R2 that is not above 0 and below what the
            prevalence and the shrinkage allow.
    """
    _check_prevalence(prevalence)
    if parameters < 1:
        raise ValueError(f"parameters: {parameters}; a model has at least 1")
    highest = largest_r2(prevalence)
    if not 0 < r2 < min(highest, shrinkage):
        raise ValueError(f"r2: {r2:g}; with prevalence {prevalence:g} it must be above 0 and below {highest:.3f}")

    def needed(factor: float) -> int:
        return _whole(parameters / ((factor - 1) * math.log(1 - r2 / factor)))

    return DevelopmentSize(
        needed(shrinkage),
        needed(r2 / (r2 + OPTIMISM * highest)),
        _whole((QUANTILE / MARGIN) ** 2 * prevalence * (1 - prevalence)),
    )


def expected_shrinkage(patients: int, parameters: int, r2: float) -> float:
    """The shrinkage factor to be expected with so many patients; 1 is none, below 0.9 means overfitting.

    Solves criterion 1 for the factor (van Houwelingen, le Cessie, Stat Med 1990;9:1303). It is 0 where the
    parameters explain by chance alone as much as is there.
    """
    apparent = -patients * math.log(1 - r2)
    return max(0.0, 1 - parameters / apparent)


def c_statistic_error(c_statistic: float, prevalence: float, patients: int) -> float:
    """Standard error of the C statistic by Newcombe's method 4."""
    c, half = c_statistic, patients / 2 - 1
    spread = 1 + half * (1 - c) / (2 - c) + half * c / (1 + c)
    return math.sqrt(c * (1 - c) * spread / (patients**2 * prevalence * (1 - prevalence)))


def validation_size(
    c_statistic: float,
    prevalence: float,
    *,
    width_c: float = WIDTH_C,
    width_oe: float = WIDTH_OE,
    width_slope: float = WIDTH_SLOPE,
) -> ValidationSize:
    """Patients needed to validate a calibrated model, by the widths of the 95 % intervals that are wanted.

    Args:
        c_statistic: expected C statistic (AUC), above 0.5 and below 1.
        prevalence: share of patients with the outcome in the new center.
        width_c: of the C statistic.
        width_oe: of O:E, around 1.
        width_slope: of the calibration slope, around 1; its linear predictor is normal in both outcomes.

    Raises:
        ValueError: a prevalence not between 0 and 1, or a C statistic not above 0.5 and below 1.
    """
    _check_prevalence(prevalence)
    if not 0.5 < c_statistic < 1:
        raise ValueError(f"c_statistic: {c_statistic:g}; it must be above 0.5 and below 1")
    # The interval of O:E is symmetric on the logarithmic scale: its width is 2 sinh(1.96 SE).
    error_oe = math.asinh(width_oe / 2) / QUANTILE
    return ValidationSize(
        _size_of_c(c_statistic, prevalence, width_c / (2 * QUANTILE)),
        _whole((1 - prevalence) / (prevalence * error_oe**2)),
        slope_size(*_binormal(c_statistic, prevalence), width_slope),
        _whole(EVENTS / min(prevalence, 1 - prevalence)),
    )


def slope_size(points: np.ndarray, weights: np.ndarray, width: float) -> int:
    """Patients needed for the calibration slope of a calibrated model, from the distribution of its linear predictor.

    Args:
        points: values of the linear predictor, logit p.
        weights: share of the patients at each; they add to 1.
        width: wanted width of the 95 % interval.
    """
    risk = expit(points)
    information = weights * risk * (1 - risk)
    a, ab, b = ((information * points**power).sum() for power in (0, 1, 2))
    error = width / (2 * QUANTILE)
    return _whole(float(a / (error**2 * (a * b - ab**2))))


def normal_points(mean: float, sd: float) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights that stand for a normal distribution."""
    places = norm.ppf((np.arange(POINTS) + 0.5) / (POINTS))
    return mean + sd * places, np.full(len(places), 1 / len(places))


def _binormal(c_statistic: float, prevalence: float) -> tuple[np.ndarray, np.ndarray]:
    """Linear predictor of a calibrated model: normal in both outcomes, with one variance, apart as C says."""
    distance = math.sqrt(2) * float(norm.ppf(c_statistic))
    parts = [normal_points(distance * (event * distance) - distance**2 / 2, distance) for event in (1, 0)]
    points = np.concatenate([place for place, _ in parts]) + float(logit(prevalence))
    shares = (prevalence, 1 - prevalence)
    return points, np.concatenate([share * weight for share, (_, weight) in zip(shares, parts, strict=True)])


def _size_of_c(c_statistic: float, prevalence: float, error: float) -> int:
    """Smallest number of patients with at most this standard error, which falls with every patient."""
    low, high = 1, LARGEST
    while low < high:
        middle = (low + high) // 2
        if c_statistic_error(c_statistic, prevalence, middle) <= error:
            high = middle
        else:
            low = middle + 1
    return low


def _whole(number: float) -> int:
    # what rounding of the computer adds to a whole number is no patient
    return math.ceil(number - 1e-9)


def _check_prevalence(prevalence: float) -> None:
    if not 0 < prevalence < 1:
        raise ValueError(f"prevalence: {prevalence:g}; it must be between 0 and 1")
