"""SHAP values of single patients: one dot each, by term, and against the value of the term."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from osteon.reporting.figures import ACROSS, style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import PAGE, SMALL, blank_figure, shortened, wrapped
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
"""A term with up to this number of different values has columns of dots in the dependence plot."""
DEPENDENCES = 6
"""Panels of the dependence plot."""


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


def dependence_figure(
    values: pd.DataFrame,
    interactions: pd.DataFrame,
    scale: str,
    terms: Mapping[str, str] | None = None,
    say: Say = english,
) -> Figure:
    """SHAP value against the value of the most important terms, one panel each.

    Args:
        values: of one model, set (and class): subject, term, value, shap.
        interactions: of the same: term, other, mean_abs. Dots are shaded by the term that interacts most with that of
            the panel; without interactions they have one color.
        scale: of the SHAP values, from the table `base`.
        terms: name of each term.
        say: language of the words.
    """
    wide = values.pivot(index="subject", columns="term", values="shap")
    order = list(wide.abs().mean().sort_values(ascending=False, kind="stable").index[:DEPENDENCES])
    if wide.empty or not wide.to_numpy().any():
        return blank_figure(say("Nothing to draw: no term has an effect"))
    known = values.pivot(index="subject", columns="term", values="value")
    across, down = min(ACROSS, len(order)), -(-len(order) // ACROSS)
    side = (PAGE - KEY) / across - 0.55
    tall = min(side * 0.85, 2.2)
    height = down * (tall + 0.8) + 0.1
    reach = float(np.abs(wide[order].to_numpy()).max()) * 1.08
    unit = unit_of(scale, say)
    partners = {term: partner(interactions, term) for term in order}
    with mpl.rc_context(style()):
        figure = Figure(figsize=(PAGE, height), dpi=DOTS_PER_INCH)
        FigureCanvasAgg(figure)
        for place, term in enumerate(order):
            row, column = divmod(place, ACROSS)
            corner = ((0.6 + column * (side + 0.5)) / PAGE, 1 - ((row + 1) * (tall + 0.8) - 0.45) / height)
            axes = figure.add_axes((*corner, side / PAGE, tall / height), label=term)
            axes.axhline(0, color=INK, linewidth=0.8, zorder=1)
            other = partners[term]
            shades = shade(known[other].to_numpy(dtype=float)) if other else np.zeros(len(known))
            _dependence(axes, known[term].to_numpy(dtype=float), wide[term].to_numpy(), shades, bool(other), side)
            axes.set_ylim(-reach, reach)
            axes.tick_params(labelsize=SMALL)
            axes.set_xlabel(shortened((terms or {}).get(term, term), side + 0.3), fontsize=SMALL)
            if column == 0:
                axes.set_ylabel(wrapped(say("SHAP value ({unit})", unit=unit), tall), fontsize=SMALL)
            else:
                axes.tick_params(labelleft=False)
            if other:
                words = say("Shaded by {term}", term=(terms or {}).get(other, other))
                axes.set_title(shortened(words, side + 0.2), fontsize=SMALL, weight="normal")
        if any(partners.values()):
            box = ((PAGE - KEY + 0.1) / PAGE, 1 - (tall + 0.25) / height, 0.12 / PAGE, (tall - 0.2) / height)
            _bar(figure, box, say("Value of the shading term"), say)
    return figure


def partner(interactions: pd.DataFrame, term: str) -> str | None:
    """The other term that interacts most with a term; None where no interactions are known."""
    pairs = interactions[interactions["mean_abs"].notna() & (interactions["term"] != interactions["other"])]
    own = pairs[(pairs["term"] == term) | (pairs["other"] == term)]
    if own.empty or not own["mean_abs"].max() > 0:
        return None
    best = own.loc[own["mean_abs"].idxmax()]
    return str(best["other"] if best["term"] == term else best["term"])


def _dependence(axes: Axes, x: np.ndarray, y: np.ndarray, shades: np.ndarray, shaded: bool, side: float) -> None:
    """Dots of one panel; those of a term with few values beside each other."""
    different = np.unique(x)
    if len(different) <= FEW:
        gap = float(np.diff(different).min(initial=1.0)) if len(different) > 1 else 1.0
        span = float(np.ptp(different)) + gap
        room, inch = 0.8 * gap / span * side, span / side
        # columns across the panel: the rows of a swarm, turned
        unit = 0.01 * max(float(np.abs(y).max()), 1e-12)
        for value in different:
            mine = x == value
            _, beside = stacked(y[mine] / unit * 0.02, shades[mine], 2.3, room)
            _dots(axes, value + beside * inch, y[mine], shades[mine], 2.3, shaded)
        axes.set_xlim(different[0] - gap / 2, different[-1] + gap / 2)
        axes.set_xticks(different, [f"{value:g}" for value in different])
        return
    _dots(axes, x, y, shades, 2.3, shaded)


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
