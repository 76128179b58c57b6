"""Forest plot of estimates by group, from the table that lies beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.transforms import blended_transform_factory

from osteon.reporting.figures import style
from osteon.reporting.forest_rows import (
    ESTIMATE,
    GAP,
    HIDDEN,
    LINE,
    POOLED,
    PREDICTION,
    SIZE,
    Row,
    check_table,
    columns_of,
    has_mark,
    laid_out,
    places_of,
    sides_of,
)
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import PAGE, SMALL, blank_figure, wrapped
from osteon.reporting.numbers import is_absent, significant
from osteon.reporting.palette import COLORS, GREY, INK

# An interval that ends further from its value than this many typical intervals is cut, and an arrow says so.
REACH = 3.0


def forest_figure(
    table: pd.DataFrame,
    measure: str,
    *,
    reference: float | None = None,
    groups: Mapping[str, str] | None = None,
    levels: Mapping[tuple[str, str], str] | None = None,
    reasons: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    log: bool = False,
    say: Say = english,
) -> Figure:
    """Estimates with their intervals, as marks and as numbers; made for the width of a page (170 mm).

    Args:
        table: one row a line, in their order: group ('' stands above all groups), level, kind, value, low, high; and,
            where there are any, n, events, weight (area of the mark), p_interaction (once for each group) and reason.
            Kinds: 'estimate'; 'pooled', a diamond; 'prediction', low and high alone; 'hidden', a small cell whose
            reason stands in the place of its numbers. A row without value shows its reason, too.
        measure: name of what is estimated.
        reference: where a line marks no effect or no knowledge.
        groups: name of each group by its code; others are called by their codes.
        levels: name of each level by the codes of its group and its own; others likewise.
        reasons: sentence of each reason by its code.
        notes: sentences under the plot.
        log: axis in equal ratios, for odds ratios and the like. The axis spans all intervals but what single ones
            have far beyond the others; arrows mark where they go on.
        say: language of the words.

    Raises:
        ValueError: columns that lack, or a kind that there is not.
    """
    check_table(table)
    if table.empty:
        return blank_figure(say("Nothing to draw: no estimates"))
    columns = columns_of(table, measure, say)
    with mpl.rc_context(style() | {"axes.grid": False, "font.size": SIZE}):
        rows, widths = laid_out(table, columns, groups or {}, levels or {}, reasons or {}, say)
        header = LINE * max(title.count("\n") + 1 for title in columns.values()) + GAP
        below = 0.52
        text = wrapped("\n".join(notes), PAGE - 0.2, SMALL, lines=12) if notes else ""
        foot = below + (LINE * (text.count("\n") + 1) + 0.08 if text else 0)
        height = header + sum(row.height for row in rows) + foot
        figure = Figure(figsize=(PAGE, height))
        FigureCanvasAgg(figure)
        left, right = sides_of(columns, widths)
        axes = figure.add_axes(
            (left / PAGE, foot / height, (PAGE - left - right) / PAGE, 1 - (foot + header) / height), label="forest"
        )
        bottom = sum(row.height for row in rows)
        axes.set(ylim=(bottom, 0), yticks=[])
        _axis(axes, table, reference, log)
        places = places_of(columns, widths, left, right)
        across = blended_transform_factory(figure.dpi_scale_trans, axes.transData)
        for key, title in columns.items():
            x, side = places[key]
            axes.text(x, -GAP / 2, title, transform=across, ha=side, va="bottom", weight="bold", linespacing=1.15)
        across_page = blended_transform_factory(figure.transFigure, axes.transData)
        axes.plot([0.1 / PAGE, 1 - 0.1 / PAGE], [0, 0], transform=across_page, color=INK, linewidth=0.8, clip_on=False)
        _draw(axes, rows, places, across, table)
        axes.set_xlabel(measure)
        if text:
            figure.text(0.1 / PAGE, 0.06 / height, text, fontsize=SMALL, color=INK, va="bottom", linespacing=1.25)
    return figure


def _axis(
    axes: Axes,
    table: pd.DataFrame,
    reference: float | None,
    log: bool,
) -> None:
    low, high = _range(table, reference, log)
    if log:
        axes.set_xscale("log")
    axes.set_xlim(low, high)
    if log:
        steps = np.array([1, 2, 5]) if high / low < 200 else np.array([1])
        ticks = np.concatenate([steps * 10.0**power for power in range(-6, 7)])
    else:
        ticks = mpl.ticker.MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    inside = [tick for tick in ticks if low <= tick <= high]
    axes.set_xticks(inside, [significant(tick) for tick in inside])
    axes.set_xticks([], minor=True)
    axes.spines["left"].set_visible(False)
    if reference is not None:
        axes.axvline(reference, color=GREY, linewidth=0.9, zorder=1)
    pooled = table.loc[(table["kind"] == POOLED) & table["value"].notna(), "value"]
    if len(pooled):
        axes.axvline(float(pooled.iloc[0]), color=COLORS[0], linewidth=0.9, linestyle=":", zorder=1)


def _range(table: pd.DataFrame, reference: float | None, log: bool) -> tuple[float, float]:
    """Ends of the axis: all intervals but what single ones have beyond `REACH` typical widths."""
    shown = table[table["kind"] != HIDDEN]
    turn, back = (np.log, np.exp) if log else (np.asarray, np.asarray)
    numbers = shown[["value", "low", "high"]].to_numpy(dtype=float)
    numbers = turn(np.where(numbers > 0, numbers, np.nan) if log else numbers)
    middle = np.where(np.isnan(numbers[:, 0]), numbers[:, 1:].mean(axis=1), numbers[:, 0])
    widths = (numbers[:, 2] - numbers[:, 1])[np.isfinite(numbers[:, 2] - numbers[:, 1])]
    reach = REACH * float(np.median(widths)) if len(widths) else np.inf
    ends = np.concatenate([np.fmax(numbers[:, 1], middle - reach), np.fmin(numbers[:, 2], middle + reach), middle])
    ends = np.append(ends, turn(reference) if reference is not None else np.nan)
    ends = ends[np.isfinite(ends)]
    if not len(ends):
        return (0.1, 10.0) if log else (0.0, 1.0)
    low, high = float(ends.min()), float(ends.max())
    margin = 0.04 * (high - low) or 0.1
    return float(back(low - margin)), float(back(high + margin))


def _draw(
    axes: Axes, rows: list[Row], places: Mapping[str, tuple[float, str]], across: object, table: pd.DataFrame
) -> None:
    heaviest = table["weight"].max() if "weight" in table.columns else np.nan
    y = 0.0
    for row in rows:
        y += row.height / 2
        cells = {"name": row.name, **row.cells}
        for key, text in cells.items():
            x, side = places[key]
            axes.text(
                x + (row.indent if key == "name" else 0),
                y,
                text,
                transform=across,
                ha=side,
                # one line stands on its letters, so that all columns of a row are level
                va="center" if "\n" in text else "center_baseline",
                weight="bold" if row.bold and (key == "name" or row.data is not None) else "normal",
                color=GREY if key == "reason" else INK,
                linespacing=1.15,
                # lines of the plot end at the sentence
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1} if key == "reason" else None,
            )
        if row.data is not None and has_mark(row.data):
            _mark(axes, row.data, y, heaviest)
        y += row.height / 2


def _mark(axes: Axes, row: pd.Series, y: float, heaviest: float) -> None:
    left, right = axes.get_xlim()
    low, high, color = row["low"], row["high"], COLORS[0]
    if row["kind"] == POOLED and not is_absent(low):
        corners = [(low, y), (row["value"], y - 0.08), (high, y), (row["value"], y + 0.08)]
        axes.add_patch(Polygon(corners, closed=True, facecolor=color, edgecolor=color, linewidth=0.8, zorder=3))
        return
    if not is_absent(low):
        ends = max(low, left), min(high, right)
        axes.hlines(y, *ends, color=INK if row["kind"] == ESTIMATE else color, linewidth=1.2, zorder=2)
        for end, beyond, mark in ((ends[0], low < left, "<"), (ends[1], high > right, ">")):
            if beyond:
                axes.plot([end], [y], marker=mark, markersize=5, color=INK, clip_on=False, zorder=3)
            elif row["kind"] == PREDICTION:
                axes.plot([end], [y], marker="|", markersize=7, color=color, zorder=3)
    if row["kind"] == PREDICTION or not left <= row["value"] <= right:
        return
    weight = row.get("weight")
    size = 5.5 if is_absent(weight) or not heaviest > 0 else 3 + 5.5 * float(np.sqrt(weight / heaviest))
    axes.plot(
        [row["value"]],
        [y],
        marker="s",
        markersize=size,
        color=color,
        markeredgecolor="white",
        markeredgewidth=0.6,
        zorder=4,
    )
