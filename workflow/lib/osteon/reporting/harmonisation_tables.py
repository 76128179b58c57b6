"""Tables on batches: what the features tell about them, what ComBat leaves, whether the outcome follows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.config.harmonisation import CENTER
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT, integer, is_absent, number, p_value, percent
from osteon.reporting.result_tables import absent_notes
from osteon.reporting.tables import DisplayTable

REASONS = {
    "one_batch": "The training patients are of one batch.",
    "one_outcome": "The training patients have one outcome.",
    "no_features": "No feature has values that vary.",
    "not_fitted": "ComBat could not be fitted; the log of describe_harmonisation says why.",
    "too_few": "Too few patients for cross-validation.",
    "constant": "All training patients have the same value.",
}
MEASURES = {"cramers_v": "Cramér's V", "eta": "eta"}


def batch_name(batch: str, say: Say = english) -> str:
    """A kind of batch for the middle of a sentence."""
    return say("hospital") if batch == CENTER else batch


def stage_titles(say: Say) -> dict[str, str]:
    """Before and after ComBat."""
    return {"before": say("Before ComBat"), "after": say("After ComBat")}


def sizes_too_small(say: Say) -> dict[str, str]:
    """What the sizes of batches that make ComBat's estimates uncertain are called."""
    return {"below_20": say("fewer than 20 patients"), "below_30": say("fewer than 30 patients")}


def harmonisation_table(effect: pd.DataFrame, sources: Sequence[str] = (), say: Say = english) -> DisplayTable:
    """What the features tell about each kind of batch; columns of `modelling.center_effect.EFFECT`."""
    stages = stage_titles(say)
    rows = [
        [
            _title(row["batch"], say),
            stages[row["stage"]],
            integer(row["batches"]),
            integer(row["patients"]),
            say(
                "{n} of {all} ({share})",
                n=integer(row["features_differing"]),
                all=integer(row["features_tested"]),
                share=percent(row["share_differing"]),
            )
            if not is_absent(row["features_tested"])
            else ABSENT,
            number(row["silhouette"], 3),
            number(row["batch_auc"], 3),
        ]
        for _, own in effect.groupby("batch", sort=False)
        for _, row in own.iterrows()
    ]
    columns = [
        *(say("Batch"), say("Stage"), say("Batches"), say("Training patients"), say("Features that differ")),
        *(say("Silhouette"), say("AUC")),
    ]
    notes = [
        say(
            "Features that differ: Kruskal-Wallis test at a false discovery rate of 5%. Silhouette: 1 for batches far "
            "apart, 0 or less for mixed ones. AUC: how well the batch is told from the features, by cross-validation; "
            "0.5 or less means not at all. These numbers feed no model; each model fits ComBat in its own training "
            "folds."
        ),
        *absent_notes(effect["reason"], REASONS, say),
    ]
    caption = say("What the features tell about the batch.")
    return DisplayTable("harmonisation-table", caption, columns, rows, 2, notes, sources)


def signal_table(
    signal: pd.DataFrame, labels: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """What the features tell about clinical variables, a column per stage.

    Args:
        signal: columns of `modelling.center_effect.SIGNAL`.
        labels: name of each variable.
        sources: paths of the files.
        say: the reader's language.
    """
    stages = {stage: title for stage, title in stage_titles(say).items() if stage in set(signal["stage"])}
    rows = []
    for variable, own in signal.groupby("variable", sort=False):
        values, first = own.set_index("stage")["value"], own.iloc[0]
        name = {"auc": say("AUC"), "r2": say("R²")}[first["measure"]]
        shown = [number(values.get(stage), 2) for stage in stages]
        rows.append([labels.get(variable, str(variable)), name, integer(first["patients"]), *shown])
    columns = [say("Clinical variable"), say("Measure"), say("Training patients"), *stages.values()]
    notes = [
        say(
            "How well the features predict the variable, by cross-validation. Where it falls, ComBat took biological "
            "signal with it, or the batch had told the variable."
        ),
        *absent_notes(signal["reason"], REASONS, say),
    ]
    return DisplayTable("signal", say("Biological signal that is kept."), columns, rows, 2, notes, sources)


def confounding_table(
    confounding: pd.DataFrame,
    centers: Mapping[str, str],
    groups: Mapping[str, str],
    unit: str = "",
    sources: Sequence[str] = (),
    say: Say = english,
) -> DisplayTable:
    """How the outcome is spread over the batches.

    Args:
        confounding: table of `harmonise.confounding`.
        centers: name of each center.
        groups: heading of each value of the outcome; none for a number.
        unit: unit of a number.
        sources: paths of the files.
        say: the reader's language.
    """
    flags = {"association": say("bound to the outcome"), "one_class": say("one outcome only")}
    sizes = sizes_too_small(say)
    counts = [name for name in confounding.columns if name.startswith("outcome_")]
    rows = []
    for _, row in confounding.iterrows():
        whole = is_absent(row["level"])
        level = (
            say("All") if whole else centers.get(row["level"], row["level"]) if row["batch"] == CENTER else row["level"]
        )
        bound = f"{MEASURES[row['measure']]} {number(row['association'], 2)}" if whole else ABSENT
        found = [flags.get(row["flag"]), sizes.get(row["size"])]
        rows.append(
            [
                _title(row["batch"], say),
                str(level),
                say("; ").join(word for word in found if word) or ABSENT,
                integer(row["patients"]),
                *(number(row[name], 2) if name == "outcome_median" else integer(row[name]) for name in counts),
                bound,
                p_value(row["p"]),
            ]
        )
    names = {f"outcome_{value}": heading for value, heading in groups.items()}
    names["outcome_median"] = say("Outcome, median ({unit})", unit=unit) if unit else say("Outcome, median")
    headings = [names[name] for name in counts]
    columns = [
        *(say("Batch"), say("Level"), say("Note"), say("Training patients"), *headings),
        *(say("Bound to the outcome"), say("P")),
    ]
    notes = [
        say(
            "Above 0.3 batch and outcome are called bound to each other: then telling the batches apart looks like "
            "telling the outcome, and no harmonisation can part the two."
        ),
        *absent_notes(confounding["reason"], REASONS, say),
    ]
    caption = say("How the outcome is spread over the batches.")
    return DisplayTable("confounding", caption, columns, rows, 3, notes, sources)


def _title(batch: str, say: Say) -> str:
    return say("Hospital") if batch == CENTER else str(batch)
