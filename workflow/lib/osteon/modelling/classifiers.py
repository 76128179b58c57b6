"""The classifiers that can be fitted on clinical variables, scores and features, and their regressors.

Nothing here looks at the number of cores: every estimator works in one thread and its seed alone decides. None stops
early on patients of its own that it holds back.
"""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from osteon.config.modelling import Classifier
from osteon.modelling.estimators import BUILD, Estimator
from osteon.modelling.search_space import Parameters, defaults, suggest
from osteon.modelling.task import Task

__all__ = ["NAMES", "defaults", "fit", "make", "needs_calibration", "raw_output", "suggest"]

NAMES: tuple[str, ...] = Classifier.__args__
# Their output is a distance, a share of few neighbours or votes, or saturates: it is no risk.
_UNCALIBRATED = {"svm_linear", "svm_rbf", "knn", "naive_bayes", "adaboost", "tree"}


def needs_calibration(name: str) -> bool:
    """Whether the output for classes is no probability to be believed (nothing is calibrated for a number)."""
    return name in _UNCALIBRATED


def make(name: str, task: Task, parameters: Parameters, seed: int) -> Estimator:
    """An unfitted estimator.

    For a continuous outcome it is the regressor of the same family: least squares for 'logistic', Lasso, ridge and
    elastic net for the others. All but least squares see the outcome scaled to standard deviation 1, so that no
    hyper-parameter depends on its unit.

    Args:
        name: one of NAMES.
        task: kind of outcome.
        parameters: hyper-parameters; those that are missing have their defaults.
        seed: decides everything random.

    Raises:
        ValueError: unknown name or hyper-parameter, or a classifier that has no regressor.
    """
    if name not in BUILD:
        raise ValueError(f"unknown classifier {name!r}; allowed: {', '.join(NAMES)}")
    if task.kind == "continuous" and name == "naive_bayes":
        allowed = ", ".join(other for other in NAMES if other != name)
        raise ValueError(f"classifier {name!r} cannot predict a continuous outcome; allowed: {allowed}")
    known = defaults(name, task)
    if unknown := sorted(set(parameters) - set(known)):
        raise ValueError(
            f"classifier {name!r} has no hyper-parameter {unknown[0]!r}; allowed: {', '.join(known) or 'none'}"
        )
    estimator = BUILD[name](task.kind, {**known, **parameters}, seed)
    if task.kind == "continuous" and name != "logistic":
        return TransformedTargetRegressor(estimator, transformer=StandardScaler(), check_inverse=False)
    return estimator


def fit(estimator: Estimator, task: Task, values: np.ndarray, outcome: np.ndarray) -> list[str]:
    """Fit in place. The four logistic and linear regressions have `coef_` and `intercept_` in units of the outcome.

    Args:
        estimator: from `make`.
        task: kind of outcome.
        values: (n, p), complete and scaled.
        outcome: (n,) codes 0..K-1 of which every one occurs, or numbers.

    Returns:
        What is to be noted: no convergence, fewer neighbours than asked for.

    Raises:
        ValueError: a class has no patient, a value is missing, or the estimator cannot be fitted on such data.
    """
    values, outcome = np.asarray(values, dtype=float), np.asarray(outcome, dtype=float)
    if not (np.isfinite(values).all() and np.isfinite(outcome).all()):
        raise ValueError("a classifier needs complete and finite values")
    if task.kind != "continuous":
        outcome = outcome.astype(int)
        if absent := [value for code, value in enumerate(task.values) if code not in outcome]:
            raise ValueError(
                f"none of the {len(outcome)} patients has the outcome {absent[0]!r}; nothing can be learned"
            )
    notes = _fewer_neighbours(estimator, len(values))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        estimator.fit(values, outcome)
    if any(issubclass(warning.category, ConvergenceWarning) for warning in caught):
        notes.append("did not converge")
    for warning in caught:
        if not issubclass(warning.category, ConvergenceWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if isinstance(estimator, LogisticRegression) and not estimator.coef_.any():
        # saga stops at once where all coefficients stay 0, before it has an intercept
        log_share = np.log(np.bincount(outcome) / len(outcome))
        estimator.intercept_ = log_share - log_share.mean() if task.kind == "classes" else np.diff(log_share)
    if isinstance(inner := getattr(estimator, "regressor_", None), ElasticNet | Ridge):
        # as those of the logistic regressions, in units of the outcome (Lasso is a kind of elastic net)
        scale = estimator.transformer_
        estimator.coef_ = inner.coef_ * scale.scale_
        estimator.intercept_ = float(inner.intercept_ * scale.scale_[0] + scale.mean_[0])
    if not np.ptp(values, axis=0).any():
        notes.append("every column is constant: one prediction for all patients")
        if isinstance(estimator, GaussianNB):
            estimator.var_ = np.ones_like(estimator.var_)  # it would divide by 0
    return notes


def raw_output(estimator: Estimator, task: Task, values: np.ndarray) -> np.ndarray:
    """Output of a fitted estimator before any calibration.

    Args:
        estimator: fitted with `fit`.
        task: kind of outcome.
        values: (n, p) as in `fit`.

    Returns:
        (n, len(task.columns)): probabilities; decision values of a SVM (larger is more likely); or predicted numbers.
    """
    values = np.asarray(values, dtype=float)
    if task.kind == "continuous":
        found = estimator.predict(values)
    elif hasattr(estimator, "predict_proba"):
        found = estimator.predict_proba(values)
        found = found[:, 1] if task.kind == "binary" else found
    else:
        found = estimator.decision_function(values)
    return np.asarray(found, dtype=float).reshape(len(values), len(task.columns))


def _fewer_neighbours(estimator: Estimator, rows: int) -> list[str]:
    """In a table with fewer patients than neighbours, all but one are neighbours."""
    inner = getattr(estimator, "regressor", estimator)
    asked = inner.get_params().get("n_neighbors", 0)
    if asked < rows:
        return []
    inner.set_params(n_neighbors=max(1, rows - 1))
    return [f"{inner.n_neighbors} neighbours instead of {asked}, for there are {rows} patients"]
