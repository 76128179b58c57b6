"""Predictions of resampling schemes as sets of patients that can be evaluated like any other."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.modelling.task import Task

REPEATED = "repeated_cv"
REPEAT, WITHOUT = "repeat ", "without "
REPEAT_COLUMNS = ["model", "repeat", "n", "score"]


def resampled_predictions(tables: Mapping[str, pd.DataFrame], task: Task) -> pd.DataFrame:
    """Sets of predictions: one of repeated cross-validation, one for each left-out center.

    A patient's prediction in repeated cross-validation is the mean over the repeats, so that each patient counts once
    and intervals resample patients, not folds; the threshold is the mean as well.

    Args:
        tables: of each model: scope, subject, center, outcome, predictions, imputed, threshold.
        task: kind of the outcome.

    Returns:
        model, set, subject, center, outcome, predictions, imputed, threshold; sorted by model, set and subject.
    """
    parts = []
    for model, table in tables.items():
        repeated = table[table["scope"].str.startswith(REPEAT)]
        if len(repeated):
            means = dict.fromkeys((*task.columns, "threshold"), "mean")
            first = dict.fromkeys(("center", "outcome", "imputed"), "first")
            pooled = repeated.groupby("subject", as_index=False).agg(first | means)
            parts.append(pooled.assign(model=model, set=REPEATED))
        left_out = table[table["scope"].str.startswith(WITHOUT)]
        parts.append(left_out.rename(columns={"scope": "set"}).assign(model=model))
    columns = ["model", "set", "subject", "center", "outcome", *task.columns, "imputed", "threshold"]
    joined = pd.concat(parts, ignore_index=True)[columns]
    order = {model: place for place, model in enumerate(tables)}
    key = joined["model"].map(order)
    return joined.assign(key=key).sort_values(["key", "set", "subject"], ignore_index=True).drop(columns="key")


def score_of_repeats(tables: Mapping[str, pd.DataFrame], task: Task) -> pd.DataFrame:
    """The score of the out-of-fold predictions of every single repeat: how much the random folds alone change.

    Returns:
        model, repeat, n, score (see `Task.score`).
    """
    rows = []
    for model, table in tables.items():
        repeated = table[table["scope"].str.startswith(REPEAT)]
        number = repeated["scope"].str.extract(rf"{REPEAT}(\d+) ", expand=False).astype(int)
        for repeat, part in repeated.groupby(number):
            score = task.score(part["outcome"].to_numpy(), part[task.columns].to_numpy(dtype=float))
            rows.append({"model": model, "repeat": repeat, "n": len(part), "score": score})
    return pd.DataFrame(rows, columns=REPEAT_COLUMNS)
