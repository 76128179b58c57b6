"""Sequential forward selection with a model."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SequentialFeatureSelector

from osteon.config.selection import Sequential
from osteon.modelling import classifiers
from osteon.modelling.selection.step import Choice, Training, fewer, highest
from osteon.modelling.selection.univariable import p_values
from osteon.modelling.task import Task


def sequential(step: Sequential, training: Training) -> Choice:
    """Add features one by one, each time the one with which the model is best in cross-validation.

    Best is the largest AUC (mean of all pairs for several classes), or R² of a number. Only the features with the
    smallest p (Welch's t test or what stands in for it) are candidates. By scikit-learn.

    Raises:
        ValueError: the classifier cannot be fitted, or there is none of this name.
    """
    candidates = highest(training.columns, -p_values(training, "welch").to_numpy(), step.first).columns
    if len(candidates) <= step.k:
        return Choice(candidates, fewer(training.columns, step.k))
    folds, notes = training.folds(step.folds)
    model = _Model(step.classifier, training.task, training.seed)
    selector = SequentialFeatureSelector(model, n_features_to_select=step.k, cv=folds, n_jobs=1)
    with warnings.catch_warnings():
        # A candidate whose model does not converge is judged by its predictions, as the others.
        warnings.simplefilter("ignore")
        selector.fit(training.table[candidates].to_numpy(dtype=float), training.target)
    stays = selector.get_support()
    return Choice([column for column, stay in zip(candidates, stays, strict=True) if stay], notes)


class _Model(BaseEstimator):
    """A classifier of the study with its defaults, as scikit-learn wants to clone, fit and score it."""

    def __init__(self, name: str, task: Task, seed: int):
        self.name = name
        self.task = task
        self.seed = seed

    def fit(self, values: np.ndarray, outcome: np.ndarray) -> _Model:
        self.estimator_ = classifiers.make(self.name, self.task, {}, self.seed)
        classifiers.fit(self.estimator_, self.task, values, outcome)
        return self

    def score(self, values: np.ndarray, outcome: np.ndarray) -> float:
        return self.task.score(outcome, classifiers.raw_output(self.estimator_, self.task, values))
