"""Drawing of a nomogram, from the table that lies beside it."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from osteon.reporting.figures import style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import PAGE, SMALL, text_width, wrapped
from osteon.reporting.nomogram import END, FULL, LINEAR, MAJOR, POINTS, RISK, TERM, TOTAL
from osteon.reporting.numbers import integer, significant
from osteon.reporting.palette import COLORS, FAINT, INK

ROW = 0.46
"""Height of an axis with its numbers, inches."""
NAMES = (1.2, 2.3)
"""Least and largest width of the names, inches."""
LONG, SHORT = 0.07, 0.035
"""Marks of the axes, inches."""
APART = 0.06
"""Least space between two numbers, inches."""


def nomogram_figure(
    table: pd.DataFrame,
    names: Mapping[str, str] | None = None,
    levels: Mapping[str, Mapping[float, str]] | None = None,
    say: Say = english,
) -> Figure:
    """Axes of points, of each term, of the sum of points, of the log-odds and of the risk; for the width of a page.

    Args:
        table: from `nomogram.nomogram_table`.
        names: name of each term, with its unit; others are called by their columns.
        levels: texts of the two values of binary terms; others show the values.
        say: language of the words.
    """
    names, levels = names or {}, levels or {}
    terms = list(dict.fromkeys(table.loc[table["axis"] == TERM, "term"]))
    titles = {
        (POINTS, ""): say("Points"),
        **{(TERM, term): names.get(term, term) for term in terms},
        (TOTAL, ""): say("Total points"),
        (LINEAR, ""): say("Log-odds"),
        (RISK, ""): say("Predicted risk"),
    }
    wide = float(np.clip(max(text_width(title, 9.5, axis != TERM) for (axis, _), title in titles.items()), *NAMES))
    note = wrapped(_note(table.iloc[0], names, say), PAGE - 0.2, SMALL, 5)
    left, right, foot = wide + 0.3, 0.3, 0.14 * (note.count("\n") + 1) + 0.12
    height = ROW * len(titles) + foot + 0.1
    most = float(table.loc[table["axis"] == TOTAL, "points"].max())
    with mpl.rc_context(style() | {"axes.grid": False}):
        figure = Figure(figsize=(PAGE, height))
        FigureCanvasAgg(figure)
        axes = figure.add_axes((left / PAGE, foot / height, 1 - (left + right) / PAGE, ROW * len(titles) / height))
        # y in inches from the top, x as the share of the axis of points
        axes.set(xlim=(0, 1), ylim=(ROW * len(titles), 0))
        axes.axis("off")
        across = blended_transform_factory(figure.dpi_scale_trans, axes.transData)
        length = PAGE - left - right
        for place, ((axis, term), title) in enumerate(titles.items()):
            y = ROW * (place + 0.55)
            own = table[(table["axis"] == axis) & (table["term"] == term)]
            x = own["points"] / (FULL if axis in (POINTS, TERM) else most)
            _axis(axes, own.assign(x=x.clip(0, 1)), y, levels.get(term, {}), length)
            weight = "normal" if axis == TERM else "bold"
            text = wrapped(title, wide + 0.01, 9.5, 2, weight == "bold")
            axes.text(0.1, y, text, transform=across, va="center", weight=weight, linespacing=1.1)
        _guides(axes, len(terms))
        figure.text(0.1 / PAGE, 0.06 / height, note, fontsize=SMALL, va="bottom", linespacing=1.25)
    return figure


def _note(row: pd.Series, names: Mapping[str, str], say: Say) -> str:
    sentences = [say("The points of all terms add up to the total, and the risk of that total lies straight below it.")]
    n = integer(row["patients"])
    if row["ranges"] == "percentiles":
        text = say("Axes run from the 1st to the 99th percentile of the {n} training patients.", n=n)
    else:
        text = say("Axes run from the least to the greatest value of the {n} training patients.", n=n)
    sentences.append(text)
    if row["left_out"]:
        left_out = ", ".join(names.get(term, term) for term in row["left_out"].split(", "))
        sentences.append(say("Without influence on the risk and left out: {terms}.", terms=left_out))
    return " ".join(sentences)


def _axis(axes: Axes, own: pd.DataFrame, y: float, levels: Mapping[float, str], length: float) -> None:
    """A line with its marks, and as many numbers as have room, those nearest to the ends first."""
    ends = own.loc[own["mark"] == END, "x"]
    axes.plot([ends.min(), ends.max()], [y, y], color=INK, linewidth=1.0, solid_capstyle="butt", clip_on=False)
    marks = own[own["mark"] != END]
    for mark, size in ((MAJOR, LONG), (END, LONG), ("minor", SHORT)):
        x = own.loc[own["mark"] == mark, "x"]
        axes.vlines(x, y - size, y, color=INK, linewidth=0.8 if mark != "minor" else 0.5, clip_on=False)
    major = marks[marks["mark"] == MAJOR].sort_values("x")
    digits = _digits(major["value"].to_numpy(dtype=float))
    texts = [_number(row, levels, digits) for _, row in major.iterrows()]
    taken: list[tuple[float, float]] = []
    two = len(texts) == 2
    for place in _first_the_ends(len(texts)):
        text, middle = texts[place], float(major["x"].iloc[place]) * length
        half = text_width(text, SMALL) / 2 + APART / 2
        free = all(middle + half <= low or middle - half >= high for low, high in taken)
        if not free and not two:
            continue
        # the second of two that lie close goes under the line
        axes.text(
            *(middle / length, y - LONG - 0.015 if free else y + 0.03, text),
            ha="center",
            fontsize=SMALL,
            va="bottom" if free else "top",
        )
        taken.append((middle - half, middle + half))


def _first_the_ends(count: int) -> list[int]:
    """Positions 0 .. count-1: both ends, then every fourth, every second and all, so that gaps are even."""
    order = [0, count - 1, *range(0, count, 4), *range(0, count, 2), *range(count)]
    return [place for place in dict.fromkeys(order) if 0 <= place < count]


def _digits(values: np.ndarray) -> int:
    """Significant digits that tell neighbouring values apart, at least four."""
    if len(values) < 2 or not np.ptp(values):
        return 4
    step = np.abs(np.diff(np.sort(values))).min()
    return max(4, int(np.ceil(np.log10(np.abs(values).max() / step))) + 2)


def _number(row: pd.Series, levels: Mapping[float, str], digits: int) -> str:
    if row["binary"] and row["value"] in levels:
        return levels[row["value"]]
    if row["axis"] == RISK:
        return f"{significant(100 * row['value'], digits)}%"
    return significant(row["value"], digits)


def _guides(axes: Axes, terms: int) -> None:
    """Faint lines from the axis of points down through the terms, and from the total to the risk."""
    for x in np.linspace(0, 1, 11):
        axes.vlines(x, ROW * 0.55, ROW * (terms + 0.95), color=FAINT, linewidth=0.5, zorder=0)
    axes.axhline(ROW * (terms + 1.02), color=COLORS[0], linewidth=0.6, alpha=0.5, zorder=0)
