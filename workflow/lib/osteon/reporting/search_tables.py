"""Tables on choices and chance: what was tried, what shuffled outcomes give, what random folds change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.reporting.content import FINAL
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import interval, is_absent, number, p_value
from osteon.reporting.tables import DisplayTable

SHOWN = 3
"""Candidates that could not be fitted, of which a note gives the reason."""


def search_table(
    search: pd.DataFrame, models: Mapping[str, str], measure: str, sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """What each model was chosen among and what was taken; models with a single setting are left out.

    Args:
        search: columns of `modelling.search.COLUMNS` and model.
        models: name of each model.
        measure: name of the score, at the beginning of a sentence.
        sources: paths of the files.
        say: the reader's language.
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
                say("{n} of {all}", n=int(same.sum()), all=len(others)),
            ]
        )
        failed += _failed(final, models[model], say)
    columns = [
        *(say("Model"), say("Taken: selection + classifier"), say("Selections × classifiers"), say("Settings tried")),
        *(say("{measure} in inner folds, mean ± SD", measure=measure), say("Same choice in other fits")),
    ]
    notes = [
        say(
            "The choice was made on inner folds of the training patients, and again in every fold, repeat and left-out "
            "hospital. The best of many settings looks better in the inner folds than it is; the results in other "
            "patients below do not have this. Inner folds compare patients of all hospitals with each other."
        ),
        *failed,
    ]
    return DisplayTable("search-table", say("What the models were chosen among."), columns, rows, 2, notes, sources)


def null_table(
    summary: pd.DataFrame, models: Mapping[str, str], measure: str, sources: Sequence[str] = (), say: Say = english
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
    shuffled = say("{measure}, shuffled: mean (99.9% interval)", measure=measure)
    columns = [say("Model"), say("Shuffles"), shuffled, say("Real outcomes"), say("P")]
    fewest = 1 / (1 + int(summary["repeats"].max())) if len(summary) else 1
    notes = [
        say(
            "All by out-of-fold predictions of the training patients, of all hospitals together. P: share of shuffles "
            "at least as good as the real outcomes, which are counted with them, so that it cannot be below "
            "{least} here.",
            least=number(fewest, 3),
        )
    ]
    return DisplayTable("null-table", say("Shuffled outcomes beside the real ones."), columns, rows, 1, notes, sources)


def repeats_table(
    repeats: pd.DataFrame, models: Mapping[str, str], measure: str, sources: Sequence[str] = (), say: Say = english
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
    mean = say("{measure}, mean", measure=measure)
    columns = [say("Model"), say("Repeats"), mean, say("Lowest"), say("Highest")]
    if len(repeats) and repeats.groupby("model").size().max() < 2:
        note = say("One repeat does not show how much the folds change; write validation.repeats: 5 or more.")
    else:
        note = say(
            "Every repeat divides the same patients into other folds. What lies between the lowest and highest is owed "
            "to the folds alone; a difference between models that is smaller means nothing. The mean over repeats "
            "differs from the value above, where each patient's predictions are averaged first. Patients of all "
            "hospitals are compared with each other."
        )
    caption = say("How much the random folds alone change.")
    return DisplayTable("repeats", caption, columns, rows, 1, [note], sources)


def _failed(final: pd.DataFrame, model: str, say: Say) -> list[str]:
    """Why candidates have no score."""
    absent = final[final["score"].isna()]
    if absent.empty:
        return []
    reasons = {"one_class": say("an inner fold has one outcome only")}
    named = [
        f"{row['selection']} + {row['classifier']} ({reasons.get(row['reason'], row['reason'])})"
        for _, row in absent.head(SHOWN).iterrows()
    ]
    listed = say("; ").join(named)
    if len(absent) > len(named):
        listed = say("{names} and {n} more", names=listed, n=len(absent) - len(named))
    return [
        say(
            "{model}: {n} of {all} candidates could not be fitted: {names}.",
            model=model,
            n=len(absent),
            all=len(final),
            names=listed,
        )
    ]
