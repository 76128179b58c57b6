"""The tables of the validation, by the kind of the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.config.modelling import Validation
from osteon.modelling.evaluate import evaluate_predictions
from osteon.modelling.evaluate_classes import evaluate_classes
from osteon.modelling.evaluate_continuous import evaluate_continuous
from osteon.modelling.task import Task


def evaluate(
    task: Task,
    predictions: pd.DataFrame,
    sets: Sequence[str],
    thresholds: Mapping[str, float],
    settings: Validation,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """All tables of the validation of frozen models.

    Args:
        task: kind of the outcome.
        predictions: model, set, subject, center, outcome (code or number), the columns of the task, imputed.
        sets: the sets to evaluate, in the order of the tables.
        thresholds: frozen threshold of each model; its keys are the models, in the order of the tables. Only a binary
            outcome needs the values.
        settings: bootstrap resamples, and range of the decision curve.
        seed: seed of the bootstrap; the same patients are resampled for every model.

    Returns:
        The tables named in `config.evaluation_files.TABLES` for this kind; see `evaluate_predictions`,
        `evaluate_classes` and `evaluate_continuous` for their columns.

    Raises:
        ValueError: a subject twice, models with different subjects, or a model without threshold.
    """
    if task.kind == "classes":
        return evaluate_classes(task, predictions, sets, thresholds, settings, seed)
    if task.kind == "continuous":
        return evaluate_continuous(predictions, sets, thresholds, settings, seed)
    return evaluate_predictions(predictions, sets, thresholds, settings, seed)
