"""Heatmap of what a model was chosen among, from the table that lies beside it."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from osteon.reporting.content import FINAL
from osteon.reporting.figures import style
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import number
from osteon.reporting.palette import COLORS, FAINT, GREY, INK

# Few shades, because each is an element of the SVG file.
SHADES = LinearSegmentedColormap.from_list("search", ["#f4f8fb", COLORS[0], "#00283f"], N=24)
CELL = (0.62, 0.42)
"""Width and height of a cell, inches."""
MARGIN = (3.0, 1.9)
"""Room for names and the color bar, inches."""
# Shades beyond this share of the range have white numbers.
DARK = 0.4
# Shades do not stretch a smaller range than this, so that chance does not look like a gradient.
NARROW = 0.05


def search_figure(search: pd.DataFrame, measure: str, say: Say = english) -> Figure:
    """Mean score in the inner folds of each selection (down) and classifier (across), the one that was taken framed.

    Args:
        search: selection, classifier, score and chosen; rows of the scope 'final' are drawn. A candidate without score
            is hatched; its reason is in the table.
        measure: name of the score, for the color bar.
        say: language of the words.
    """
    final = search[search["scope"] == FINAL]
    rows, columns = list(dict.fromkeys(final["selection"])), list(dict.fromkeys(final["classifier"]))
    table = final.pivot_table(index="selection", columns="classifier", values="score", dropna=False, sort=False)
    scores = table.reindex(index=rows, columns=columns).to_numpy(dtype=float)
    size = (max(CELL[0] * len(columns), 1.5) + MARGIN[0], max(CELL[1] * len(rows), 1.0) + MARGIN[1])
    with mpl.rc_context(style() | {"axes.grid": False, "axes.spines.left": False, "axes.spines.bottom": False}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        low, high = _range(scores)
        edges = (np.arange(len(columns) + 1) - 0.5, np.arange(len(rows) + 1) - 0.5)
        image = axes.pcolormesh(*edges, scores, cmap=SHADES, vmin=low, vmax=high, edgecolor="white", linewidth=1.5)
        axes.invert_yaxis()
        for (row, column), score in np.ndenumerate(scores):
            if np.isnan(score):
                axes.add_patch(
                    Rectangle(
                        (column - 0.5, row - 0.5), 1, 1, facecolor="white", edgecolor=GREY, hatch="////", linewidth=0
                    )
                )
                continue
            dark = (score - low) / (high - low) > DARK
            axes.text(
                *(column, row, number(score, 2)), ha="center", va="center", fontsize=9, color="white" if dark else INK
            )
        for _, taken in final[final["chosen"] == "yes"].iterrows():
            corner = (columns.index(taken["classifier"]) - 0.5, rows.index(taken["selection"]) - 0.5)
            frame = Rectangle(corner, 1, 1, fill=False, edgecolor=COLORS[1], linewidth=3, clip_on=False, zorder=5)
            axes.add_patch(frame)
        axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(rows)), rows)
        axes.tick_params(length=0)
        axes.set(xlabel=say("Classifier"), ylabel=say("Selection"))
        bar = figure.colorbar(image, ax=axes, fraction=0.05, pad=0.02)
        bar.outline.set_edgecolor(FAINT)
        bar.set_label(say("{measure}\nmean of the inner folds", measure=measure))
    return figure


def _range(scores: np.ndarray) -> tuple[float, float]:
    known = scores[~np.isnan(scores)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    spare = max(NARROW - (high - low), 0) / 2
    return low - spare, high + spare
