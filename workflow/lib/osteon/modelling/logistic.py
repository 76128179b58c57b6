"""Logistic regression with standard errors; a weak ridge where the data separate the outcomes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from osteon.modelling.leakage import Recorder

# A coefficient per standard deviation beyond this (odds ratio above 20 000) means quasi-complete separation.
IMPLAUSIBLE = 10.0
# Fallback penalty: a normal prior with standard deviation 2.5 on every coefficient per standard deviation, after
# Gelman et al., Ann Appl Stat 2008;2:1360. scikit-learn's C is the variance of that prior.
PRIOR_VARIANCE = 2.5**2
SEPARATED = "outcomes separated or terms collinear: ridge, prior SD 2.5"


@dataclass(frozen=True)
class Logistic:
    """Coefficients of the scaled terms, intercept, standard errors (intercept last) and what is to be noted."""

    coefficients: np.ndarray
    intercept: float
    standard_errors: np.ndarray
    note: str


def fit_logistic(table: pd.DataFrame, outcome: pd.Series, record: Recorder) -> Logistic:
    """Unpenalised logistic regression of the outcome on scaled terms.

    If the terms separate the outcomes, completely or nearly, or are collinear, there is no finite or no
    unique estimate; then a ridge penalty is added, the note says so and standard errors are NaN. A
    term that is constant in training gets the coefficient 0.

    Args:
        table: (n, p) terms, scaled to standard deviation 1.
        outcome: (n,) of 0 and 1, both present.
        record: ledger.

    Verified against statsmodels' GLM and the odds ratios of the published Table 3.
    """
    values, target = table.to_numpy(dtype=float), outcome.to_numpy(dtype=int)
    varies = np.ptp(values, axis=0) > 0
    model, note = _unpenalised(values[:, varies], target), ""
    if model is None:
        note = SEPARATED
        model = LogisticRegression(C=PRIOR_VARIANCE, solver="newton-cholesky", tol=1e-10, max_iter=1000)
        model.fit(values[:, varies], target)
    if not varies.all():
        note = "; ".join(filter(None, [note, "constant: " + ", ".join(table.columns[~varies])]))
    coefficients = np.zeros(values.shape[1])
    coefficients[varies] = model.coef_[0]
    errors = np.full(values.shape[1] + 1, np.nan)
    if not note.startswith(SEPARATED):
        errors[np.append(varies, True)] = _standard_errors(values[:, varies], model)
    record.saw("logistic regression", table, outcome, note=note)
    return Logistic(coefficients, float(model.intercept_[0]), errors, note)


def coefficient_table(
    terms: list[str], kinds: list[str], fit: Logistic, mean: np.ndarray, sd: np.ndarray, level: float = 0.95
) -> pd.DataFrame:
    """Coefficients with Wald intervals, per standard deviation and per unit.

    Returns:
        One row per term and one for the intercept: term, kind, mean, sd, coefficient,
        standard_error, z, p, odds_ratio, low, high (all per standard deviation),
        coefficient_per_unit and note. The intercept of row 'intercept' belongs to scaled terms; its
        coefficient_per_unit belongs to terms in their units. Standard errors take no account of the
        selection that made the scores.
    """
    estimate = np.append(fit.coefficients, fit.intercept)
    errors = fit.standard_errors
    half = norm.ppf(0.5 + level / 2) * errors
    per_unit = fit.coefficients / sd
    table = pd.DataFrame(
        {
            "term": [*terms, "intercept"],
            "kind": [*kinds, "intercept"],
            "mean": np.append(mean, np.nan),
            "sd": np.append(sd, np.nan),
            "coefficient": estimate,
            "standard_error": errors,
            "z": estimate / errors,
            "p": 2 * norm.sf(np.abs(estimate / errors)),
            "odds_ratio": np.exp(estimate),
            "low": np.exp(estimate - half),
            "high": np.exp(estimate + half),
            "coefficient_per_unit": np.append(per_unit, fit.intercept - per_unit @ mean),
        }
    )
    return table.assign(note=np.where(np.isnan(errors), fit.note, ""))


def _unpenalised(values: np.ndarray, target: np.ndarray) -> LogisticRegression | None:
    """The fit, or None if it has no finite or no unique solution."""
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            model.fit(values, target)
        except (Warning, np.linalg.LinAlgError):
            return None
    if np.abs(model.coef_).max(initial=0) > IMPLAUSIBLE:
        return None
    predictor = model.decision_function(values)
    return None if predictor[target == 1].min() > predictor[target == 0].max() else model


def _standard_errors(values: np.ndarray, model: LogisticRegression) -> np.ndarray:
    design = np.column_stack([values, np.ones(len(values))])
    risk = expit(model.decision_function(values))
    information = design.T @ (design * (risk * (1 - risk))[:, None])
    return np.sqrt(np.diag(np.linalg.inv(information)))
