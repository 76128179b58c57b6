"""Wrappers: a model is fitted, and the features that matter least to it are removed, again and again."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from sklearn.svm import LinearSVC, LinearSVR

from osteon.config.selection import Forest, SvmRfe
from osteon.modelling.selection.forests import forest_of
from osteon.modelling.selection.step import Choice, Training, fewer

MAX_ITERATIONS = 10_000


def forest(step: Forest, training: Training) -> Choice:
    """Remove the features with the least impurity-based importance in random forests.

    Source: Diaz-Uriarte and Alvarez de Andres, BMC Bioinformatics 2006;7:3, with importances computed anew each time.
    """
    model = forest_of(training, step.trees)
    return _eliminated(training, step, lambda values: model.fit(values, training.target).feature_importances_)


def svm_rfe(step: SvmRfe, training: Training) -> Choice:
    """Remove the features with the smallest squared weight in a linear support vector machine (C = 1).

    Source: Guyon et al., Mach Learn 2002;46:389.
    """
    kind = LinearSVR if training.regression else LinearSVC
    model = kind(dual="auto", max_iter=MAX_ITERATIONS, random_state=training.seed)

    def weight(values: np.ndarray) -> np.ndarray:
        with warnings.catch_warnings():
            # The order of the weights matters, and not their last digits.
            warnings.simplefilter("ignore")
            model.fit(values, training.target)
        return (np.atleast_2d(model.coef_) ** 2).sum(axis=0)

    return _eliminated(training, step, weight)


def _eliminated(training: Training, step: Forest | SvmRfe, weigh: Callable[[np.ndarray], np.ndarray]) -> Choice:
    """The k features that are left; each time the share `drop` of those that are still there goes.

    scikit-learn's RFE takes the share of the first number of features, and with 1158 of them the last round would
    remove 200 at once. Removing one at a time gives the same as RFE with step=1.
    """
    columns, values = training.columns, training.values
    left = np.arange(len(columns))
    while len(left) > step.k:
        count = min(len(left) - step.k, max(1, int(step.drop * len(left))))
        # Of equal weights the last features go.
        order = np.argsort(-weigh(values[:, left]), kind="stable")
        left = np.sort(left[order[: len(left) - count]])
    return Choice([columns[place] for place in left], fewer(columns, step.k))
