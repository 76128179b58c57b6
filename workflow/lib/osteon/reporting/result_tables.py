"""Tables on how well models work: discrimination, classification, calibration, comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from osteon.reporting.language import Say, english, sentence
from osteon.reporting.numbers import ABSENT, MINUS, integer, is_absent, number, p_value, with_interval
from osteon.reporting.tables import DisplayTable
from osteon.statistics.estimate import SENTENCES

REASONS = {str(code): sentence for code, sentence in SENTENCES.items()} | {
    "no_patients": "The set has no patient.",
}


def measure_names(say: Say) -> dict[str, str]:
    """Headings of the measures of a table performance of yes-or-no outcomes."""
    return {
        "auc": say("AUC"),
        "auc_within_center": say("AUC within hospitals"),
        "sensitivity": say("Sensitivity"),
        "specificity": say("Specificity"),
        "accuracy": say("Accuracy"),
        "ppv": say("Precision (PPV)"),
        "npv": say("NPV"),
        "f1": say("F1"),
        "balanced_accuracy": say("Balanced accuracy"),
        "slope": say("Calibration slope"),
        "in_the_large": say("Calibration in the large"),
        "joint_intercept": say("Intercept with the slope"),
        "observed_expected": say("Observed / expected"),
        "ici": say("ICI"),
        "e50": say("E50"),
        "e90": say("E90"),
        "emax": say("Emax"),
        "brier": say("Brier"),
        "scaled_brier": say("Scaled Brier"),
        "threshold": say("Threshold"),
        "all": say("All measures"),
    }


def discrimination_table(
    performance: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """AUC and overall error: one row per set of patients and model."""
    notes = [
        say(
            "95% confidence intervals in parentheses. Beside the AUC of all patients of a set stands the one within "
            "hospitals, because telling hospitals apart raises the former. Scaled Brier: 1 is perfect, 0 is no better "
            "than the share of events."
        )
    ]
    return _measures(
        "discrimination",
        say("How well each model tells patients with the outcome from those without."),
        {"auc": 3, "auc_within_center": 3, "brier": 3, "scaled_brier": 2},
        performance,
        models,
        notes,
        sources,
        say,
    )


def classification_table(
    performance: pd.DataFrame,
    models: Mapping[str, str],
    sources: Sequence[str] = (),
    say: Say = english,
    *,
    frozen: bool = True,
) -> DisplayTable:
    """Classification: one row per set of patients and model; in resampling the threshold is not `frozen`."""
    if frozen:
        caption = say("Yes or no, at the frozen threshold.")
        note = say(
            "95% confidence intervals in parentheses. The threshold was fixed on training patients alone, or stated "
            "beforehand, and then frozen."
        )
    else:
        caption = say("Yes or no, at thresholds chosen without the patient.")
        note = say(
            "95% confidence intervals in parentheses. Each patient's threshold was chosen on patients among whom it "
            "was not; the column has their mean."
        )
    return _measures(
        "classification",
        caption,
        {"threshold": 3, "sensitivity": 2, "specificity": 2, "accuracy": 2, "ppv": 2, "npv": 2, "f1": 2},
        performance,
        models,
        [note],
        sources,
        say,
    )


def calibration_table(
    performance: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """Calibration: one row per set of patients and model."""
    notes = [
        say(
            "Ideal: slope 1 (below 1: predictions too extreme), calibration in the large 0 (above 0: risks too low), "
            "observed / expected 1, ICI (mean distance of the smoothed curve from the diagonal) 0."
        )
    ]
    return _measures(
        "calibration",
        say("Whether predicted risks are right."),
        {"slope": 2, "in_the_large": 2, "observed_expected": 2, "ici": 3},
        performance,
        models,
        notes,
        sources,
        say,
    )


def _measures(
    key: str,
    caption: str,
    shown: Mapping[str, int],
    performance: pd.DataFrame,
    models: Mapping[str, str],
    notes: list[str],
    sources: Sequence[str],
    say: Say,
) -> DisplayTable:
    """A table of the measures `shown` (with their decimals), with footnotes for what is missing."""
    names = measure_names(say)
    rows = [
        [
            str(row["patients"]),
            models[row["model"]],
            f"{integer(row['n'])} ({integer(row['events'])})",
            *(estimate_cell(row, measure, digits) for measure, digits in shown.items()),
        ]
        for _, row in performance.iterrows()
    ]
    columns = [say("Patients"), say("Model"), say("n (events)"), *(names[measure] for measure in shown)]
    notes = notes + footnotes(performance, {*shown, "all"}, names, say)
    return DisplayTable(key, caption, columns, rows, 2, notes, sources)


def pairwise_table(
    pairwise: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
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
    difference = say("Difference of AUC (95% CI)")
    columns = [say("Patients"), say("Models"), difference, say("z"), say("P"), say("P (Holm)")]
    notes = [
        say(
            "Patients of all hospitals of a set are compared with each other; read the difference beside the AUCs "
            "within hospitals above."
        ),
        *absent_notes(pairwise["reason"], REASONS, say),
    ]
    caption = say("Models compared on the same patients (DeLong).")
    return DisplayTable("pairwise", caption, columns, rows, 2, notes, sources)


def absent_notes(codes: Iterable[object], words: Mapping[str, str], say: Say) -> list[str]:
    """What the dashes of a table stand for: a footnote for each reason code, in its sentence."""
    found = dict.fromkeys(str(code) for code in codes if not is_absent(code))
    return [say("{what}: {why}", what=ABSENT, why=sentence(words.get(code, code), say)) for code in found]


def estimate_cell(row: pd.Series, key: str, digits: int) -> str:
    """A measure with its interval, if the row has one."""
    return with_interval(row[key], row.get(f"{key}_low"), row.get(f"{key}_high"), digits)


def footnotes(performance: pd.DataFrame, measures: set[str], names: Mapping[str, str], say: Say) -> list[str]:
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
        say(
            "{measure}, {sets}: {why}",
            measure=names[measure],
            sets=say("; ").join(sets),
            why=sentence(REASONS.get(code, code), say),
        )
        for (measure, code), sets in found.items()
    ]
