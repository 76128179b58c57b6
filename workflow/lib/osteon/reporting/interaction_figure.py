"""Which terms change each other's effect: mean |SHAP interaction| of every pair, from the table beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from osteon.modelling.explanation_codes import INTERACTING_TERMS, NoInteractions
from osteon.reporting.figures import style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import PAGE, SMALL, blank_figure, wrapped
from osteon.reporting.numbers import is_absent, number
from osteon.reporting.palette import COLORS, FAINT, GREY, INK
from osteon.reporting.shap_figure import name_width, term_name, unit_of

# Few shades, because each is an element of the SVG file.
SHADES = LinearSegmentedColormap.from_list("interactions", ["#f4f8fb", COLORS[0], "#00283f"], N=24)
DARK = 0.33
"""Shades beyond this share of the range have white numbers."""
MOST = 12
"""Terms in the figure; the table has them all."""
NAMED = 6
"""Up to this number of terms, columns have names and no numbers."""
CELL = (0.78, 0.42)
"""Largest width, and height of a cell, inches."""


def interaction_figure(
    interactions: pd.DataFrame,
    scale: str,
    terms: Mapping[str, str] | None = None,
    title: str = "",
    say: Say = english,
) -> Figure:
    """Mean |SHAP interaction| of the pairs of terms with the largest main effects, which stand on the diagonal.

    Args:
        interactions: of one model, set (and class): term, other, mean_abs, reason.
        scale: of the SHAP values, from the table `base`.
        terms: name of each term; others are called by their columns.
        title: name of the set.
        say: language of the words.
    """
    # an empty cell is a missing value where the table was read from its file
    if reasons := [reason for reason in interactions["reason"] if not is_absent(reason)]:
        return blank_figure(no_interactions(reasons[0], say))
    main = interactions[interactions["term"] == interactions["other"]].set_index("term")["mean_abs"]
    order = list(main.sort_values(ascending=False, kind="stable").index[:MOST])
    sizes = _matrix(interactions, order)
    names, count = [term_name(term, terms) for term in order], len(order)
    named = count <= NAMED
    if not named:  # beside the rows, names have the numbers of the columns
        names = [f"{place}  {name}" for place, name in enumerate(names, start=1)]
    left = name_width(names) + 0.2
    wide = min(CELL[0], (PAGE - left - 1.2) / count)
    own = ((terms or {}).get(term, term) for term in order)
    below = [wrapped(name, wide * 0.95, SMALL, 3) for name in own] if named else [str(i + 1) for i in range(count)]
    room = 0.16 * max(text.count("\n") + 1 for text in below)
    width, height = left + wide * count + 1.25, CELL[1] * count + room + (0.75 if title else 0.45)
    with mpl.rc_context(style() | {"axes.grid": False, "axes.spines.left": False, "axes.spines.bottom": False}):
        figure = Figure(figsize=(max(width, 4.2), height))
        FigureCanvasAgg(figure)
        full = figure.get_figwidth()
        box = (left / full, (room + 0.25) / height, wide * count / full, CELL[1] * count / height)
        axes = figure.add_axes(box, label="interactions")
        pairs = np.where(np.tri(count, k=-1, dtype=bool), sizes, np.nan)
        top = float(np.nanmax(pairs))
        top = top if top > 0 else 1.0
        digits = max(0, 1 - math.floor(math.log10(top)))
        edges = np.arange(count + 1) - 0.5
        image = axes.pcolormesh(edges, edges, pairs, cmap=SHADES, vmin=0, vmax=top, edgecolor="white", linewidth=1.2)
        for row in range(count):
            for column in range(row + 1):
                size = sizes[row, column]
                on_diagonal = row == column
                color = INK if on_diagonal or size / top <= DARK else "white"
                axes.text(column, row, number(size, digits), ha="center", va="center", fontsize=SMALL, color=color)
                if on_diagonal:
                    frame = Rectangle((row - 0.47, row - 0.46), 0.94, 0.92, fill=False, edgecolor=GREY, linewidth=0.8)
                    axes.add_patch(frame)
        axes.set(xlim=(-0.5, count - 0.5), ylim=(count - 0.5, -0.5))
        axes.set_xticks(range(count), below, fontsize=SMALL)
        axes.set_yticks(range(count), names, fontsize=SMALL)
        axes.tick_params(length=0)
        if title:
            axes.set_title(title)
        words = say("Framed: main effect of the term alone")
        axes.text(
            1, 1, wrapped(words, wide * (count - 1.2)), transform=axes.transAxes, ha="right", va="top", fontsize=SMALL
        )
        bar_box = (box[0] + box[2] + 0.15 / full, box[1] + 0.05 * box[3], 0.12 / full, 0.9 * box[3])
        bar = figure.colorbar(image, cax=figure.add_axes(bar_box, label="key"))
        bar.outline.set_edgecolor(FAINT)
        bar.ax.tick_params(labelsize=SMALL)
        bar.locator = MaxNLocator(4)
        label = say("Mean |interaction| ({unit})", unit=unit_of(scale, say))
        bar.set_label(wrapped(label, CELL[1] * count), fontsize=SMALL)
    return figure


def _matrix(interactions: pd.DataFrame, order: list[str]) -> np.ndarray:
    """(k, k) sizes, the same on both sides of the diagonal."""
    table = interactions.pivot(index="other", columns="term", values="mean_abs").reindex(index=order, columns=order)
    half = table.to_numpy(dtype=float)
    return np.where(np.isnan(half), half.T, half)


def no_interactions(reason: str, say: Say) -> str:
    """Why there are no interactions, without a full stop; a code of `modelling.explanation_codes`."""
    return {
        NoInteractions.ADDITIVE: say(
            "No interactions: the model adds its terms, so that none changes another's effect"
        ),
        NoInteractions.NO_TREES: say("No interactions: they are computed for models of decision trees alone"),
        NoInteractions.TOO_MANY_TERMS: say("No interactions: the model has more than {n} terms", n=INTERACTING_TERMS),
        NoInteractions.ONE_TERM: say("No interactions: the model has one term only"),
        NoInteractions.NO_PATIENTS: say("No interactions: the set has no patient"),
    }[NoInteractions(reason)]
