"""ReliefF: features that differ between near patients of different outcome."""

from __future__ import annotations

import numpy as np
from skrebate import ReliefF

from osteon.config.selection import Relieff
from osteon.modelling.selection.step import Choice, Training, fewer, highest

LABELS = {"binary": "binary", "classes": "multiclass", "continuous": "continuous"}


def relieff(step: Relieff, training: Training) -> Choice:
    """Keep the features with the highest ReliefF score.

    No class can give more neighbours than it has other patients. For a continuous outcome patients are of the same
    outcome if it differs by less than one standard deviation.

    Source: Kononenko et al., Appl Intell 1997;7:39. By skrebate, which has no random part.
    """
    columns = training.columns
    if len(columns) <= step.k:
        return Choice(columns, fewer(columns, step.k))
    most = len(training.target) - 1 if training.regression else int(np.bincount(training.target).min()) - 1
    neighbours = min(step.neighbours, most)
    # Without these two, features and outcomes of ten values or fewer would be taken for categories.
    model = ReliefF(
        n_neighbors=neighbours,
        categorical_features=[],
        categorical_threshold=1,
        label_type=LABELS[training.task.kind],
        n_jobs=1,
    ).fit(training.values, training.target)
    choice = highest(columns, model.feature_importances_, step.k)
    notes = [f"{neighbours} neighbours instead of {step.neighbours}"] if neighbours < step.neighbours else []
    return Choice(choice.columns, notes)
