"""How well the models work: performance, calibration and comparisons, in every set of patients."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import MINUS, estimated, integer, is_absent, number, p_value, with_interval
from osteon.reporting.outcome_tables import decimals
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes, split_codes
from osteon.reporting.result_tables import estimate_cell

Measures = dict[str, tuple[str, int]]
"""Heading and decimals of each measure."""


def performance_table(
    performance: pd.DataFrame,
    models: Mapping[str, str],
    kind: str = "binary",
    say: Say = english,
    *,
    resampled: bool = False,
) -> PaperTable:
    """Discrimination and classification of all models in all sets; 07_validation/*/performance.tsv.

    Args:
        performance: the sets under each other, with a column patients (name of the set).
        models: name of each model.
        kind: kind of the outcome: binary, classes, continuous.
        say: the reader's language.
        resampled: whether it is the procedure that was judged, by fitting it again without the patients, and not the
            frozen models.
    """
    shown, notes = _performance(kind, performance, say), []
    if resampled:
        title, key = say("Performance of the procedure in resampling"), "resampling"
        notes.append(say("Everything was fitted again, threshold included, without the patients that were predicted."))
    else:
        title, key = say("Performance of the models"), "performance"
        if kind == "binary":
            notes.append(
                say("The threshold was fixed on the training patients, before any other patient was predicted.")
            )
    return _measures(key, title, performance, models, shown, notes, say)


def calibration_table(
    performance: pd.DataFrame, models: Mapping[str, str], kind: str = "binary", say: Say = english
) -> PaperTable:
    """Calibration and overall error of all models in all sets; arguments as `performance_table`, and kinds but classes.

    Raises:
        ValueError: for classes, which are calibrated one by one (`class_calibration_table`).
    """
    if kind == "classes":
        raise ValueError("calibration_table: classes are calibrated one by one; use class_calibration_table")
    if kind == "continuous":
        digits = decimals(performance)
        shown = {
            "slope": (say("Calibration slope"), 2),
            "intercept": (say("Intercept"), digits),
            "bias": (say("Bias"), digits),
            "lower_limit": (say("Lower limit of agreement"), digits),
            "upper_limit": (say("Upper limit of agreement"), digits),
        }
        ideal = say(
            "Ideal: slope 1, intercept 0, bias (mean of predicted minus measured) 0. About 95% of the differences "
            "lie between the limits of agreement (Bland and Altman)."
        )
    else:
        shown = {
            "slope": (say("Calibration slope"), 2),
            "in_the_large": (say("Calibration in the large"), 2),
            "observed_expected": (say("Observed / expected"), 2),
            "ici": (say("ICI"), 3),
            "e50": (say("E50"), 3),
            "e90": (say("E90"), 3),
            "brier": (say("Brier"), 3),
            "scaled_brier": (say("Scaled Brier"), 2),
        }
        ideal = say(
            "Ideal: slope 1 (below 1: predictions too extreme), calibration in the large 0 (above 0: risks too low), "
            "observed / expected 1. ICI, E50, E90: mean, median and 90th percentile of the distance of the smoothed "
            "calibration curve from the diagonal. Scaled Brier: 1 is perfect, 0 is no better than the share of events."
        )
    return _measures("calibration", say("Calibration of the models"), performance, models, shown, [ideal], say)


def class_calibration_table(classes: pd.DataFrame, models: Mapping[str, str], say: Say = english) -> PaperTable:
    """Each class against all others: discrimination and calibration; 07_validation/*/classes.tsv with patients."""
    shown = {
        "auc": (say("AUC"), 3),
        "sensitivity": (say("Sensitivity"), 2),
        "ppv": (say("PPV"), 2),
        "slope": (say("Calibration slope"), 2),
        "in_the_large": (say("Calibration in the large"), 2),
        "ici": (say("ICI"), 3),
    }
    # the table counts the patients of the class; of all patients of the set they are the events
    named = classes.assign(
        n=classes.groupby(["patients", "model"])["n"].transform("sum"),
        events=classes["n"],
        patients=[
            say("{patients}: {group} against the others", patients=row["patients"], group=row["class"])
            for _, row in classes.iterrows()
        ],
    )
    return _measures("calibration", say("Each class against all others"), named, models, shown, [], say)


def pairwise_table(
    pairwise: pd.DataFrame, models: Mapping[str, str], kind: str = "binary", say: Say = english
) -> PaperTable:
    """Models compared on the same patients; 07_validation/*/pairwise.tsv.

    Args:
        pairwise: the sets under each other, with a column patients.
        models: name of each model.
        kind: kind of the outcome: binary (DeLong, with z), others (paired bootstrap).
        say: the reader's language.
    """
    delong = kind == "binary"
    rows = []
    for patients, own in pairwise.groupby("patients", sort=False):
        rows.append(Row((str(patients),), heading=True))
        rows += [
            Row(
                (
                    _pair(row, models),
                    with_interval(row["difference"], row["low"], row["high"], 3),
                    *([number(row["z"], 2)] if delong else []),
                    p_value(row["p"]),
                    p_value(row["p_holm"]),
                ),
                level=1,
            )
            for _, row in own.iterrows()
        ]
    measure = {
        "binary": say("Difference of AUC (95% CI)"),
        "classes": say("Difference of mean AUC of pairs (95% CI)"),
        "continuous": say("Difference of R² (95% CI)"),
    }[kind]
    columns = [
        Column(say("Patients and models"), words=True),
        Column(measure),
        *([Column(say("z"))] if delong else []),
        Column(say("P")),
        Column(say("P (Holm)")),
    ]
    notes = [
        say("DeLong's test for paired AUCs, two-sided.")
        if delong
        else say("Paired bootstrap of patients; the smallest possible P is 2 divided by the number of resamples."),
        say("P (Holm): adjusted for all comparisons of the set. All patients of a set, of whatever hospital, enter."),
    ]
    found = [
        (
            say("{patients}, {models}", patients=row["patients"], models=_pair(row, models)),
            row["reason"],
        )
        for _, row in pairwise.iterrows()
    ]
    return PaperTable(
        "comparisons", say("Pairwise comparison of the models"), columns, rows, notes + reason_notes(found, say)
    )


def _performance(kind: str, performance: pd.DataFrame, say: Say) -> Measures:
    if kind == "classes":
        return {
            "hand_till": (say("Mean AUC of pairs"), 3),
            "hand_till_within_center": (say("The same within hospitals"), 3),
            "auc_macro": (say("Mean AUC against the rest"), 3),
            "accuracy": (say("Accuracy"), 2),
            "balanced_accuracy": (say("Balanced accuracy"), 2),
            "macro_f1": (say("Mean F1"), 2),
            "kappa": (say("Kappa"), 2),
            "scaled_brier": (say("Scaled Brier"), 2),
        }
    if kind == "continuous":
        digits = decimals(performance)
        return {
            "r2": (say("R²"), 2),
            "r2_within_center": (say("R² against hospital means"), 2),
            "mae": (say("Mean absolute error"), digits),
            "rmse": (say("Root mean squared error"), digits),
            "pearson": (say("Pearson's r"), 2),
            "spearman": (say("Spearman's rho"), 2),
        }
    return {
        "auc": (say("AUC"), 3),
        "auc_within_center": (say("AUC within hospitals"), 3),
        "threshold": (say("Threshold"), 3),
        "sensitivity": (say("Sensitivity"), 3),
        "specificity": (say("Specificity"), 3),
        "accuracy": (say("Accuracy"), 3),
        "ppv": (say("PPV"), 3),
        "npv": (say("NPV"), 3),
        "f1": (say("F1"), 3),
    }


def _measures(
    key: str,
    title: str,
    table: pd.DataFrame,
    models: Mapping[str, str],
    shown: Measures,
    notes: list[str],
    say: Say,
) -> PaperTable:
    """A table of the measures with a heading for each set, and footnotes on what is missing or must be read with care.

    A measure within hospitals that equals the one of all patients everywhere (sets of one hospital) is left out.
    """
    shown = {name: how for name, how in shown.items() if not _repeats(table, name)}
    rows = []
    for patients, own in table.groupby("patients", sort=False):
        rows.append(Row((_set_heading(str(patients), own, say),), heading=True))
        rows += [
            Row(
                (models[row["model"]], *(estimate_cell(row, name, digits) for name, (_, digits) in shown.items())),
                level=1,
            )
            for _, row in own.iterrows()
        ]
    headings = {name: heading for name, (heading, _) in shown.items()} | {"all": say("All measures")}
    found = [
        (say("{measure}, {patients}", measure=headings[measure], patients=row["patients"]), code)
        for _, row in table.iterrows()
        for cell in (row["reason"], row.get("caution"))
        for measure, code in split_codes(cell)
        if measure in headings
    ]
    columns = [Column(say("Patients and model"), words=True), *(Column(heading) for heading, _ in shown.values())]
    notes = [
        say("95% confidence intervals in parentheses."),
        *_explained(shown, say),
        *notes,
        *reason_notes(found, say),
    ]
    return PaperTable(key, title, columns, rows, notes)


def _explained(shown: Measures, say: Say) -> list[str]:
    """What the measures of a table are."""
    notes = []
    if any(name.endswith("_within_center") for name in shown):
        notes.append(
            say(
                "Within hospitals: patients are compared with those of their own hospital only, because telling "
                "hospitals apart raises the value of all patients."
            )
        )
    if "threshold" in shown:
        notes.append(
            say(
                "Sensitivity, specificity, accuracy, PPV (precision), NPV (positive and negative predictive value) and "
                "F1: at or above the threshold a patient is called positive."
            )
        )
    if "hand_till" in shown:
        notes.append(say("Mean AUC of pairs: Hand and Till's M. Kappa without weights."))
    return notes


def _repeats(table: pd.DataFrame, name: str) -> bool:
    """Whether a measure within hospitals says no more than the one of all patients."""
    whole = name.removesuffix("_within_center")
    if whole == name or whole not in table.columns:
        return False
    both = zip(table[whole], table[name], strict=True)
    return all(one == other or (is_absent(one) and is_absent(other)) for one, other in both)


def _set_heading(patients: str, own: pd.DataFrame, say: Say) -> str:
    """The set with its number of patients, and of events where there are such."""
    n = integer(own["n"].iloc[0])
    if "events" in own.columns:
        return say(
            "{patients}: n = {n}, events {events}", patients=patients, n=n, events=integer(own["events"].iloc[0])
        )
    if "outcome_mean" in own.columns:
        mean, sd = estimated(own["outcome_mean"].iloc[0]), estimated(own["outcome_sd"].iloc[0])
        return say("{patients}: n = {n}, measured {mean} ± {sd}", patients=patients, n=n, mean=mean, sd=sd)
    return say("{patients}: n = {n}", patients=patients, n=n)


def _pair(row: pd.Series, models: Mapping[str, str]) -> str:
    return f"{models[row['model_1']]} {MINUS} {models[row['model_2']]}"
