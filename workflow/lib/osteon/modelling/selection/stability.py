"""Stability selection: features that the LASSO takes in most half-samples of the patients."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
from sklearn.linear_model import lars_path

from osteon.config.selection import Stability
from osteon.modelling.selection.step import Choice, Training

# False features that may be expected among the chosen ones; it sets how many the LASSO takes in each half-sample.
FALSE_FEATURES = 1.0


def stability(step: Stability, training: Training) -> Choice:
    """Keep the features that are taken in the wanted share of the half-samples.

    A half-sample holds half of the persons of every outcome group (of every quarter of a continuous outcome),
    without replacement. In each the penalty of the LASSO falls until q features have entered. By theorem 1 of the
    source, with p features and threshold t at most q² / ((2t - 1) p) false ones are expected, which gives
    q = sqrt((2t - 1) p) for one. For several classes this is done for each against all others, and a feature must be
    taken often enough for one of them.

    Source: Meinshausen and Buhlmann, J R Stat Soc B 2010;72:417.
    """
    number = taken_each_time(len(training.columns), step.threshold)
    frequency = frequencies(training, step.resamples, number).max(axis=1)
    # Counts are whole numbers; 0.6 of 100 is 60 whatever the rounding.
    stays = frequency >= step.threshold - 1e-9
    expected = number**2 / ((2 * step.threshold - 1) * len(training.columns))
    notes = [f"up to {expected:.2g} false features expected"] if expected > FALSE_FEATURES else []
    return Choice(list(training.table.columns[stays]), notes)


def taken_each_time(columns: int, threshold: float) -> int:
    """q: features that the LASSO takes in a half-sample, at least one."""
    return max(1, math.floor(math.sqrt(FALSE_FEATURES * (2 * threshold - 1) * columns)))


def frequencies(training: Training, resamples: int, number: int) -> np.ndarray:
    """(p, targets) share of the half-samples in which the LASSO takes each feature among the first `number`."""
    random = np.random.default_rng(training.seed)
    strata = training.task.strata(training.outcome).to_numpy()
    person = np.arange(len(strata)) if training.person is None else pd.factorize(training.person)[0]
    first = np.unique(person, return_index=True)[1]  # a person counts for the group of the first row
    groups = [np.flatnonzero(strata[first] == name) for name in np.unique(strata[first])]
    values, targets = training.values, training.targets
    counts = np.zeros((values.shape[1], len(targets)))
    for _ in range(resamples):
        drawn = np.concatenate([random.permutation(group)[: max(1, len(group) // 2)] for group in groups])
        rows = drawn if training.person is None else np.flatnonzero(np.isin(person, drawn))
        half = _standardised(values[rows])
        for place, target in enumerate(targets):
            counts[:, place] += _entered(half, target[rows] - target[rows].mean(), number)
    return counts / resamples


def _standardised(values: np.ndarray) -> np.ndarray:
    centered = values - values.mean(axis=0)
    spread = centered.std(axis=0)
    varies = spread > 1e-12 * np.abs(values).max(axis=0)
    return np.divide(centered, spread, out=np.zeros_like(centered), where=varies)


def _entered(values: np.ndarray, target: np.ndarray, number: int) -> np.ndarray:
    """Which columns have a weight on the LASSO path before more than `number` steps are made."""
    with warnings.catch_warnings():
        # Of equal columns the path takes one and says so.
        warnings.simplefilter("ignore")
        _, _, weights = lars_path(values, target, method="lasso", max_iter=number)
    return (weights != 0).any(axis=1)
