"""Tables on choices and chance: what was tried, what shuffled outcomes give, what random folds change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.reporting.content import FINAL
from osteon.reporting.numbers import interval, is_absent, number, p_value
from osteon.reporting.tables import DisplayTable

SHOWN = 3
"""Candidates that could not be fitted, of which a note gives the reason."""
REASONS = {"one_class": "an inner fold has one outcome only"}


def search_table(
    search: pd.DataFrame, models: Mapping[str, str], measure: str, sources: Sequence[str] = ()
) -> DisplayTable:
    """What each model was chosen among and what was taken; models with a single setting are left out.

    Args:
        search: columns of `modelling.search.COLUMNS` and model.
        models: name of each model.
        measure: name of the score, at the beginning of a sentence.
        sources: paths of the files.
    """
    rows, failed = [], []
    for model, own in search.groupby("model", sort=False):
        final = own[own["scope"] == FINAL]
        settings = int(final["settings_tried"].sum())
        if len(final) * settings <= 1:
            continue
        pick = final[final["chosen"] == "yes"].iloc[0]
        others = own[(own["scope"] != FINAL) & (own["chosen"] == "yes")]
        same = (others["selection"] == pick["selection"]) & (others["classifier"] == pick["classifier"])
        score = number(pick["score"], 3)
        rows.append(
            [
                models[model],
                f"{pick['selection']} + {pick['classifier']}",
                f"{final['selection'].nunique()} × {final['classifier'].nunique()}",
                str(settings),
                score if is_absent(pick["sd"]) else f"{score} ± {number(pick['sd'], 3)}",
                f"{int(same.sum())} of {len(others)}",
            ]
        )
        failed += _failed(final, models[model])
    columns = [
        *("Model", "Taken: selection + classifier", "Selections × classifiers", "Settings tried"),
        *(f"{measure} in inner folds, mean ± SD", "Same choice in other fits"),
    ]
    notes = [
        "The choice was made on inner folds of the training patients, and again in every fold, repeat and left-out "
        "hospital. The best of many settings looks better in the inner folds than it is; the results in other patients "
        "below do not have this. Inner folds compare patients of all hospitals with each other.",
        *failed,
    ]
    return DisplayTable("search-table", "What the models were chosen among.", columns, rows, 2, notes, sources)


def null_table(
    summary: pd.DataFrame, models: Mapping[str, str], measure: str, sources: Sequence[str] = ()
) -> DisplayTable:
    """Scores in shuffled outcomes beside that of the real ones; columns of `modelling.null_run.SUMMARY_COLUMNS`."""
    rows = [
        [
            models[row["model"]],
            str(int(row["repeats"])),
            f"{number(row['mean'], 3)} ({interval(row['low'], row['high'], 3)})",
            number(row["score"], 3),
            p_value(row["p"]),
        ]
        for _, row in summary.iterrows()
    ]
    columns = ["Model", "Shuffles", f"{measure}, shuffled: mean (99.9% interval)", "Real outcomes", "P"]
    fewest = 1 / (1 + int(summary["repeats"].max())) if len(summary) else 1
    notes = [
        "All by out-of-fold predictions of the training patients, of all hospitals together. P: share of shuffles "
        "at least as good as the real outcomes, which are counted with them, so that it cannot be below "
        f"{number(fewest, 3)} here.",
    ]
    return DisplayTable("null-table", "Shuffled outcomes beside the real ones.", columns, rows, 1, notes, sources)


def repeats_table(
    repeats: pd.DataFrame, models: Mapping[str, str], measure: str, sources: Sequence[str] = ()
) -> DisplayTable:
    """How much the score changes from repeat to repeat; columns of `modelling.resampled.REPEAT_COLUMNS`."""
    rows = []
    for model, own in repeats.groupby("model", sort=False):
        score = own["score"]
        rows.append(
            [
                models[model],
                str(len(own)),
                number(score.mean(), 3),
                number(score.min(), 3),
                number(score.max(), 3),
            ]
        )
    columns = ["Model", "Repeats", f"{measure}, mean", "Lowest", "Highest"]
    notes = [
        "Every repeat divides the same patients into other folds. What lies between the lowest and highest is owed "
        "to the folds alone; a difference between models that is smaller means nothing. The mean over repeats differs "
        "from the value above, where each patient's predictions are averaged first. Patients of all hospitals are "
        "compared with each other."
    ]
    if len(repeats) and repeats.groupby("model").size().max() < 2:
        notes = ["One repeat does not show how much the folds change; write validation.repeats: 5 or more."]
    return DisplayTable("repeats", "How much the random folds alone change.", columns, rows, 1, notes, sources)


def _failed(final: pd.DataFrame, model: str) -> list[str]:
    """Why candidates have no score."""
    absent = final[final["score"].isna()]
    if absent.empty:
        return []
    named = [
        f"{row['selection']} + {row['classifier']} ({REASONS.get(row['reason'], row['reason'])})"
        for _, row in absent.head(SHOWN).iterrows()
    ]
    more = f" and {len(absent) - len(named)} more" if len(absent) > len(named) else ""
    return [f"{model}: {len(absent)} of {len(final)} candidates could not be fitted: {'; '.join(named)}{more}."]
