"""Tables on batches: what the features tell about them, what ComBat leaves, whether the outcome follows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.config.harmonisation import CENTER
from osteon.reporting.numbers import ABSENT, integer, is_absent, number, p_value, percent
from osteon.reporting.tables import DisplayTable

REASONS = {
    "one_batch": "The training patients are of one batch.",
    "one_outcome": "The training patients have one outcome.",
    "no_features": "No feature has values that vary.",
    "not_fitted": "ComBat could not be fitted; the log of describe_harmonisation says why.",
    "too_few": "Too few patients for cross-validation.",
    "constant": "All training patients have the same value.",
}
STAGES = {"before": "Before ComBat", "after": "After ComBat"}
MEASURES = {"cramers_v": "Cramér's V", "eta": "eta"}
FLAGS = {"association": "bound to the outcome", "one_class": "one outcome only"}
SIZES = {"below_20": "fewer than 20 patients", "below_30": "fewer than 30 patients"}
MEAN_ONLY = (
    "With mean_only and the parametric prior, ComBat corrects too little: as in the original in R, a batch is then "
    "weighed like a single patient, whatever its size. prior: none or non_parametric does not have this."
)


def batch_name(batch: str) -> str:
    """A kind of batch for the middle of a sentence."""
    return "hospital" if batch == CENTER else batch


def harmonisation_table(effect: pd.DataFrame, sources: Sequence[str] = ()) -> DisplayTable:
    """What the features tell about each kind of batch; columns of `modelling.center_effect.EFFECT`."""
    rows = [
        [
            _title(row["batch"]),
            STAGES[row["stage"]],
            integer(row["batches"]),
            integer(row["patients"]),
            f"{integer(row['features_differing'])} of {integer(row['features_tested'])} "
            f"({percent(row['share_differing'])})"
            if not is_absent(row["features_tested"])
            else ABSENT,
            number(row["silhouette"], 3),
            number(row["batch_auc"], 3),
        ]
        for _, own in effect.groupby("batch", sort=False)
        for _, row in own.iterrows()
    ]
    columns = ["Batch", "Stage", "Batches", "Training patients", "Features that differ", "Silhouette", "AUC"]
    notes = [
        "Features that differ: Kruskal-Wallis test at a false discovery rate of 5%. Silhouette: 1 for batches far "
        "apart, 0 or less for mixed ones. AUC: how well the batch is told from the features, by cross-validation; 0.5 "
        "or less means not at all. These numbers feed no model; each model fits ComBat in its own training folds.",
        *_reasons(effect["reason"]),
    ]
    caption = "What the features tell about the batch."
    return DisplayTable("harmonisation-table", caption, columns, rows, 2, notes, sources)


def signal_table(signal: pd.DataFrame, labels: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """What the features tell about clinical variables, a column per stage.

    Args:
        signal: columns of `modelling.center_effect.SIGNAL`.
        labels: name of each variable.
        sources: paths of the files.
    """
    stages = [stage for stage in STAGES if stage in set(signal["stage"])]
    rows = []
    for variable, own in signal.groupby("variable", sort=False):
        values, first = own.set_index("stage")["value"], own.iloc[0]
        name = {"auc": "AUC", "r2": "R²"}[first["measure"]]
        shown = [number(values.get(stage), 2) for stage in stages]
        rows.append([labels.get(variable, str(variable)), name, integer(first["patients"]), *shown])
    columns = ["Clinical variable", "Measure", "Training patients", *(STAGES[stage] for stage in stages)]
    notes = [
        "How well the features predict the variable, by cross-validation. Where it falls, ComBat took biological "
        "signal with it, or the batch had told the variable.",
        *_reasons(signal["reason"]),
    ]
    return DisplayTable("signal", "Biological signal that is kept.", columns, rows, 2, notes, sources)


def confounding_table(
    confounding: pd.DataFrame,
    centers: Mapping[str, str],
    groups: Mapping[str, str],
    unit: str = "",
    sources: Sequence[str] = (),
) -> DisplayTable:
    """How the outcome is spread over the batches.

    Args:
        confounding: table of `harmonise.confounding`.
        centers: name of each center.
        groups: heading of each value of the outcome; none for a number.
        unit: unit of a number.
        sources: paths of the files.
    """
    counts = [name for name in confounding.columns if name.startswith("outcome_")]
    rows = []
    for _, row in confounding.iterrows():
        whole = is_absent(row["level"])
        level = "All" if whole else centers.get(row["level"], row["level"]) if row["batch"] == CENTER else row["level"]
        bound = f"{MEASURES[row['measure']]} {number(row['association'], 2)}" if whole else ABSENT
        found = [FLAGS.get(row["flag"]), SIZES.get(row["size"])]
        rows.append(
            [
                _title(row["batch"]),
                str(level),
                "; ".join(word for word in found if word) or ABSENT,
                integer(row["patients"]),
                *(number(row[name], 2) if name == "outcome_median" else integer(row[name]) for name in counts),
                bound,
                p_value(row["p"]),
            ]
        )
    names = {f"outcome_{value}": heading for value, heading in groups.items()}
    names["outcome_median"] = f"Outcome, median{f' ({unit})' if unit else ''}"
    headings = [names[name] for name in counts]
    columns = ["Batch", "Level", "Note", "Training patients", *headings, "Bound to the outcome", "P"]
    notes = [
        "Above 0.3 batch and outcome are called bound to each other: then telling the batches apart looks like telling "
        "the outcome, and no harmonisation can part the two.",
        *_reasons(confounding["reason"]),
    ]
    caption = "How the outcome is spread over the batches."
    return DisplayTable("confounding", caption, columns, rows, 3, notes, sources)


def _title(batch: str) -> str:
    return "Hospital" if batch == CENTER else str(batch)


def _reasons(codes: pd.Series) -> list[str]:
    found = dict.fromkeys(str(code) for code in codes if not is_absent(code))
    return [f"{ABSENT}: {REASONS.get(code, code)}" for code in found]
