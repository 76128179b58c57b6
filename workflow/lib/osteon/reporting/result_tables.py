"""Tables on models: harmonisation, selected features, coefficients, performance, comparisons, the leakage audit."""

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
    percent,
    significant,
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
    "one_center": "The training patients come from one hospital.",
    "no_features": "No feature has values that vary.",
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
    performance: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()
) -> DisplayTable:
    """Classification at the frozen threshold: one row per set of patients and model."""
    notes = [
        "95% confidence intervals in parentheses. The threshold was fixed on out-of-fold predictions of the "
        "training patients and then frozen."
    ]
    return _measures(
        "classification",
        "Yes or no, at the frozen threshold.",
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
            *(_estimate(row, measure, digits) for measure, digits in shown.items()),
        ]
        for _, row in performance.iterrows()
    ]
    columns = ["Patients", "Model", "n (events)", *(MEASURES[measure] for measure in shown)]
    return DisplayTable(key, caption, columns, rows, 2, notes + _footnotes(performance, {*shown, "all"}), sources)


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
    return DisplayTable(
        "pairwise",
        "Models compared on the same patients (DeLong).",
        columns,
        rows,
        2,
        [f"{ABSENT}: {REASONS.get(code, code)}" for code in codes],
        sources,
    )


def harmonisation_table(effect: pd.DataFrame, sources: Sequence[str] = ()) -> DisplayTable:
    """Center effects before and after ComBat."""
    rows = [
        [
            str(row["stage"]).capitalize(),
            integer(row["patients"]),
            integer(row["features_tested"]),
            f"{integer(row['features_differing'])} ({percent(row['share_differing'])})",
            number(row["batch_auc"], 3),
        ]
        for _, row in effect.iterrows()
    ]
    columns = [
        "ComBat",
        "Training patients",
        "Features tested",
        "Features that differ between hospitals",
        "Hospital told from features, AUC",
    ]
    codes = dict.fromkeys(str(code) for code in effect["reason"] if not is_absent(code))
    notes = [
        "Kruskal-Wallis test at a false discovery rate of 5%. AUC 0.5: the hospitals cannot be told apart. These "
        "numbers feed no model; each model fits ComBat in its own training folds.",
        *(f"{ABSENT}: {REASONS.get(code, code)}" for code in codes),
    ]
    return DisplayTable(
        "harmonisation-table",
        "Differences between hospitals before and after ComBat.",
        columns,
        rows,
        1,
        notes,
        sources,
    )


def coefficients_table(
    coefficients: pd.DataFrame, models: Mapping[str, str], terms: Mapping[str, str], sources: Sequence[str] = ()
) -> DisplayTable:
    """The logistic regression of each model; columns model and those of `modelling.logistic.coefficient_table`."""
    rows = [
        [
            models[row["model"]],
            terms.get(row["term"], str(row["term"])),
            number(row["coefficient"], 3),
            with_interval(row["odds_ratio"], row["low"], row["high"], 2) if row["kind"] != "intercept" else ABSENT,
            p_value(row["p"]),
            significant(row["coefficient_per_unit"], 4),
        ]
        for _, row in coefficients.iterrows()
    ]
    columns = ["Model", "Term", "Coefficient per SD", "Odds ratio per SD (95% CI)", "P", "Coefficient per unit"]
    remarks = {models[row["model"]]: row["note"] for _, row in coefficients.iterrows() if not is_absent(row["note"])}
    notes = [
        "logit(risk) = intercept + sum of coefficient × term. Intervals and P take no account of the selection "
        "that made the radiomics scores.",
        *(f"{model}: {remark}." for model, remark in remarks.items()),
    ]
    return DisplayTable("coefficients", "The models: logistic regression.", columns, rows, 2, notes, sources)


def selection_table(selection: pd.DataFrame, sources: Sequence[str] = ()) -> DisplayTable:
    """Features in the radiomics scores, the largest weight first.

    Models that share a score have the same rows, because each fits it on the same patients; they are shown once.

    Args:
        selection: columns of `modelling.crossfit.ModelFit.selection`.
        sources: paths of the files.
    """
    kept = selection[selection["fate"].isin(["kept", "least_p"])].drop_duplicates(["signature", "feature"])
    order = kept.assign(size=-kept["coefficient"].abs()).sort_values(["signature", "size", "feature"], kind="stable")
    rows = [
        [
            str(row["signature"]),
            str(row["feature"]),
            significant(row["coefficient"]),
            f"{integer(row['folds_selected'])} of {integer(row['folds'])}",
            p_value(row["p"]),
        ]
        for _, row in order.iterrows()
    ]
    columns = ["Score", "Feature", "Weight per SD", "Selected in folds", "P of the filter"]
    notes = [
        "A feature that is selected in few folds is not a stable finding. P values of the filter are no evidence: "
        "they are not corrected for the number of features."
    ]
    return DisplayTable("selection", "Features in the radiomics scores.", columns, rows, 2, notes, sources)


def audit_table(audit: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """How many fitted objects of each model saw only patients that they were allowed to see."""
    rows = []
    for model, own in audit.groupby("model", sort=False):
        leaks = own[own["verdict"] == "leak"]
        finding = leaks["finding"].iloc[0] if len(leaks) else "None: every object saw training patients only"
        name = models.get(model, model)  # the robustness of features is measured once for all models
        rows.append([name, finding, integer(len(own)), integer(own["scope"].nunique()), integer(len(leaks))])
    columns = ["Model", "Finding", "Fitted objects", "Fits (folds and final)", "Leaks"]
    notes = [
        "Each fitted object records the patients that it was given; their hash is compared with that of the "
        "training patients of its fold."
    ]
    return DisplayTable(
        "audit-table",
        "Whether anything that was fitted had seen patients that it was judged on.",
        columns,
        rows,
        2,
        notes,
        sources,
    )


def _estimate(row: pd.Series, key: str, digits: int) -> str:
    return with_interval(row[key], row.get(f"{key}_low"), row.get(f"{key}_high"), digits)


def _footnotes(performance: pd.DataFrame, measures: set[str]) -> list[str]:
    """Sentences for the reasons and cautions ('measure: code; ...') of the measures that a table shows."""
    found: dict[tuple[str, str], list[str]] = {}
    for _, row in performance.iterrows():
        for cell in (row["reason"], row["caution"]):
            for entry in () if is_absent(cell) else str(cell).split("; "):
                measure, _, code = entry.partition(": ")
                if measure in measures:
                    sets = found.setdefault((measure, code), [])
                    sets += [row["patients"]] if row["patients"] not in sets else []
    return [
        f"{MEASURES[measure]}, {'; '.join(sets)}: {REASONS.get(code, code)}" for (measure, code), sets in found.items()
    ]
