"""SHAP values of single patients: one dot each, by term."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from osteon.reporting.figures import style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import PAGE, SMALL, blank_figure
from osteon.reporting.palette import COLORS, FAINT, INK
from osteon.reporting.shap_figure import MOST, name_width, term_name, unit_of
from osteon.reporting.swarm import SHADES, dot_size, shade, stacked

ROWS = ((6, 0.62), (10, 0.46), (MOST, 0.34))
"""Height of a row, inches, up to a number of rows."""
FILLED = 0.86
"""Share of a row's height for dots."""
KEY = 0.95
"""Room for the color bar, inches."""
LEAST = 1.2
"""Height of all rows together that the color bar with its words needs, inches."""
DOTS_PER_INCH = 300
"""Thousands of dots are a picture inside the SVG file; lines and letters stay sharp."""
FEW = 6
"""Terms with up to this number of different values do not decide on the size of the dots, which pile up there."""


def beeswarm_figure(
    values: pd.DataFrame, scale: str, terms: Mapping[str, str] | None = None, title: str = "", say: Say = english
) -> Figure:
    """One dot for each patient and term, at its SHAP value, shaded by the value of the term.

    Args:
        values: of one model, set (and class): subject, term, value, shap.
        scale: of the SHAP values, from the table `base`.
        terms: name of each term; others are called by their columns.
        title: name of the set.
        say: language of the words.
    """
    wide = values.pivot(index="subject", columns="term", values="shap")
    order = wide.abs().mean().sort_values(ascending=False, kind="stable").index[:MOST]
    if wide.empty or not wide.to_numpy().any():
        return blank_figure(say("Nothing to draw: no term has an effect"))
    known = values.pivot(index="subject", columns="term", values="value")
    names = [term_name(term, terms) for term in order]
    left = name_width(names) + 0.2
    tall = next(height for most, height in ROWS if len(order) <= most)
    tall = max(tall, LEAST / len(order))
    length, height = PAGE - left - KEY - 0.15, tall * len(order) + (0.9 if title else 0.7)
    low, high = float(wide[order].to_numpy().min()), float(wide[order].to_numpy().max())
    margin = 0.03 * (high - low)
    inch = (high - low + 2 * margin) / length
    rows = [wide[term].to_numpy() / inch for term in order]
    size = dot_size([row for row in rows if len(np.unique(row)) > FEW] or rows, FILLED * tall)
    with mpl.rc_context(style()):
        figure = Figure(figsize=(PAGE, height), dpi=DOTS_PER_INCH)
        FigureCanvasAgg(figure)
        box = (left / PAGE, 0.55 / height, length / PAGE, tall * len(order) / height)
        axes = figure.add_axes(box, label="swarm")
        axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
        for y, (term, row) in enumerate(zip(order, rows, strict=True)):
            shades = shade(known[term].to_numpy(dtype=float))
            along, across = stacked(row, shades, size, FILLED * tall)
            _dots(axes, along * inch, y - across / tall, shades, size)
        axes.set(xlim=(low - margin, high + margin), ylim=(len(order) - 0.5, -0.5))
        axes.set_yticks(range(len(order)), names, fontsize=SMALL)
        axes.tick_params(axis="x", labelsize=SMALL)
        axes.tick_params(axis="y", length=0)
        axes.grid(False, axis="y")
        axes.hlines(np.arange(len(order) - 1) + 0.5, low - margin, high + margin, color=FAINT, linewidth=0.5, zorder=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(say("SHAP value ({unit})", unit=unit_of(scale, say)), fontsize=SMALL)
        if title:
            axes.set_title(title)
        _bar(
            figure,
            ((PAGE - KEY + 0.1) / PAGE, box[1] + 0.1 * box[3], 0.12 / PAGE, 0.8 * box[3]),
            say("Value of the term"),
            say,
        )
    return figure


def _dots(axes: Axes, x: np.ndarray, y: np.ndarray, shades: np.ndarray, size: float, shaded: bool = True) -> None:
    colors = {"c": SHADES(shades)} if shaded else {"color": COLORS[0]}
    axes.scatter(x, y, s=size**2, linewidths=0, zorder=3, rasterized=True, **colors)


def _bar(figure: Figure, box: tuple[float, float, float, float], words: str, say: Say) -> None:
    """Key of the shades, from low to high."""
    axes = figure.add_axes(box, label="key")
    bar = figure.colorbar(ScalarMappable(cmap=SHADES), cax=axes)
    bar.set_ticks([0, 1], labels=[say("Low"), say("High")], fontsize=SMALL)
    bar.ax.tick_params(length=0)
    bar.outline.set_visible(False)
    bar.set_label(words, fontsize=SMALL, labelpad=2)
