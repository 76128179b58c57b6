"""Tables as the report shows them, and those on patients and images."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from osteon.reporting.flow import SETS, stage_names, step_names
from osteon.reporting.language import Say, english, sentence
from osteon.reporting.numbers import ABSENT, integer, interval, is_absent, number, p_value, significant
from osteon.tables.explanations import explained

LINKAGE_SHOWN = 200
"""Rows of the linkage table on the page."""
_KNOWN_FOR = re.compile(r"(.*) \(known for (\d+)\)")


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
        english: columns, counted from 0, with messages of the run, which are in English whatever the language.
    """

    key: str
    caption: str
    columns: list[str]
    rows: list[list[str]]
    words: int = 1
    notes: list[str] = field(default_factory=list)
    sources: Sequence[str] = ()
    english: Sequence[int] = ()


def flow_table(
    flow: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """Cases left after each step, per center and in all.

    A center that delivers features has no steps of images; its cases count in all as after its last step.
    """
    rows = []
    left = pd.Series(0, index=list(centers))
    for step, label in step_names(say).items():
        own = flow[(flow["step"] == step) & (flow["kind"] != "out")].set_index("center")["n"]
        if len(own):
            left.update(own)
            total = own.sum() if step in SETS else left.sum()
            rows.append([label, *(integer(own.get(center)) for center in centers), integer(total)])
    out = flow[flow["kind"] == "out"].groupby("center")["n"].sum()
    rows.append([say("Excluded in all"), *(integer(out.get(center, 0)) for center in centers), integer(out.sum())])
    columns = [say("Step"), *centers.values(), say("All")]
    return DisplayTable("flow-counts", say("Cases left after each step."), columns, rows, 1, sources=sources)


def excluded_table(
    excluded: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """Every excluded case with its reason in a sentence and what to do."""
    stages = stage_names(say)
    rows = [
        [
            str(row["subject"]),
            centers[row["center"]],
            stages.get(row["stage"], row["stage"]),
            sentence(str(row["explanation"]), say),
            as_text(row["detail"]),
            _sentence(row["action"], say),
        ]
        for _, row in excluded.iterrows()
    ]
    columns = [say("Case"), say("Hospital"), say("Step"), say("Reason"), say("Found"), say("What to do")]
    caption = say("Excluded cases, each with its reason.")
    return DisplayTable("excluded-cases", caption, columns, rows, 6, sources=sources, english=(4,))


def linkage_table(
    linkage: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """What does not fit between images and participants, what excludes a case first; a long list is cut."""
    severities = severity_names(say)
    rows = [
        [
            sentence(explained(row["problem"])[0], say),
            severities[row["severity"]],
            as_text(row["subject"]),
            centers.get(row["center"], ABSENT),
            as_text(row["detail"]),
            _sentence(row["action"], say),
        ]
        for _, row in linkage.head(LINKAGE_SHOWN).iterrows()
    ]
    columns = [say("Problem"), say("Severity"), say("Case"), say("Hospital"), say("Found"), say("What to do")]
    hidden = len(linkage) - len(rows)
    notes = [say("{n} more are in the file.", n=integer(hidden))] if hidden else []
    caption = say("Images and participants that do not fit together.")
    return DisplayTable("linkage-problems", caption, columns, rows, 6, notes, sources, english=(4,))


def severity_names(say: Say = english) -> dict[str, str]:
    """How grave a finding is, the worst first."""
    return {"exclude": say("exclude"), "review": say("review"), "note": say("note")}


def acquisition_display(
    acquisition: pd.DataFrame,
    centers: Mapping[str, str],
    sequences: Mapping[str, str],
    sources: Sequence[str] = (),
    say: Say = english,
) -> DisplayTable:
    """How the images were acquired."""
    headings = {
        "field_t": say("Field (T)"),
        "repetition_time_ms": say("TR (ms)"),
        "echo_time_ms": say("TE (ms)"),
        "slice_thickness_mm": say("Slice thickness (mm)"),
        "slice_spacing_mm": say("Slice spacing (mm)"),
        "pixel_spacing_mm": say("Pixel (mm)"),
        "matrix": say("Matrix"),
        "acquired_matrix": say("Acquired matrix"),
    }
    rows = [
        [
            centers[row["center"]],
            sequences.get(row["sequence"]) or str(row["sequence"]),
            known_for(str(row["scanner"]), say),
            integer(row["n"]),
            *(known_for(as_text(row[key]), say) for key in headings),
        ]
        for _, row in acquisition.iterrows()
    ]
    return DisplayTable(
        "acquisition-table",
        say("Acquisition, read from the image headers: one value, or the range."),
        [say("Hospital"), say("Sequence"), say("Scanner"), say("n"), *headings.values()],
        rows,
        3,
        sources=sources,
    )


def baseline_table(
    baseline: pd.DataFrame, outcome: str, groups: Sequence[str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """Clinical variables of each set of patients, by outcome.

    Args:
        baseline: columns patients (name of the set) and those of `statistics.baseline`.
        outcome: what is predicted.
        groups: headings of the outcome's groups in the order of their codes; none for a number.
        sources: paths of the files.
        say: the reader's language.
    """
    tests = names_of_tests(say)
    rows = [
        [
            str(row["patients"]),
            _variable(row),
            *(_summary(row, group, say) for group in ("all", *map(str, range(len(groups))))),
            tests.get(row["test"], as_text(row["test"])),
            *([] if groups else [_statistic(row)]),
            p_value(row["p"]),
        ]
        for _, row in baseline.iterrows()
    ]
    statistic = [] if groups else [say("Spearman's rho")]
    columns = [say("Patients"), say("Variable"), say("All"), *groups, say("Test"), *statistic, say("P")]
    notes = [
        say("Continuous variables: mean ± standard deviation. Binary ones: number (% of known values).")
        if (baseline["summary"] == "mean_sd").any()
        else say("Continuous variables: median (lower to upper quartile). Binary ones: number (% of known values).")
    ]
    if not groups:
        notes.append(say("Tests: whether the variable goes with {outcome}.", outcome=outcome))
    caption = say("Clinical variables by {outcome}.", outcome=outcome)
    return DisplayTable("baseline", caption, columns, rows, 2, notes, sources)


def names_of_tests(say: Say) -> dict[str, str]:
    """Names of the tests of `statistics.baseline`."""
    return {
        "mann_whitney_u": say("Mann-Whitney U"),
        "kruskal_wallis": say("Kruskal-Wallis"),
        "welch_t": say("Welch's t"),
        "welch_anova": say("Welch's ANOVA"),
        "spearman": say("Spearman"),
        "chi_square": say("Chi-square"),
        "chi_square_yates": say("Chi-square, Yates"),
        "fisher_exact": say("Fisher exact"),
    }


def software_table(software: pd.DataFrame, sources: Sequence[str] = (), say: Say = english) -> DisplayTable:
    """Names and versions."""
    return DisplayTable(
        "versions",
        say("Software that can change a result."),
        [say("Software"), say("Version")],
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


def known_for(text: str, say: Say = english) -> str:
    """A summary of headers that says for how many images the value is known, in the reader's language."""
    found = _KNOWN_FOR.fullmatch(text)
    return say("{value} (known for {n})", value=found[1], n=found[2]) if found else text


def _sentence(text: object, say: Say) -> str:
    return ABSENT if is_absent(text) else sentence(str(text), say)


def _variable(row: pd.Series) -> str:
    return str(row["label"]) if is_absent(row["unit"]) else f"{row['label']} ({row['unit']})"


def _statistic(row: pd.Series) -> str:
    return number(row["statistic"], 2) if row["test"] == "spearman" else ABSENT


def _summary(row: pd.Series, group: str, say: Say) -> str:
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
    return text if missing == "0" else say("{text}; {n} missing", text=text, n=missing)
