"""Lines and columns of text of a forest plot: what is said where, and how much room it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from osteon.reporting.language import Say
from osteon.reporting.lettering import PAGE, text_width, wrapped
from osteon.reporting.numbers import integer, interval, is_absent, p_value, with_interval

ESTIMATE, POOLED, PREDICTION, HIDDEN = "estimate", "pooled", "prediction", "hidden"
KINDS = (ESTIMATE, POOLED, PREDICTION, HIDDEN)
COLUMNS = ("group", "level", "kind", "value", "low", "high")
SIZE = 8.5
"""Letters, points."""
LINE, GAP = 0.155, 0.11
"""Height of a line of letters and of the space between two rows, inches."""
SPACE, INDENT = 0.14, 0.12
"""Between two columns, and of a level under its group, inches."""
NAMES = (0.9, 2.6)
"""Least and largest width of the column of names, inches; longer names are broken."""
DIGITS = 2
"""Decimals of the estimates."""


@dataclass(frozen=True)
class Row:
    """A line of the plot: its name, the texts of its columns and what is drawn."""

    name: str
    cells: dict[str, str]
    indent: float
    bold: bool
    data: pd.Series | None

    @property
    def height(self) -> float:
        """Inches."""
        return LINE * (max(self.name.count("\n"), self.cells.get("reason", "").count("\n")) + 1) + GAP


def check_table(table: pd.DataFrame) -> None:
    """ValueError for columns that lack, or a kind that there is not."""
    lacking = [column for column in COLUMNS if column not in table.columns]
    if lacking:
        raise ValueError(f"a forest plot needs the columns {', '.join(COLUMNS)}; {', '.join(lacking)} is not there")
    if unknown := sorted(set(table["kind"]) - set(KINDS)):
        raise ValueError(f"column kind: {', '.join(unknown)} is not one of {', '.join(KINDS)}")


def columns_of(table: pd.DataFrame, measure: str, say: Say) -> dict[str, str]:
    """Titles of the columns of text that have something to show, from left to right."""
    titles = {
        "name": "",
        "n": say("Patients"),
        "events": say("Events"),
        "text": say("{measure} (95% CI)", measure=measure),
        "p": say("P for\ninteraction"),
    }
    filled = {"n": "n", "events": "events", "p": "p_interaction"}
    return {
        key: title
        for key, title in titles.items()
        if key not in filled or (filled[key] in table.columns and table[filled[key]].notna().any())
    }


def laid_out(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    groups: Mapping[str, str],
    levels: Mapping[tuple[str, str], str],
    reasons: Mapping[str, str],
    say: Say,
) -> tuple[list[Row], dict[str, float]]:
    """The rows with headings of groups among them, and the width of each column."""
    rows: list[Row] = []
    # what stands above groups is the whole
    several = table["group"].nunique() > 1
    for group, own in table.groupby("group", sort=False, dropna=False):
        group = "" if is_absent(group) else str(group)
        if group:
            tests = own["p_interaction"].dropna() if "p" in columns else ()
            cells = {"p": p_value(tests.iloc[0])} if len(tests) else {}
            rows.append(Row(groups.get(group, group), cells, 0.0, True, None))
        for _, row in own.iterrows():
            name = _name(row, group, levels, say)
            cells = {"text": _text(row)} if has_mark(row) else {"reason": _reason(row, reasons, say)}
            known = [key for key in ("n", "events") if key in columns and not is_absent(row[key])]
            # nothing of a small cell is told, even if the table knows it
            cells |= {key: integer(row[key]) for key in known if row["kind"] != HIDDEN}
            bold = row["kind"] == POOLED or (several and not group and row["kind"] == ESTIMATE)
            rows.append(Row(name, cells, INDENT if group else 0.0, bold, row))
    widths = {}
    for key, title in columns.items():
        texts = [(row.cells.get(key, ""), row.data is not None and row.bold) for row in rows]
        texts += [(line, True) for line in title.split("\n")]
        widths[key] = max(text_width(text, SIZE, bold) for text, bold in texts)
    wanted = max(text_width(row.name, SIZE, row.bold) + row.indent for row in rows)
    widths["name"] = float(np.clip(wanted, *NAMES))
    left, right = sides_of(columns, widths)
    # a reason takes the place of the mark and of the numbers
    room = PAGE - left - right + SPACE + widths["text"]
    for place, row in enumerate(rows):
        cells = {key: wrapped(text, room, SIZE) if key == "reason" else text for key, text in row.cells.items()}
        # a little more than measured, so that the longest name is not broken by rounding
        name = wrapped(row.name, widths["name"] - row.indent + 0.01, SIZE, 3, row.bold)
        rows[place] = replace(row, name=name, cells=cells)
    return rows, widths


def sides_of(columns: Mapping[str, str], widths: Mapping[str, float]) -> tuple[float, float]:
    """Room on the left and on the right of the axes, inches."""
    left = 0.1 + widths["name"] + sum(SPACE + widths[key] for key in ("n", "events") if key in columns) + SPACE
    return left, 0.1 + sum(SPACE + widths[key] for key in ("text", "p") if key in columns)


def _name(row: pd.Series, group: str, levels: Mapping[tuple[str, str], str], say: Say) -> str:
    if row["kind"] == POOLED:
        return say("Pooled (random effects)")
    if row["kind"] == PREDICTION:
        return say("95% prediction interval")
    return levels.get((group, str(row["level"])), str(row["level"]))


def _text(row: pd.Series) -> str:
    if row["kind"] == PREDICTION:
        return interval(row["low"], row["high"], DIGITS)
    return with_interval(row["value"], row["low"], row["high"], DIGITS)


def _reason(row: pd.Series, reasons: Mapping[str, str], say: Say) -> str:
    reason = row.get("reason")
    if is_absent(reason):
        return say("Hidden") if row["kind"] == HIDDEN else say("No estimate")
    return reasons.get(str(reason), str(reason))


def has_mark(row: pd.Series) -> bool:
    """Whether a row has numbers and a mark."""
    return row["kind"] != HIDDEN and not is_absent(row["low" if row["kind"] == PREDICTION else "value"])


def places_of(
    columns: Mapping[str, str], widths: Mapping[str, float], left: float, right: float
) -> dict[str, tuple[float, str]]:
    """x of each column, inches, and the side to which its texts are set."""
    places: dict[str, tuple[float, str]] = {"name": (0.1, "left")}
    x = 0.1 + widths["name"]
    for key in ("n", "events"):
        if key in columns:
            x += SPACE + widths[key]
            places[key] = (x, "right")
    places["reason"] = (left, "left")
    places["text"] = (PAGE - right + SPACE, "left")
    if "p" in columns:
        places["p"] = (PAGE - 0.1, "right")
    return places
