"""ROC curves of subgroups, a panel for each division of the patients, from the tables that lie beside it."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from osteon.reporting.figures import PANEL, finish, style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import blank_figure, text_width, wrapped
from osteon.reporting.numbers import integer, is_absent, with_interval
from osteon.reporting.palette import GREY, look

ACROSS = 2
"""Panels side by side."""
SIZE = 8.5
"""Letters of the legend, points."""
LEFT, ABOVE, SIDE = 0.65, 0.42, 3.35
"""Room beside and above a panel, and the length of its sides, inches."""
UNDER, BELOW = 0.52, 0.85
"""Where the legend begins under a panel, and what it needs there without its entries, inches."""
ROOM = 3.1
"""Width of the texts of the legend, inches."""
LINE, GAP = 0.15, 0.06
"""Height of a line of the legend, and of the space between two entries, inches."""


def subgroup_roc_figure(
    roc: pd.DataFrame,
    subgroups: pd.DataFrame,
    *,
    groups: Mapping[str, str] | None = None,
    levels: Mapping[tuple[str, str], str] | None = None,
    reasons: Mapping[str, str] | None = None,
    say: Say = english,
) -> Figure:
    """ROC curves of one model in one set; the legend under each panel names every subgroup, the hidden ones, too.

    Args:
        roc: group, level, false_positive_rate, true_positive_rate, in the order of the curves.
        subgroups: group (that of each panel), level, n, events, value, low, high (the AUC), and reason where it has
            none. Rows without a group are left out.
        groups: name of each group by its code; others are called by their codes.
        levels: name of each level by the codes of its group and its own; others likewise.
        reasons: sentence of each reason by its code.
        say: language of the words.
    """
    groups, levels, reasons = groups or {}, levels or {}, reasons or {}
    shown = subgroups[subgroups["group"].notna() & (subgroups["group"].astype(str) != "")]
    panels = list(dict.fromkeys(shown["group"]))
    if not panels:
        return blank_figure(say("Nothing to draw: no subgroups"))
    if shown["value"].map(is_absent).all():
        return blank_figure(say("Nothing to draw: all subgroups are hidden"))
    across = min(ACROSS, len(panels))
    legends = {
        group: [_entry(row, levels, reasons, say) for _, row in shown[shown["group"] == group].iterrows()]
        for group in panels
    }
    tall = [sum(LINE * (text.count("\n") + 1) + GAP for text in texts) for texts in legends.values()]
    # a row of panels is as high as its longest legend wants
    heights = [ABOVE + SIDE + BELOW + max(tall[place : place + ACROSS]) for place in range(0, len(panels), ACROSS)]
    width, height = PANEL * across, sum(heights)
    with mpl.rc_context(style()):
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        for place, group in enumerate(panels):
            row, column = divmod(place, ACROSS)
            left, bottom = PANEL * column + LEFT, height - sum(heights[:row]) - ABOVE - SIDE
            axes = figure.add_axes((left / width, bottom / height, SIDE / width, SIDE / height), label=str(place))
            axes.set_title(wrapped(groups.get(str(group), str(group)), SIDE, 10.5, bold=True))
            _panel(axes, roc[roc["group"] == group], shown[shown["group"] == group], legends[group], say)
            axes.get_legend().set_bbox_to_anchor((left - 0.3, bottom - UNDER), figure.dpi_scale_trans)
    return figure


def _entry(row: pd.Series, levels: Mapping[tuple[str, str], str], reasons: Mapping[str, str], say: Say) -> str:
    name = levels.get((str(row["group"]), str(row["level"])), str(row["level"]))
    if not is_absent(row["value"]):
        area = with_interval(row["value"], row["low"], row["high"], 2)
        text = say("{events} of {n}", events=integer(row["events"]), n=integer(row["n"]))
        line = f"{name}  {area}  {text}"
        return line if text_width(line, SIZE) <= ROOM else f"{wrapped(name, ROOM, SIZE)}\n{area}  {text}"
    reason = row.get("reason")
    why = say("hidden") if is_absent(reason) else reasons.get(str(reason), str(reason))
    return wrapped(say("{subgroup} – {reason}", subgroup=name, reason=why), ROOM, SIZE, 4)


def _panel(axes: Axes, roc: pd.DataFrame, rows: pd.DataFrame, texts: list[str], say: Say) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    handles = []
    for place, ((_, row), text) in enumerate(zip(rows.iterrows(), texts, strict=True)):
        curve = roc[roc["level"] == row["level"]]
        if is_absent(row["value"]) or curve.empty:
            handles.append(Line2D([], [], linestyle="none", label=text))
            continue
        (line,) = axes.plot(curve["false_positive_rate"], curve["true_positive_rate"], label=text, **look(place))
        handles.append(line)
    finish(axes, say("1 − specificity"), say("Sensitivity"), None)
    axes.legend(
        handles=handles,
        title=say("AUC (95% CI), patients with the outcome of all"),
        title_fontsize=SIZE,
        fontsize=SIZE,
        alignment="left",
        loc="upper left",
        borderaxespad=0,
        borderpad=0,
        handlelength=2.2,
    )
