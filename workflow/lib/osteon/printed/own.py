"""Osteon's own tables of results as printed forms, so that the checks for other people's tables run on them."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from osteon.printed.baseline import baseline_findings
from osteon.printed.delong import delong_findings
from osteon.printed.findings import Finding
from osteon.printed.forms import Baseline, DeLong, Performance
from osteon.printed.numbers import Printed, parse
from osteon.printed.performance import performance_findings

DIGITS = 3
COLUMNS = {
    "auc": "auc",
    "auc_low": "low",
    "auc_high": "high",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "accuracy": "accuracy",
    "ppv": "precision",
    "npv": "npv",
    "f1": "f1",
    "balanced_accuracy": "balanced_accuracy",
}
LABELS = {"mann_whitney_u": "U", "chi_square_yates": "chi2", "chi_square": "chi2", "fisher_exact": "Fisher"}
# Thresholds that differ between patients: the point is on no single curve.
SEVERAL_THRESHOLDS = "threshold_varies"


def own_findings(performance: pd.DataFrame, pairwise: pd.DataFrame, baseline: pd.DataFrame) -> list[Finding]:
    """The checks of printed tables on what Osteon computed, rounded to three digits as it prints.

    Args:
        performance: as `modelling.evaluate.evaluate_predictions` makes it.
        pairwise: likewise.
        baseline: as `statistics.baseline.baseline_by_set` makes it, for an outcome of two groups; empty without
            clinical variables.

    Returns:
        Findings of the tables performance.tsv, pairwise.tsv and baseline.tsv. Nothing in them may be impossible.
    """
    rows = [_performance(row) for _, row in performance.iterrows()]
    points = [
        part
        for row, (_, cells) in zip(rows, performance.iterrows(), strict=True)
        for part in (_apart(row) if SEVERAL_THRESHOLDS in str(cells.get("caution", "")) else (row,))
    ]
    compared = [_comparison(row) for _, row in pairwise.iterrows() if not pd.isna(row["z"])]
    patients = [_patients(row) for _, row in baseline.iterrows()] if "text_1" in baseline.columns else []
    return [
        *performance_findings(points, "performance.tsv"),
        *delong_findings(compared, rows, "pairwise.tsv"),
        *baseline_findings(patients, "baseline.tsv"),
    ]


def _performance(row: pd.Series) -> Performance:
    events = int(row["events"])
    return Performance(
        model=str(row["model"]),
        set=str(row["set"]),
        negative_n=int(row["n"]) - events,
        positive_n=events,
        youden=None,
        mcc=None,
        **{field: _number(row[column]) for column, field in COLUMNS.items()},
    )


def _apart(row: Performance) -> tuple[Performance, Performance]:
    """The AUC, and the measures at thresholds, each without the other."""
    point = dict.fromkeys(("sensitivity", "specificity", "accuracy", "precision", "npv", "f1", "balanced_accuracy"))
    return replace(row, **point), replace(row, auc=None, low=None, high=None)


def _comparison(row: pd.Series) -> DeLong:
    z = _number(row["z"], signed=True)
    return DeLong(str(row["set"]), str(row["model_1"]), str(row["model_2"]), z, _p(row["p"]))


def _patients(row: pd.Series) -> Baseline:
    """A line of the baseline table; the odds ratio of a table with an empty cell, 0 or infinite, is left out."""
    binary = row["type"] == "binary"
    return Baseline(
        set=str(row["set"]),
        variable=str(row["variable"]),
        level="yes" if binary else "",
        kind="count" if binary else "median_iqr",
        negative_n=int(row["n_0"]),
        negative_value=str(row["text_0"]),
        positive_n=int(row["n_1"]),
        positive_value=str(row["text_1"]),
        statistic=None if row["statistic"] == 0 else _number(row["statistic"], signed=True),
        label=LABELS.get(str(row["test"]), ""),
        p=_p(row["p"]),
    )


def _number(value: object, signed: bool = False) -> Printed | None:
    """A number rounded as it is printed; None where there is none."""
    number = float(value)
    return parse(f"{number:.{DIGITS}f}", signed) if math.isfinite(number) else None


def _p(value: object) -> Printed | None:
    p = float(value)
    return parse("<0.001") if p < 0.001 else _number(p)
