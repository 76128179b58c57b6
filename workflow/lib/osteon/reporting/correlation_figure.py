"""Features that hang together, from the tables beside them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from osteon.reporting.feature_clusters import TOGETHER
from osteon.reporting.figures import style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import PAGE, SMALL, blank_figure, shortened, text_width, wrapped
from osteon.reporting.numbers import integer, number
from osteon.reporting.palette import COLORS, INK

# The negative end is lighter than the positive one and hatched, so that grey prints tell them apart.
SHADES = LinearSegmentedColormap.from_list("correlation", ["#D55E00", "#ffffff", "#003a60"])
LEVELS = 21
"""Shades, a tenth apart; all cells of one shade are a single element of the SVG file, and white ones are none."""
HATCHED = 7
"""Shades up to this one, of −0.3, are hatched."""
NAMED = 40
"""More features than this have no names on the figure; the table beside it has them."""
NAMES = 3.1
"""Largest width of the names, inches; longer ones lose their middle."""
ROW, CELL = 0.145, 0.42
"""Least height of a row with a name, and largest cell, inches."""
NUMBERED = 0.38
"""Cells from this width on show their number, inches."""
TREE = 1.0
"""Width of the tree, inches."""
HEAT = 6.3
"""Largest width and height of the cells together where there are no names, inches."""


def cluster_figure(
    members: pd.DataFrame,
    merges: pd.DataFrame,
    names: Mapping[str, str] | None = None,
    together: float = TOGETHER,
    say: Say = english,
) -> Figure:
    """Rank correlations of features in the order of their clusters, with the tree; for the width of a page.

    Args:
        members: from `feature_clusters.feature_clusters`; those left out are counted under the figure.
        merges: from the same.
        names: name of each feature; others are called by their columns.
        together: where the tree was cut.
        say: language of the words.
    """
    names, shown = names or {}, members[members["place"].notna()]
    rho = shown[list(shown["feature"])].to_numpy(dtype=float)
    count = len(shown)
    if count < 2:
        return blank_figure(say("Nothing to draw: fewer than two features with different values"))
    texts = (
        [
            f"{place}  {shortened(names.get(name, name), NAMES, SMALL)}"
            for place, name in zip(shown["place"], shown["feature"], strict=True)
        ]
        if count <= NAMED
        else []
    )
    room = max((text_width(text) for text in texts), default=0.0) + 0.15
    wide = min(PAGE - TREE - room - 0.45, CELL * count if texts else HEAT)
    cell = wide / max(count, 1)
    high = count * max(ROW, cell) if texts else wide
    note = wrapped(_note(members, count, together, say), PAGE - 0.2, SMALL, 5)
    foot = 0.14 * (note.count("\n") + 1) + 1.12
    height = high + foot + 0.15
    with mpl.rc_context(style() | {"axes.grid": False, "hatch.linewidth": 0.4}):
        figure = Figure(figsize=(PAGE, height))
        FigureCanvasAgg(figure)
        figure.text(0.1 / PAGE, 0.06 / height, note, fontsize=SMALL, va="bottom", linespacing=1.25)
        bottom = foot / height
        tree = figure.add_axes((0.25 / PAGE, bottom, TREE / PAGE, high / height), label="tree")
        _tree(tree, merges, count, together, say)
        axes = figure.add_axes(((TREE + 0.3) / PAGE, bottom, wide / PAGE, high / height), label="correlations")
        _cells(axes, rho)
        if cell >= NUMBERED:
            for (row, column), value in np.ndenumerate(rho):
                ground = (
                    {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.5} if value < -0.25 else None
                )
                axes.text(
                    *(column + 1, row + 1, number(value, 2)),
                    ha="center",
                    va="center",
                    fontsize=SMALL,
                    bbox=ground,
                    color="white" if value > 0.45 else INK,
                )
        for _, own in shown.groupby("cluster", sort=False):
            if len(own) > 1:
                corner = float(own["place"].min()) - 0.5
                axes.add_patch(
                    Rectangle((corner, corner), len(own), len(own), fill=False, edgecolor=INK, linewidth=1.2, zorder=4)
                )
        axes.set(xlim=(0.5, count + 0.5), ylim=(count + 0.5, 0.5))
        axes.spines[["left", "bottom"]].set_visible(False)
        step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if step * cell >= 0.2 or step == 500)
        ticks = list(range(step, count + 1, step))
        axes.set_xticks(ticks, map(str, ticks), fontsize=SMALL)
        axes.set_yticks(range(1, count + 1) if texts else [], texts, fontsize=SMALL)
        axes.tick_params(length=0, labelleft=False, labelright=True, pad=3)
        bar = figure.add_axes(((TREE + 0.3) / PAGE, (foot - 0.53) / height, 2.4 / PAGE, 0.11 / height), label="key")
        _key(bar, say)
    return figure


def _cells(axes: Axes, rho: np.ndarray) -> None:
    """Squares around the places, all of one shade as one path, and hatching over the negative ones."""
    levels = np.clip(np.round((rho + 1) / 2 * (LEVELS - 1)), 0, LEVELS - 1).astype(int)
    for level in np.setdiff1d(levels, [LEVELS // 2]):
        color = to_hex(SHADES(level / (LEVELS - 1)))
        cells = _squares(np.argwhere(levels == level))
        # the outline closes hairlines between neighbours
        axes.add_patch(PathPatch(cells, facecolor=color, edgecolor=color, linewidth=0.3))
    negative = np.argwhere(levels <= HATCHED)
    if len(negative):
        axes.add_patch(PathPatch(_squares(negative), facecolor="none", edgecolor=INK, hatch="/////", linewidth=0))


def _squares(cells: np.ndarray) -> Path:
    """Rectangles around (row, column) positions in their order; neighbours in a row are one."""
    row, column = cells.T
    starts = np.flatnonzero(np.append(True, (np.diff(row) != 0) | (np.diff(column) != 1)))
    ends = np.append(starts[1:], len(cells)) - 1
    left, right, top, bottom = column[starts] + 0.5, column[ends] + 1.5, row[starts] + 0.5, row[starts] + 1.5
    x = np.stack([left, right, right, left, left], axis=1)
    y = np.stack([top, top, bottom, bottom, top], axis=1)
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(starts)
    return Path(np.stack([x.ravel(), y.ravel()], axis=1), codes)


def _tree(axes: Axes, merges: pd.DataFrame, count: int, together: float, say: Say) -> None:
    for _, row in merges.iterrows():
        x = [row["top_height"], row["height"], row["height"], row["bottom_height"]]
        axes.plot(x, [row["top"], row["top"], row["bottom"], row["bottom"]], color=INK, linewidth=0.8, clip_on=False)
    axes.axvline(1 - together, color=COLORS[1], linewidth=0.9, linestyle="--")
    axes.set(xlim=(1.02, 0), ylim=(count + 0.5, 0.5), yticks=[])
    axes.set_xticks([1, 1 - together, 0], ["0", f"{together:g}", "1"], fontsize=SMALL)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(say("|rho|, mean"), fontsize=SMALL)


def _key(axes: Axes, say: Say) -> None:
    edges = np.linspace(-1 - 1 / (LEVELS - 1), 1 + 1 / (LEVELS - 1), LEVELS + 1)
    for level, (low, high) in enumerate(pairwise(edges)):
        color = to_hex(SHADES(level / (LEVELS - 1)))
        axes.add_patch(Rectangle((low, 0), high - low, 1, facecolor=color, edgecolor=color, linewidth=0.3))
    axes.add_patch(
        Rectangle(
            (edges[0], 0), edges[HATCHED + 1] - edges[0], 1, facecolor="none", edgecolor=INK, hatch="/////", linewidth=0
        )
    )
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, 1), yticks=[])
    axes.set_xticks([-1, -0.5, 0, 0.5, 1], [number(tick, 1) for tick in (-1, -0.5, 0, 0.5, 1)], fontsize=SMALL)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(say("Spearman's rho (hatched: below −0.25)"), fontsize=SMALL, labelpad=2)


def _note(members: pd.DataFrame, count: int, together: float, say: Say) -> str:
    clusters = members["cluster"].nunique()
    sentences = [
        say(
            "{n} features in {clusters} clusters (average linkage on 1 − |rho|); frames: clusters with a mean "
            "|rho| of {together} or more.",
            n=count,
            clusters=clusters,
            together=f"{together:g}",
        )
    ]
    out = members.loc[members["place"].isna(), "reason"].value_counts()
    if n := out.get("not_shown"):
        sentences.append(say("{n} further features are not shown.", n=integer(n)))
    if n := out.get("constant"):
        sentences.append(say("{n} with one value only have no correlation.", n=integer(n)))
    if n := out.get("few_patients"):
        sentences.append(say("{n} are left out, measured in too few patients.", n=integer(n)))
    if count > NAMED:
        sentences.append(say("Names are in the table."))
    return " ".join(sentences)
