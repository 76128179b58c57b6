"""Osteon's own tables of results as printed forms, so that the checks for other people's tables run on them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from osteon.printed.baseline import baseline_findings
from osteon.printed.delong import delong_findings
from osteon.printed.findings import Finding
from osteon.printed.forms import Baseline, DeLong, Flow, Logistic, Performance
from osteon.printed.logistic import logistic_findings
from osteon.printed.numbers import parse
from osteon.printed.performance import performance_findings
from osteon.printed.sums import flow_findings

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
LABELS = {
    "mann_whitney_u": "U",
    "chi_square_yates": "chi2",
    "chi_square": "chi2",
    "fisher_exact": "Fisher",
    "welch_t": "t",
}
# Thresholds that differ between patients: the point is on no single curve.
SEVERAL_THRESHOLDS = "threshold_varies"


def own_findings(
    performance: pd.DataFrame,
    pairwise: pd.DataFrame,
    baseline: pd.DataFrame,
    logistic: pd.DataFrame | None = None,
    flow: pd.DataFrame | None = None,
) -> list[Finding]:
    """The checks of printed tables on what Osteon computed, rounded to three digits.

    Args:
        performance: as `modelling.evaluate.evaluate_predictions` makes it.
        pairwise: likewise.
        baseline: as `statistics.baseline.baseline_by_set` makes it, for an outcome of two groups; empty without
            clinical variables.
        logistic: as `statistics.association.association_table` makes it.
        flow: as `reporting.flow.flow_counts` makes it.

    Returns:
        Findings of the tables performance.tsv, pairwise.tsv, baseline.tsv, logistic.tsv and flow.tsv. Nothing in them
        may be impossible. A table of an outcome that is not of two groups has none.
    """
    rows = [performance_row(row, own_texts(row)) for _, row in performance.iterrows()] if _binary(performance) else []
    points = [
        part
        for row, (_, cells) in zip(rows, performance.iterrows(), strict=bool(rows))
        for part in points_of(row, cells)
    ]
    compared = [comparison_row(row, _text(row["z"]), p_text(row["p"])) for _, row in _known(pairwise, "z")]
    patients = [patients_row(row) for _, row in baseline.iterrows()] if two_groups(baseline) else []
    odds = [logistic_row(row, odds_texts(row)) for _, row in _known(logistic, "odds_ratio")]
    return [
        *performance_findings(points, "performance.tsv"),
        *delong_findings(compared, rows, "pairwise.tsv"),
        *baseline_findings(patients, "baseline.tsv"),
        *logistic_findings(odds, patients, "logistic.tsv"),
        *(found for rows in flow_rows(flow) for found in flow_findings(rows, (), "flow.tsv")),
    ]


def performance_row(row: Mapping, texts: Mapping[str, str], name: str = "set") -> Performance:
    """A line of performance.

    Args:
        row: who was measured: model, the column `name`, n, events.
        texts: numbers as printed, by the fields of the form.
        name: column with the set.
    """
    events = int(row["events"])
    empty = dict.fromkeys(("youden", "mcc", *COLUMNS.values()))
    values = {field: parse(text) for field, text in texts.items()}
    return Performance(
        **(empty | values), model=str(row["model"]), set=str(row[name]), negative_n=int(row["n"]) - events,
        positive_n=events,
    )  # fmt: skip


def points_of(row: Performance, cells: Mapping) -> tuple[Performance, ...]:
    """The row, or where patients had different thresholds the AUC and the measures, each without the other."""
    if SEVERAL_THRESHOLDS not in str(cells.get("caution", "")):
        return (row,)
    point = dict.fromkeys(("sensitivity", "specificity", "accuracy", "precision", "npv", "f1", "balanced_accuracy"))
    return replace(row, **point), replace(row, auc=None, low=None, high=None)


def comparison_row(row: Mapping, z: str, p: str, name: str = "set") -> DeLong:
    """A comparison of two models with z and p as printed."""
    return DeLong(str(row[name]), str(row["model_1"]), str(row["model_2"]), parse(z, signed=True), parse(p))


def patients_row(row: Mapping, texts: Mapping[str, str] | None = None, name: str = "set") -> Baseline:
    """A line of the table of patients by outcome.

    Args:
        row: of the baseline table.
        texts: negative_value, positive_value, statistic and p as printed; those of the table if there are none.
        name: column with the set.
    """
    binary = row["type"] == "binary"
    own = {"negative_value": str(row["text_0"]), "positive_value": str(row["text_1"])}
    texts = texts or own | {"statistic": _text(row["statistic"]), "p": p_text(row["p"])}
    return Baseline(
        set=str(row[name]),
        variable=str(row["variable"]),
        level="yes" if binary else "",
        kind="count" if binary else str(row["summary"]),
        negative_n=int(row["n_0"]),
        negative_value=texts["negative_value"],
        positive_n=int(row["n_1"]),
        positive_value=texts["positive_value"],
        statistic=parse(texts["statistic"], signed=True),
        label=LABELS.get(str(row["test"]), ""),
        p=parse(texts["p"]),
    )


def logistic_row(row: Mapping, texts: Mapping[str, str]) -> Logistic:
    """A line of odds ratios with the numbers as printed, by the fields of the form."""
    signed = ("coefficient", "z")
    values = {field: parse(text, field in signed) for field, text in texts.items()}
    names = {field: "" if pd.isna(row[field]) else str(row[field]) for field in ("analysis", "variable", "level")}
    return Logistic(**names, set="", **values)


def flow_rows(flow: pd.DataFrame | None) -> list[list[Flow]]:
    """The boxes of each center: a step is what is left of the step before, which those who left complete."""
    if flow is None or flow.empty:
        return []
    charts = []
    for center, own in flow.groupby("center", sort=False):
        rows, before, waiting = [], "", []
        for step, kind, reason, n in zip(own["step"], own["kind"], own["reason"], own["n"], strict=True):
            if kind == "out":
                waiting.append(Flow(f"{center}: {reason} ({step})", int(n), before))
            elif kind == "set":
                rows.append(Flow(f"{center}: {step}", int(n), before))
            else:
                box = f"{center}: {step}"
                rows += [*waiting, Flow(box, int(n), before)]
                before, waiting = box, []
        charts.append(rows)
    return charts


def two_groups(baseline: pd.DataFrame) -> bool:
    """Is it a table of patients with and without an outcome?"""
    return "text_1" in baseline.columns and "text_2" not in baseline.columns


def own_texts(row: Mapping) -> dict[str, str]:
    """Measures of a row of performance, rounded."""
    return {field: _text(row[column]) for column, field in COLUMNS.items()}


def odds_texts(row: Mapping) -> dict[str, str]:
    """Numbers of a row of odds ratios, rounded."""
    columns = {"coefficient": "coefficient", "standard_error": "se", "odds_ratio": "odds_ratio", "low": "low"}
    columns |= {"high": "high", "z": "z"}
    return {field: _text(row[column]) for column, field in columns.items()} | {"p": p_text(row["p"])}


def p_text(value: object) -> str:
    """p with three decimals, as journals print it; '' where there is none."""
    p = float(value)
    return "<0.001" if p < 0.001 else _text(p)


def _binary(performance: pd.DataFrame) -> bool:
    return {"events", "auc"} <= set(performance.columns)


def _known(table: pd.DataFrame | None, column: str) -> list[tuple]:
    """Rows that have a number there; none of a table of another kind of outcome."""
    if table is None or column not in table.columns:
        return []
    return list(table[table[column].notna()].iterrows())


def _text(value: object) -> str:
    """A number rounded as it is printed; '' where there is none."""
    number = float(value)
    return f"{number:.{DIGITS}f}" if math.isfinite(number) else ""
