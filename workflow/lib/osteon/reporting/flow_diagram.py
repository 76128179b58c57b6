"""The flow of patients as a diagram: one column per center, what left at each step beside it."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from osteon.reporting.figures import style
from osteon.reporting.flow import reason_words, step_names
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import COLUMN, PAGE
from osteon.reporting.palette import COLORS, FAINT, GREY, INK, WARN

ACROSS = 3
"""Hospitals side by side; more go into further rows."""
MARGIN = 0.12
WIDTH, HEIGHT = (PAGE - 2 * MARGIN) / ACROSS, 0.82
"""Size of a cell of the diagram, inches."""
BOX = 0.44
"""Height of a box, inches."""
LINE = 0.12
"""Height of a line that says why cases left, inches; all such lines stand between two boxes."""
BOTTOM = "sets"
"""The row of the sets."""
ALWAYS = ("listed", "series", "ingest", "features", "participants")
"""Steps that are drawn even if no case left at them."""


def flow_figure(flow: pd.DataFrame, centers: Mapping[str, str], say: Say = english) -> Figure:
    """Draw the flow.

    Args:
        flow: from `flow.flow_counts`.
        centers: name of each center, in order.
        say: the reader's language.

    Steps at which no case of any center left are drawn only if readers ask for them (`ALWAYS`).
    """
    inside = flow[flow["kind"] != "set"]
    steps = [
        step
        for step in step_names(say)
        if step in set(inside["step"])
        and (step in ALWAYS or ((inside["step"] == step) & (inside["kind"] == "out")).any())
    ]
    levels = _levels(flow, steps)
    height = 0.35 * HEIGHT - min(levels.values())
    with mpl.rc_context(style()):
        rows, page = -(-len(centers) // ACROSS), COLUMN if len(centers) == 1 else PAGE
        figure = Figure(figsize=(page, height * rows))
        FigureCanvasAgg(figure)
        for place, (center, name) in enumerate(centers.items()):
            row, column = divmod(place, ACROSS)
            if column == 0:
                axes = figure.add_axes((0, 1 - (row + 1) / rows, 1, 1 / rows), label=str(row))
                axes.set(xlim=(-MARGIN, page - MARGIN), ylim=(-height, 0))
                axes.axis("off")
            _column(axes, WIDTH * column, name, flow[flow["center"] == center], levels, say)
    return figure


def _levels(flow: pd.DataFrame, steps: list[str]) -> dict[str, float]:
    """Middle of each step's boxes, and of those of the sets, so that all reasons fit between two boxes."""
    out = flow[flow["kind"] == "out"]
    levels, y = {}, 0.15 * HEIGHT
    for step in steps:
        lines = out.loc[out["step"] == step, "center"].value_counts().max() if step in set(out["step"]) else 0
        y -= max(HEIGHT, BOX + LINE * (lines + 1))
        levels[step] = y
    return levels | ({BOTTOM: y - HEIGHT} if (flow["kind"] == "set").any() else {})


def _column(axes: Axes, left: float, name: str, own: pd.DataFrame, levels: Mapping[str, float], say: Say) -> None:
    width, names = WIDTH * 0.6, step_names(say)
    axes.text(left, -0.25 * HEIGHT, name, fontsize=10.5, fontweight="bold", va="center")
    above = None
    for step, y in levels.items():
        remaining = own.loc[(own["step"] == step) & (own["kind"] == "in"), "n"]
        if remaining.empty:  # the center delivers features and has no such step
            continue
        out = own[(own["step"] == step) & (own["kind"] == "out")]
        if above is not None:
            _arrow(axes, left + width / 2, above - BOX / 2, y + BOX / 2)
        if len(out):
            middle = ((above if above is not None else y + HEIGHT) + y) / 2
            reasons = [say("{n} {reason}", n=row.n, reason=reason_words(row.reason, say)) for row in out.itertuples()]
            axes.plot([left + width / 2, left + width / 2 + 0.25], [middle, middle], color=GREY, linewidth=0.8)
            axes.text(
                left + width / 2 + 0.31,
                middle,
                "\n".join(reasons),
                fontsize=7.5,
                color=WARN,
                va="center",
                linespacing=1.1,
            )
        _box(axes, left, y, width, f"{names[step]}\nn = {int(remaining.iloc[0])}", "white")
        above = y
    sets = own[own["kind"] == "set"]
    part = width / max(1, len(sets))
    for position, row in enumerate(sets.itertuples()):
        start, y = left + position * part, levels[BOTTOM]
        _arrow(axes, start + part / 2, above - BOX / 2, y + BOX / 2)
        gap = 0.05 if len(sets) > 1 else 0
        _box(axes, start + gap * (position > 0), y, part - gap, f"{names[row.step]}\nn = {row.n}", "#eaf2f8")


def _box(axes: Axes, left: float, y: float, width: float, text: str, color: str) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (left, y - BOX / 2),
            width,
            BOX,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=color,
            edgecolor=FAINT if color == "white" else COLORS[0],
            linewidth=1,
        )
    )
    axes.text(left + width / 2, y, text, ha="center", va="center", fontsize=8, color=INK, linespacing=1.15)


def _arrow(axes: Axes, x: float, start: float, end: float) -> None:
    axes.annotate(
        "",
        (x, end),
        (x, start),
        arrowprops={
            "arrowstyle": "-|>",
            "color": GREY,
            "linewidth": 0.9,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 8,
        },
    )
