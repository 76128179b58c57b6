"""What is fitted on a model's terms: coefficients that can be read, or an estimator that can be stored safely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, softmax
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from osteon.modelling import classifiers
from osteon.modelling.leakage import Recorder
from osteon.modelling.logistic import Logistic, coefficient_table, fit_logistic
from osteon.modelling.task import Task

# Classifiers that are nothing but coefficients.
LINEAR = ("logistic", "logistic_l1", "logistic_l2", "logistic_elastic_net")


@dataclass(frozen=True)
class Linear:
    """Coefficients (terms, outputs) of scaled terms and intercepts (outputs,)."""

    coefficients: np.ndarray
    intercepts: np.ndarray

    def raw(self, values: np.ndarray, task: Task) -> np.ndarray:
        """Predictions (n, len(task.columns)): probabilities, or the number."""
        linear = values @ self.coefficients + self.intercepts
        if task.kind == "continuous":
            return linear
        return expit(linear) if task.kind == "binary" else softmax(linear, axis=1)


@dataclass(frozen=True)
class Estimator:
    """A fitted estimator of scikit-learn, XGBoost or LightGBM."""

    fitted: Any

    def raw(self, values: np.ndarray, task: Task) -> np.ndarray:
        """Predictions (n, len(task.columns)): probabilities or decision values, or the number."""
        return classifiers.raw_output(self.fitted, task, values)


Predictor = Linear | Estimator


@dataclass(frozen=True)
class FittedPredictor:
    """A predictor with the numbers of its terms that a table shows."""

    predictor: Predictor
    logistic: Logistic | None
    note: str

    def table(self, terms: list[str], kinds: list[str], mean: np.ndarray, sd: np.ndarray, task: Task) -> pd.DataFrame:
        """One row per term (and class), with `coefficient_table`'s columns; without coefficients the note says why."""
        if self.logistic is not None:
            return _in_units(coefficient_table(terms, kinds, self.logistic, mean, sd), task)
        if isinstance(self.predictor, Estimator):
            nothing = np.full(len(terms), np.nan)
            empty = Logistic(nothing, np.nan, np.append(nothing, np.nan), self.note)
            return coefficient_table(terms, kinds, empty, mean, sd)
        parts = []
        names = task.values if task.kind == "classes" else [""]
        for place, name in enumerate(names):
            column, intercept = self.predictor.coefficients[:, place], float(self.predictor.intercepts[place])
            without = Logistic(column, intercept, np.full(len(column) + 1, np.nan), self.note)
            part = _in_units(coefficient_table(terms, kinds, without, mean, sd), task)
            parts.append(part.assign(**({"class": name} if name else {})))
        return pd.concat(parts, ignore_index=True)


def _in_units(table: pd.DataFrame, task: Task) -> pd.DataFrame:
    """The effect on a number has no odds ratio; its limits are those of the coefficient."""
    if task.kind != "continuous":
        return table
    return table.assign(odds_ratio=np.nan, low=np.log(table["low"]), high=np.log(table["high"]))


def fit_predictor(
    name: str, parameters: dict, task: Task, terms: pd.DataFrame, outcome: pd.Series, seed: int, record: Recorder
) -> FittedPredictor:
    """Fit a classifier (or the regression model of the same family) on scaled terms.

    Args:
        name: one of `classifiers.NAMES`.
        parameters: its parameters; those that are absent have their defaults.
        task: kind of the outcome.
        terms: (n, p) terms, scaled to standard deviation 1.
        outcome: (n,).
        seed: seed of everything random.
        record: ledger.

    Raises:
        ValueError: the classifier cannot do the task.
    """
    if name == "logistic" and task.kind == "binary":
        fit = fit_logistic(terms, outcome, record)
        return FittedPredictor(Linear(fit.coefficients[:, None], np.array([fit.intercept])), fit, fit.note)
    values = terms.to_numpy(dtype=float)
    if name == "logistic" and task.kind == "continuous":
        return _least_squares(terms, outcome, record)
    estimator = classifiers.make(name, task, classifiers.defaults(name, task) | parameters, seed)
    notes = classifiers.fit(estimator, task, values, outcome.to_numpy())
    record.saw(name, terms, outcome, note="; ".join(notes))
    if name in LINEAR:
        note = "; ".join([*notes, f"no standard errors: {name}"])
        coefficients = np.atleast_2d(estimator.coef_).T.copy()
        return FittedPredictor(Linear(coefficients, np.atleast_1d(estimator.intercept_).astype(float)), None, note)
    return FittedPredictor(Estimator(estimator), None, "; ".join([*notes, f"no coefficients: {name}"]))


def _least_squares(terms: pd.DataFrame, outcome: pd.Series, record: Recorder) -> FittedPredictor:
    """Ordinary least squares with standard errors; collinear terms share the effect (least norm), which a note says."""
    record.saw("linear regression", terms, outcome)
    design = add_constant(terms.to_numpy(dtype=float), prepend=False, has_constant="add")
    fit = OLS(outcome.to_numpy(dtype=float), design).fit()
    note = "" if np.linalg.matrix_rank(design) == design.shape[1] else "collinear terms: no standard errors"
    errors = np.asarray(fit.bse) if not note else np.full(design.shape[1], np.nan)
    linear = Linear(np.asarray(fit.params)[:-1, None], np.asarray(fit.params)[-1:])
    logistic = Logistic(linear.coefficients[:, 0], float(linear.intercepts[0]), errors, note)
    return FittedPredictor(linear, logistic, note)
