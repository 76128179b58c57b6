"""Metrics of a model in several sets: a radar, as papers draw it, and the dots with intervals that say it better."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from osteon.reporting.figures import TICKS, style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import COLUMN, PAGE, blank_figure, wrapped
from osteon.reporting.numbers import number
from osteon.reporting.palette import FAINT, GREY, INK, look, marker

HEIGHT = 3.9
"""Of the radar, inches."""
ROW = 0.18
"""Height of a dot with its interval, inches; metrics lie one row apart."""
FEWEST = 3
"""Metrics that a polygon needs."""


def radar_data(performance: pd.DataFrame, model: str, measures: Mapping[str, str]) -> pd.DataFrame:
    """The table that lies beside the figure: set, measure, value, low, high; one row a metric of a set.

    Args:
        performance: set, model, and each measure with its '_low' and '_high', where it has an interval.
        model: whose metrics.
        measures: columns with their names, in the order of the figure. All must lie between 0 and 1, because the
            radar has one axis for all.

    Raises:
        ValueError: a model or a measure that is not in the table, or values beyond 0 and 1.
    """
    own = performance[performance["model"] == model]
    if own.empty:
        known = ", ".join(map(str, dict.fromkeys(performance["model"])))
        raise ValueError(f"model {model!r} is not in the table of performances, which has {known}")
    if lacking := [measure for measure in measures if measure not in own.columns]:
        raise ValueError(f"the table of performances has no column {', '.join(lacking)}")
    rows = [
        (row["set"], measure, *(row.get(f"{measure}{end}", np.nan) for end in ("", "_low", "_high")))
        for _, row in own.iterrows()
        for measure in measures
    ]
    table = pd.DataFrame(rows, columns=["set", "measure", "value", "low", "high"])
    wrong = table[(table["value"] < 0) | (table["value"] > 1)]
    if len(wrong):
        raise ValueError(f"{', '.join(dict.fromkeys(wrong['measure']))}: a radar shows values from 0 to 1 alone")
    return table


def radar_caption(say: Say = english) -> str:
    """What must be read with a radar."""
    return say(
        "The area of a polygon says nothing: it depends on the order of the metrics, and metrics that hang together "
        "count several times. Read the dots with their intervals."
    )


def radar_figure(
    data: pd.DataFrame, measures: Mapping[str, str], titles: Mapping[str, str], say: Say = english
) -> Figure:
    """Radar on the left, dots with intervals on the right; for the width of a page. Fewer than 3 metrics: dots only.

    Args:
        data: from `radar_data`. A metric without value leaves a gap in the polygon.
        measures: name of each metric, in their order.
        titles: name of each set, in the order of the legend; sets that are not in the data are left out.
        say: language of the words.
    """
    titles = {name: title for name, title in titles.items() if name in set(data["set"])}
    if not titles:
        return blank_figure(say("Nothing to draw: no set of patients"))
    if len(measures) < FEWEST:
        return dots_figure(data, measures, titles, say)
    dots = _height(measures, titles)
    note = wrapped(radar_caption(say), PAGE - 0.3, 8, 4)
    with mpl.rc_context(style()):
        figure = Figure(figsize=(PAGE, max(HEIGHT, dots) + 0.8), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.1, h_pad=0.08, wspace=0.08)
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(1, 2, width_ratios=[1.1, 1])
        radar = figure.add_subplot(grid[0], projection="polar")
        _radar(radar, data, measures, titles)
        _dots(figure.add_subplot(grid[1]), data, measures, titles, say)
        handles, labels = radar.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=min(len(labels), 3), alignment="left")
        figure.supxlabel(note, x=0.02, ha="left", fontsize=8, color=INK)
    return figure


def dots_figure(
    data: pd.DataFrame, measures: Mapping[str, str], titles: Mapping[str, str], say: Say = english
) -> Figure:
    """Dots with intervals alone, for the width of a column; arguments as those of `radar_figure`."""
    titles = {name: title for name, title in titles.items() if name in set(data["set"])}
    if not titles:
        return blank_figure(say("Nothing to draw: no set of patients"), COLUMN)
    with mpl.rc_context(style()):
        figure = Figure(figsize=(COLUMN, _height(measures, titles) + 0.8), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _dots(axes, data, measures, titles, say)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", alignment="left")
    return figure


def _height(measures: Mapping[str, str], titles: Mapping[str, str]) -> float:
    return ROW * (len(titles) + 1) * len(measures) + 0.3


def _radar(axes: Axes, data: pd.DataFrame, measures: Mapping[str, str], titles: Mapping[str, str]) -> None:
    angles = np.linspace(0, 2 * np.pi, len(measures), endpoint=False)
    axes.set_theta_offset(np.pi / 2)
    axes.set_theta_direction(-1)
    axes.set_ylim(0, 1)
    axes.set_yticks(TICKS[1:], [f"{tick:g}" for tick in TICKS[1:]], fontsize=8, color=INK)
    axes.set_rlabel_position(np.degrees(angles[1]) / 2)
    axes.set_xticks(angles, [wrapped(name, 0.95, 9, 3) for name in measures.values()], fontsize=9)
    for label, angle in zip(axes.get_xticklabels(), angles, strict=True):
        across = np.sin(angle)
        label.set_ha("center" if abs(across) < 0.1 else "left" if across > 0 else "right")
    axes.tick_params(axis="x", pad=3)
    axes.spines["polar"].set_color(FAINT)
    for place, (name, title) in enumerate(titles.items()):
        own = data[data["set"] == name].set_index("measure")["value"].reindex(list(measures)).to_numpy(dtype=float)
        closed = np.append(angles, angles[0]), np.append(own, own[0])
        axes.plot(
            *closed,
            marker=marker(place),
            markersize=5,
            markeredgecolor="white",
            markeredgewidth=0.5,
            label=title,
            **look(place),
        )


def _dots(axes: Axes, data: pd.DataFrame, measures: Mapping[str, str], titles: Mapping[str, str], say: Say) -> None:
    pitch = len(titles) + 1
    for place, (name, title) in enumerate(titles.items()):
        own = data[data["set"] == name].set_index("measure").reindex(list(measures))
        y = np.arange(len(measures)) * pitch + place
        value, low, high = (own[column].to_numpy(dtype=float) for column in ("value", "low", "high"))
        color = look(place)["color"]
        axes.hlines(y, low, high, color=color, linewidth=1.2)
        axes.plot(
            value,
            y,
            linestyle="none",
            marker=marker(place),
            markersize=5.5,
            color=color,
            markeredgecolor="white",
            markeredgewidth=0.5,
            label=title,
        )
        for position, one in zip(y, value, strict=True):
            absent = np.isnan(one)
            axes.text(
                *(1.03, position, number(one, 2)),
                va="center",
                fontsize=8,
                color=GREY if absent else INK,
                transform=axes.get_yaxis_transform(),
            )
    axes.set_ylim(len(measures) * pitch - 1 + 0.2, -1.2)
    for edge in range(1, len(measures)):
        axes.axhline(edge * pitch - 1, color=FAINT, linewidth=0.6)
    middle = np.arange(len(measures)) * pitch + (len(titles) - 1) / 2
    axes.set_yticks(middle, [wrapped(name, 1.2, 9) for name in measures.values()], fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(-0.01, 1.01))
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(say("Value (95% CI)"))
