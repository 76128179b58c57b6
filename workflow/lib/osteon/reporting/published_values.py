"""Numbers of this study in the form in which a paper prints them, for a printed row at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from osteon.config.published import Layout, PrintedTable
from osteon.config.study import Study
from osteon.config.validation_parts import EXTERNAL, INTERNAL, cohort_parts
from osteon.reporting.content import ReportContent, read_content
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import (
    ABSENT,
    DASH,
    integer,
    is_absent,
    number,
    p_value,
    percent,
    significant,
    with_interval,
)
from osteon.reporting.paper.baseline import named_tests
from osteon.tables.files import read_table

READ = ("performance", "pairwise", "baseline", "acquisition")
BY_PART = ("shap_importance", "correlations")
MEASURES = {"precision": "ppv"}
"""Columns of the form of performance that Osteon calls otherwise."""
SIZE = re.compile(r"(\d+)×(\d+)")


@dataclass(frozen=True)
class OwnNumbers:
    """What this study has beside the printed tables.

    Attributes:
        content: with performance, pairwise, baseline and acquisition.
        logistic: from `statistics.association.association_table`.
        by_part: shap_importance and correlations by name and part of the validation.
        sources: paths of the files by kind of printed table, relative to the report.
    """

    content: ReportContent
    logistic: pd.DataFrame | None = None
    by_part: Mapping[str, Mapping[str, pd.DataFrame]] = field(default_factory=dict)
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read_own(study: Study, files: Mapping[str, str | Sequence[str]], folder: str, say: Say = english) -> OwnNumbers:
    """Read the result files that printed tables are compared with.

    Args:
        study: the configuration.
        files: paths by name: `READ`, logistic, and lists of `BY_PART`, one per cohort.
        folder: where the report lies.
        say: the reader's language.
    """

    def paths(name: str) -> list[str]:
        given = files.get(name, [])
        return [given] if isinstance(given, str) else list(given)

    parts = cohort_parts(study)
    kinds = {
        "protocol": "acquisition",
        "delong": "pairwise",
        "shares": "shap_importance",
        **{name: name for name in ("baseline", "logistic", "performance", "correlations")},
    }
    return OwnNumbers(
        read_content(study, {name: files[name] for name in READ if paths(name)}, folder, say),
        read_table(paths("logistic")[0]) if paths("logistic") else None,
        {
            name: {part: read_table(path, text=("model",)) for part, path in zip(parts, paths(name), strict=True)}
            for name in BY_PART
            if paths(name)
        },
        {kind: [os.path.relpath(path, folder) for path in paths(name)] for kind, name in kinds.items()},
    )


def own_row(own: OwnNumbers, table: PrintedTable, layout: Layout, row: Mapping[str, str]) -> pd.Series | None:
    """This study's row for a printed one; None where it has none.

    Args:
        own: this study.
        table: the printed table.
        layout: with the names of the study.
        row: cells of the printed row by column.
    """
    named = {key: layout.named(row.get(key, "")) for key in ("set", "model", "model_1", "model_2", "variable", "item")}
    match table.kind:
        case "protocol":
            place = {name: layout.named(row[name]) for name in ("center", "sequence")}
            return _found(own.content.acquisition, **place)
        case "logistic":
            return _found(own.logistic, analysis=row["analysis"], variable=named["variable"])
        case "shares":
            return _of_term(own, "shap_importance", table, "term", named["item"])
        case "correlations":
            return _of_term(own, "correlations", table, "variable", named["variable"])
    name = {"baseline": "baseline", "performance": "performance", "delong": "pairwise"}[table.kind]
    part, set_name = _place(named["set"])
    key = part.removeprefix(EXTERNAL)
    frame = next((one.table(name) for one in own.content.parts if one.key == key), None)
    if table.kind == "baseline":
        return _matching_level(own.content.study, _found(frame, set=set_name, variable=named["variable"]), row)
    if table.kind == "performance":
        return _found(frame, set=set_name, model=named["model"])
    pair = named["model_1"], named["model_2"]
    found = _found(frame, set=set_name, model_1=pair[0], model_2=pair[1])
    if found is None and (turned := _found(frame, set=set_name, model_1=pair[1], model_2=pair[0])) is not None:
        found = turned.copy()
        found["z"] = -turned["z"]
    return found


def own_cell(kind: str, column: str, own: pd.Series | None, printed: str, say: Say = english) -> str:
    """A number of this study with as many decimals as the printed one has; an en dash where there is none.

    Args:
        kind: form of the printed table.
        column: one of `config.published.COMPARED`.
        own: from `own_row`.
        printed: the printed cell.
        say: the reader's language.
    """
    if own is None:
        return ABSENT
    digits = decimals(printed)
    match kind, column:
        case "protocol", _:
            return _acquired(own, column)
        case "baseline", "negative_value" | "positive_value":
            return _summary(own, {"negative_value": 0, "positive_value": 1}[column], printed)
        case "baseline", "statistic":
            test = named_tests(say).get(str(own["test"]))
            if test is None or is_absent(own["statistic"]) or not test.symbol:
                return "Fisher" if test is not None and not test.symbol else ABSENT
            return f"{test.symbol} {number(own['statistic'], digits)}"
        case _, "p":
            return p_value(own["p"])
        case "logistic", "odds_ratio":
            return with_interval(own["odds_ratio"], own["low"], own["high"], digits)
        case "logistic", _:
            return number(own[{"se": "standard_error"}.get(column, column)], digits)
        case "performance", _:
            name = MEASURES.get(column, column)
            return with_interval(own[name], own.get(f"{name}_low"), own.get(f"{name}_high"), digits)
        case "shares", _:
            return percent(own["share"], 1)
        case "correlations", _:
            return with_interval(own["r"], own["low"], own["high"], digits)
    return number(own[column], digits)


def decimals(printed: str) -> int:
    """Decimals of the first number of a printed cell; 3 where nothing is printed."""
    found = re.search(r"\d*\.(\d+)|\d+", printed)
    return 3 if found is None else len(found[1] or "")


def _place(name: str) -> tuple[str, str]:
    """Part of the validation and set in it, of train, test or the code of an external center."""
    return (INTERNAL, name) if name in ("train", "test") else (f"{EXTERNAL}center-{name}", "external")


def _found(table: pd.DataFrame | None, **where: str) -> pd.Series | None:
    if table is None or table.empty:
        return None
    rows = table
    for column, value in where.items():
        rows = rows[rows[column].astype(str) == value]
    return None if rows.empty else rows.iloc[0]


def _of_term(own: OwnNumbers, name: str, table: PrintedTable, column: str, term: str) -> pd.Series | None:
    part, set_name = _place(str(table.set))
    frame = own.by_part.get(name, {}).get(part)
    return _found(frame, model=str(table.model), set=set_name, **{column: term})


def _matching_level(study: Study, found: pd.Series | None, row: Mapping[str, str]) -> pd.Series | None:
    """Only the level that the study counts has a number."""
    if found is None or row.get("kind") != "count":
        return found
    counted = study.variables[found["variable"]].positive
    return found if str(counted).casefold() == row.get("level", "").casefold() else None


def _summary(own: pd.Series, group: int, printed: str) -> str:
    """As it is printed: count with or without percentage, mean ± SD, median with the quartiles or their distance."""
    if own["summary"] == "count":
        count = integer(own[f"count_{group}"])
        return f"{count} ({number(own[f'percent_{group}'], 1)}%)" if "%" in printed else count
    digits = decimals(printed)
    if own["summary"] == "mean_sd":
        return f"{number(own[f'mean_{group}'], digits)} ± {number(own[f'sd_{group}'], digits)}"
    low, high = own[f"lower_quartile_{group}"], own[f"upper_quartile_{group}"]
    if is_absent(low):
        return ABSENT
    inside = printed.partition("(")[2]
    both = re.search(rf"\d\s*[-,{DASH}]\s*\d", inside)
    spread = f"{number(low, digits)}{DASH}{number(high, digits)}" if both else number(high - low, digits)
    return f"{number(own[f'median_{group}'], digits)} ({spread})"


def _acquired(own: pd.Series, column: str) -> str:
    names = {
        "tr_ms": "repetition_time_ms",
        "te_ms": "echo_time_ms",
        "slice_thickness_mm": "slice_thickness_mm",
        "matrix": "acquired_matrix",
        "scanner": "scanner",
        "field_t": "field_t",
    }
    if column in names:
        value = own[names[column]]
        return significant(value, 4) if isinstance(value, (int, float)) else str(value)
    if column == "slice_gap_mm":
        gaps = [pd.to_numeric(own[name], errors="coerce") for name in ("slice_spacing_mm", "slice_thickness_mm")]
        return number(gaps[0] - gaps[1], 1)
    sizes = SIZE.match(str(own["matrix"])), re.match(r"([\d.]+)×([\d.]+)", str(own["pixel_spacing_mm"]))
    if not all(sizes):
        return ABSENT
    width, height = (
        number(float(size) * float(step), 0) for size, step in zip(*(one.groups() for one in sizes), strict=True)
    )
    return f"{width}×{height}"
