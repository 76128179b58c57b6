"""Tables on how well models work: discrimination, classification, calibration, comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.reporting.numbers import (
    ABSENT,
    MINUS,
    integer,
    is_absent,
    number,
    p_value,
    with_interval,
)
from osteon.reporting.tables import DisplayTable
from osteon.statistics.estimate import SENTENCES

MEASURES = {
    "auc": "AUC",
    "auc_within_center": "AUC within hospitals",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "accuracy": "Accuracy",
    "ppv": "Precision (PPV)",
    "npv": "NPV",
    "f1": "F1",
    "balanced_accuracy": "Balanced accuracy",
    "slope": "Calibration slope",
    "in_the_large": "Calibration in the large",
    "joint_intercept": "Intercept with the slope",
    "observed_expected": "Observed / expected",
    "ici": "ICI",
    "e50": "E50",
    "e90": "E90",
    "emax": "Emax",
    "brier": "Brier",
    "scaled_brier": "Scaled Brier",
    "threshold": "Threshold",
    "all": "All measures",
}
REASONS = {str(code): sentence for code, sentence in SENTENCES.items()} | {
    "no_patients": "The set has no patient.",
}


def discrimination_table(
    performance: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()
) -> DisplayTable:
    """AUC and overall error: one row per set of patients and model."""
    notes = [
        "95% confidence intervals in parentheses. Beside the AUC of all patients of a set stands the one within "
        "hospitals, because telling hospitals apart raises the former. Scaled Brier: 1 is perfect, 0 is no better "
        "than the share of events."
    ]
    return _measures(
        "discrimination",
        "How well each model tells patients with the outcome from those without.",
        {"auc": 3, "auc_within_center": 3, "brier": 3, "scaled_brier": 2},
        performance,
        models,
        notes,
        sources,
    )


def classification_table(
    performance: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = (), *, frozen: bool = True
) -> DisplayTable:
    """Classification: one row per set of patients and model; in resampling the threshold is not `frozen`."""
    notes = [
        "95% confidence intervals in parentheses. "
        + (
            "The threshold was fixed on training patients alone, or stated beforehand, and then frozen."
            if frozen
            else "Each patient's threshold was chosen on patients among whom it was not; the column has their mean."
        )
    ]
    return _measures(
        "classification",
        "Yes or no, at the frozen threshold." if frozen else "Yes or no, at thresholds chosen without the patient.",
        {"threshold": 3, "sensitivity": 2, "specificity": 2, "accuracy": 2, "ppv": 2, "npv": 2, "f1": 2},
        performance,
        models,
        notes,
        sources,
    )


def calibration_table(
    performance: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()
) -> DisplayTable:
    """Calibration: one row per set of patients and model."""
    notes = [
        "Ideal: slope 1 (below 1: predictions too extreme), calibration in the large 0 (above 0: risks too low), "
        "observed / expected 1, ICI (mean distance of the smoothed curve from the diagonal) 0."
    ]
    return _measures(
        "calibration",
        "Whether predicted risks are right.",
        {"slope": 2, "in_the_large": 2, "observed_expected": 2, "ici": 3},
        performance,
        models,
        notes,
        sources,
    )


def _measures(
    key: str,
    caption: str,
    shown: Mapping[str, int],
    performance: pd.DataFrame,
    models: Mapping[str, str],
    notes: list[str],
    sources: Sequence[str],
) -> DisplayTable:
    """A table of the measures `shown` (with their decimals), with footnotes for what is missing."""
    rows = [
        [
            str(row["patients"]),
            models[row["model"]],
            f"{integer(row['n'])} ({integer(row['events'])})",
            *(estimate_cell(row, measure, digits) for measure, digits in shown.items()),
        ]
        for _, row in performance.iterrows()
    ]
    columns = ["Patients", "Model", "n (events)", *(MEASURES[measure] for measure in shown)]
    return DisplayTable(key, caption, columns, rows, 2, notes + footnotes(performance, {*shown, "all"}), sources)


def pairwise_table(pairwise: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """Differences of AUCs on the same patients."""
    rows = [
        [
            str(row["patients"]),
            f"{models[row['model_1']]} {MINUS} {models[row['model_2']]}",
            with_interval(row["difference"], row["low"], row["high"], 3),
            number(row["z"], 2),
            p_value(row["p"]),
            p_value(row["p_holm"]),
        ]
        for _, row in pairwise.iterrows()
    ]
    columns = ["Patients", "Models", "Difference of AUC (95% CI)", "z", "P", "P (Holm)"]
    codes = dict.fromkeys(str(code) for code in pairwise["reason"] if not is_absent(code))
    notes = [
        "Patients of all hospitals of a set are compared with each other; read the difference beside the AUCs within "
        "hospitals above.",
        *(f"{ABSENT}: {REASONS.get(code, code)}" for code in codes),
    ]
    return DisplayTable("pairwise", "Models compared on the same patients (DeLong).", columns, rows, 2, notes, sources)


def estimate_cell(row: pd.Series, key: str, digits: int) -> str:
    """A measure with its interval, if the row has one."""
    return with_interval(row[key], row.get(f"{key}_low"), row.get(f"{key}_high"), digits)


def footnotes(performance: pd.DataFrame, measures: set[str], names: Mapping[str, str] = MEASURES) -> list[str]:
    """Sentences for the reasons and cautions ('measure: code; ...') of the measures that a table shows."""
    found: dict[tuple[str, str], list[str]] = {}
    for _, row in performance.iterrows():
        for cell in (row["reason"], row.get("caution")):
            for entry in () if is_absent(cell) else str(cell).split("; "):
                measure, _, code = entry.partition(": ")
                if measure in measures:
                    sets = found.setdefault((measure, code), [])
                    sets += [row["patients"]] if row["patients"] not in sets else []
    return [
        f"{names[measure]}, {'; '.join(sets)}: {REASONS.get(code, code)}" for (measure, code), sets in found.items()
    ]
