"""Random-effects meta-analysis of a measure over centers: how well a model works in a center like these.

Between-center variance by restricted maximum likelihood; interval of the mean by Hartung and Knapp, never narrower than
the usual one; prediction interval for a new center with Student's t and k - 2 degrees of freedom.

Sources: Snell et al., Stat Methods Med Res 2018;27:3505 (logit for the C statistic, logarithm for O:E, slope and
calibration-in-the-large as they are); Hartung, Knapp, Stat Med 2001;20:3875; Roever et al., BMC Med Res Methodol
2015;15:99 (max(1, q)); Higgins et al., J R Stat Soc A 2009;172:137 (prediction interval); Debray et al., BMJ
2017;356:i6460. Verified against PyMARE (REML), metafor's results for the BCG vaccine and the teacher expectancy data,
and weighted least squares in statsmodels (Hartung and Knapp).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit
from scipy.stats import chi2, t

from osteon.statistics.estimate import Caution, Estimate, Undefined, undefined
from osteon.statistics.inputs import as_scores

Scale = Literal["logit", "log", "identity"]
# Fewer centers are not pooled: their spread is a guess.
FEWEST = 3
# With fewer centers the spread can hardly be estimated (van Leeuwen et al., arXiv 2406.08628).
ENOUGH = 5
# Places at which the likelihood is looked at before it is maximised, so that a lesser maximum is not taken.
PLACES = 200
# A variance between centers that raises the likelihood by no more than this is none.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Pooled:
    """The mean over centers and how far centers lie apart; limits are on the scale of the measure itself."""

    estimate: Estimate
    """Mean over centers with its interval (method 'hartung_knapp'); not pooled: no value, and the reason."""
    prediction_low: float = math.nan
    """Lower limit for a new center."""
    prediction_high: float = math.nan
    """Upper limit for a new center."""
    tau2: float = math.nan
    """Variance between centers, on the scale of the analysis."""
    standard_error: float = math.nan
    """Of the mean, on the scale of the analysis, with the factor of Hartung and Knapp."""
    i2: float = math.nan
    """Share of the variance of the centers' values that is no chance, 0 to 1."""
    q: float = math.nan
    """Cochran's Q."""
    q_p: float = math.nan
    """p of Q: chi-square with one degree of freedom less than centers."""
    centers: int = 0
    """Centers that were pooled."""
    caution: Caution | None = None


def pool(values: ArrayLike, errors: ArrayLike, scale: Scale = "identity", level: float = 0.95) -> Pooled:
    """Pool one measure over centers.

    Args:
        values: (k,) the measure in each center: above 0 for 'log', between 0 and 1 for 'logit'.
        errors: (k,) its standard error on the scale of the analysis, above 0; see `logit_error`, `error_of`.
        scale: the analysis is made on this scale; the results are turned back.
        level: confidence level of both intervals.

    Returns:
        The pooled measure. Fewer than three centers: nothing but the reason; fewer than five: a caution.

    Raises:
        ValueError: a value outside its range, an error that is not above 0, or different numbers of them.
    """
    given = as_scores(values, np.asarray(values).size, "value")
    spread = as_scores(errors, len(given), "standard error")
    if (spread <= 0).any():
        raise ValueError("standard error: a value is not above 0; leave such a center out and say why")
    if (scale == "logit" and ((given <= 0) | (given >= 1)).any()) or (scale == "log" and (given <= 0).any()):
        raise ValueError(f"value: one has no finite {scale}; leave such a center out and say why")
    k = len(given)
    if k < FEWEST:
        return Pooled(undefined(Undefined.FEW_CENTERS), centers=k)
    forward, back = {"logit": (logit, expit), "log": (np.log, np.exp), "identity": (np.asarray, np.asarray)}[scale]
    y, variance = forward(given), spread**2
    tau2 = _restricted_maximum(y, variance)
    mean, weights = _weighted_mean(y, variance + tau2)
    factor = float((weights * (y - mean) ** 2).sum()) / (k - 1)
    error = math.sqrt(max(1.0, factor) / weights.sum())
    half = float(t.ppf(0.5 + level / 2, k - 1)) * error
    reach = float(t.ppf(0.5 + level / 2, k - 2)) * math.sqrt(tau2 + error**2)
    fixed_mean, fixed = _weighted_mean(y, variance)
    q = float((fixed * (y - fixed_mean) ** 2).sum())
    # Typical variance within a center, of Higgins and Thompson, Stat Med 2002;21:1539.
    within = (k - 1) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
    low, value, high = (float(back(point)) for point in (mean - half, mean, mean + half))
    return Pooled(
        Estimate(value, low, high, "hartung_knapp"),
        prediction_low=float(back(mean - reach)),
        prediction_high=float(back(mean + reach)),
        tau2=tau2,
        standard_error=error,
        i2=float(tau2 / (tau2 + within)),
        q=q,
        q_p=float(chi2.sf(q, k - 1)),
        centers=k,
        caution=Caution.SPREAD_UNCERTAIN if k < ENOUGH else None,
    )


def logit_error(value: float, error: float) -> float:
    """Standard error of logit(AUC) from that of the AUC (delta method)."""
    return error / (value * (1 - value))


def _weighted_mean(y: np.ndarray, variance: np.ndarray) -> tuple[float, np.ndarray]:
    weights = 1 / variance
    return float((weights * y).sum() / weights.sum()), weights


def _restricted_maximum(y: np.ndarray, variance: np.ndarray) -> float:
    """Variance between centers where the restricted likelihood is largest."""

    def loss(tau: float) -> float:
        mean, weights = _weighted_mean(y, variance + tau**2)
        return float(-np.log(weights).sum() + math.log(weights.sum()) + (weights * (y - mean) ** 2).sum())

    # The variance between centers is at most the sample variance, so below the squared range.
    places = np.linspace(0, np.ptp(y), PLACES)
    best = int(np.argmin([loss(place) for place in places]))
    around = places[max(best - 1, 0)], places[min(best + 1, PLACES - 1)]
    found = minimize_scalar(loss, bounds=around, method="bounded", options={"xatol": 1e-12 * max(1.0, np.ptp(y))})
    return 0.0 if loss(0.0) <= found.fun + ROUNDING else float(found.x) ** 2
