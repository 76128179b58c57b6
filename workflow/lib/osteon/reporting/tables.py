"""Tables as the report shows them, and those on patients and images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from osteon.reporting.flow import SETS, STAGE_NAMES, STEP_NAMES
from osteon.reporting.numbers import ABSENT, integer, interval, is_absent, number, p_value, significant
from osteon.tables.explanations import explained

LINKAGE_SHOWN = 200
"""Rows of the linkage table on the page."""
TEST_NAMES = {
    "mann_whitney_u": "Mann-Whitney U",
    "kruskal_wallis": "Kruskal-Wallis",
    "welch_t": "Welch's t",
    "welch_anova": "Welch's ANOVA",
    "spearman": "Spearman",
    "chi_square": "Chi-square",
    "chi_square_yates": "Chi-square, Yates",
    "fisher_exact": "Fisher exact",
}


@dataclass(frozen=True)
class DisplayTable:
    """A table of text cells.

    Attributes:
        key: id on the page.
        caption: what the table shows, in a sentence.
        columns: headings.
        rows: cells; the first one names the row.
        words: leading columns that hold words and are set flush left.
        notes: footnotes.
        sources: paths of the files with all digits, relative to the report.
    """

    key: str
    caption: str
    columns: list[str]
    rows: list[list[str]]
    words: int = 1
    notes: list[str] = field(default_factory=list)
    sources: Sequence[str] = ()


def flow_table(flow: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """Cases left after each step, per center and in all.

    A center that delivers features has no steps of images; its cases count in all as after its last step.
    """
    rows = []
    left = pd.Series(0, index=list(centers))
    for step, label in STEP_NAMES.items():
        own = flow[(flow["step"] == step) & (flow["kind"] != "out")].set_index("center")["n"]
        if len(own):
            left.update(own)
            total = own.sum() if step in SETS else left.sum()
            rows.append([label, *(integer(own.get(center)) for center in centers), integer(total)])
    out = flow[flow["kind"] == "out"].groupby("center")["n"].sum()
    rows.append(["Excluded in all", *(integer(out.get(center, 0)) for center in centers), integer(out.sum())])
    return DisplayTable(
        "flow-counts", "Cases left after each step.", ["Step", *centers.values(), "All"], rows, 1, sources=sources
    )


def excluded_table(excluded: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """Every excluded case with its reason in a sentence and what to do."""
    rows = [
        [
            str(row["subject"]),
            centers[row["center"]],
            STAGE_NAMES.get(row["stage"], row["stage"]),
            str(row["explanation"]),
            as_text(row["detail"]),
            as_text(row["action"]),
        ]
        for _, row in excluded.iterrows()
    ]
    columns = ["Case", "Hospital", "Step", "Reason", "Found", "What to do"]
    return DisplayTable("excluded-cases", "Excluded cases, each with its reason.", columns, rows, 6, sources=sources)


def linkage_table(linkage: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """What does not fit between images and participants, what excludes a case first; a long list is cut."""
    rows = [
        [
            explained(row["problem"])[0],
            str(row["severity"]),
            as_text(row["subject"]),
            centers.get(row["center"], ABSENT),
            as_text(row["detail"]),
            as_text(row["action"]),
        ]
        for _, row in linkage.head(LINKAGE_SHOWN).iterrows()
    ]
    columns = ["Problem", "Severity", "Case", "Hospital", "Found", "What to do"]
    hidden = len(linkage) - len(rows)
    notes = [f"{integer(hidden)} more are in the file."] if hidden else []
    caption = "Images and participants that do not fit together."
    return DisplayTable("linkage-problems", caption, columns, rows, 6, notes, sources)


def acquisition_display(
    acquisition: pd.DataFrame, centers: Mapping[str, str], sequences: Mapping[str, str], sources: Sequence[str] = ()
) -> DisplayTable:
    """How the images were acquired."""
    headings = {
        "field_t": "Field (T)",
        "repetition_time_ms": "TR (ms)",
        "echo_time_ms": "TE (ms)",
        "slice_thickness_mm": "Slice thickness (mm)",
        "slice_spacing_mm": "Slice spacing (mm)",
        "pixel_spacing_mm": "Pixel (mm)",
        "matrix": "Matrix",
        "acquired_matrix": "Acquired matrix",
    }
    rows = [
        [
            centers[row["center"]],
            sequences.get(row["sequence"]) or str(row["sequence"]),
            str(row["scanner"]),
            integer(row["n"]),
            *(as_text(row[key]) for key in headings),
        ]
        for _, row in acquisition.iterrows()
    ]
    return DisplayTable(
        "acquisition-table",
        "Acquisition, read from the image headers: one value, or the range.",
        ["Hospital", "Sequence", "Scanner", "n", *headings.values()],
        rows,
        3,
        sources=sources,
    )


def baseline_table(
    baseline: pd.DataFrame, outcome: str, groups: Sequence[str], sources: Sequence[str] = ()
) -> DisplayTable:
    """Clinical variables of each set of patients, by outcome.

    Args:
        baseline: columns patients (name of the set) and those of `statistics.baseline`.
        outcome: what is predicted.
        groups: headings of the outcome's groups in the order of their codes; none for a number.
        sources: paths of the files.
    """
    rows = [
        [
            str(row["patients"]),
            _variable(row),
            *(_summary(row, group) for group in ("all", *map(str, range(len(groups))))),
            TEST_NAMES.get(row["test"], as_text(row["test"])),
            *([] if groups else [_statistic(row)]),
            p_value(row["p"]),
        ]
        for _, row in baseline.iterrows()
    ]
    columns = ["Patients", "Variable", "All", *groups, "Test", *([] if groups else ["Spearman's rho"]), "P"]
    means = (baseline["summary"] == "mean_sd").any()
    continuous = "mean ± standard deviation" if means else "median (lower to upper quartile)"
    notes = [f"Continuous variables: {continuous}. Binary ones: number (% of known values)."]
    if not groups:
        notes.append(f"Tests: whether the variable goes with {outcome}.")
    return DisplayTable("baseline", f"Clinical variables by {outcome}.", columns, rows, 2, notes, sources)


def software_table(software: pd.DataFrame, sources: Sequence[str] = ()) -> DisplayTable:
    """Names and versions."""
    return DisplayTable(
        "versions",
        "Software that can change a result.",
        ["Software", "Version"],
        [[str(name), str(version)] for name, version in software.itertuples(index=False)],
        2,
        sources=sources,
    )


def as_text(value: object) -> str:
    """A cell of unknown kind: numbers with four significant digits, missing ones as an en dash."""
    if is_absent(value):
        return ABSENT
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return significant(value, 4)
    return str(value)


def _variable(row: pd.Series) -> str:
    return str(row["label"]) if is_absent(row["unit"]) else f"{row['label']} ({row['unit']})"


def _statistic(row: pd.Series) -> str:
    return number(row["statistic"], 2) if row["test"] == "spearman" else ABSENT


def _summary(row: pd.Series, group: str) -> str:
    """'66.5 (60.2–72.0)' or '12 (40.0%)', and how many values are missing."""
    if row["type"] == "binary":
        text = (
            ABSENT
            if is_absent(row[f"count_{group}"])
            else (f"{integer(row[f'count_{group}'])} ({number(row[f'percent_{group}'], 1)}%)")
        )
    elif row["summary"] == "mean_sd":
        mean, deviation = row[f"mean_{group}"], row[f"sd_{group}"]
        text = ABSENT if is_absent(mean) else f"{number(mean, 1)} ± {number(deviation, 1)}"
    else:
        between = interval(row[f"lower_quartile_{group}"], row[f"upper_quartile_{group}"], 1)
        text = f"{number(row[f'median_{group}'], 1)} ({between})" if between else ABSENT
    missing = integer(row[f"missing_{group}"])
    return text if missing == "0" else f"{text}; {missing} missing"
