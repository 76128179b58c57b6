"""LASSO with logistic loss: logistic regression with an L1 penalty, chosen by cross-validation."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

from osteon.modelling.selection.linear import (
    MAX_ITERATIONS,
    PATH_ITERATIONS,
    Folds,
    Linear,
    Rule,
    chosen,
    remarks,
    without_rounding,
)

PENALTIES = 20
# The penalty path ends at this share of the penalty that removes all features; with more features than patients the
# steep end only fits noise, and takes most of the time.
PATH_END = 0.005
PATH_END_WIDE = 0.05


def fit_logistic_lasso(
    values: np.ndarray, target: np.ndarray, folds: Folds, rule: Rule, *, keep_path: bool = False
) -> Linear:
    """Logistic LASSO of one target of 0 and 1; the error of the cross-validation is the log loss.

    The coefficients minimise mean log loss + penalty * sum of absolute coefficients; the intercept is not penalised.
    """
    rows = len(target)
    largest = np.abs(values.T @ (target - target.mean())).max() / rows
    if largest == 0:
        share = target.mean()
        return Linear(np.zeros(values.shape[1]), float(np.log(share / (1 - share))), 0.0)
    end = PATH_END_WIDE if values.shape[1] > rows else PATH_END
    penalties = largest * np.geomspace(1, end, PENALTIES)
    path = LogisticRegressionCV(
        Cs=1 / (penalties * rows),
        l1_ratios=(1.0,),
        solver="saga",
        scoring="neg_log_loss",
        cv=folds,
        max_iter=PATH_ITERATIONS,
        refit=False,
        random_state=0,
        use_legacy_attributes=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path.fit(values, target)
    errors = -path.scores_[:, 0, :].T
    penalty = chosen(penalties, errors, rule)
    model = LogisticRegression(
        C=1 / (penalty * rows), l1_ratio=1.0, solver="saga", max_iter=MAX_ITERATIONS, tol=1e-6, random_state=0
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(values, target)
    notes = remarks(penalty, penalties[-1], caught)
    coefficients = without_rounding(model.coef_[0], values, target)
    fit = Linear(coefficients, float(model.intercept_[0]), penalty, notes=notes)
    return fit.with_path(penalties, errors, "logistic", _path(penalties, values, target)) if keep_path else fit


def _path(penalties: np.ndarray, values: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(m, p) coefficients of all rows, each fit starting from the one before, as in every fold."""
    model = LogisticRegression(l1_ratio=1.0, solver="saga", max_iter=PATH_ITERATIONS, warm_start=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = [
            model.set_params(C=1 / (penalty * len(target))).fit(values, target).coef_[0].copy() for penalty in penalties
        ]
    return np.array(fits)
