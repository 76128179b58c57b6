"""Masks on images, row by row; from the pictures and the table that lie in their folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.patheffects
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from osteon.reporting.figures import style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import PAGE, SMALL, blank_figure, wrapped
from osteon.reporting.palette import GREY, INK

SIDE = 2.3
"""Largest side of a panel, inches."""
NAMES = 1.15
"""Room for the names of the rows, inches."""
HEAD, GAP, KEY = 0.36, 0.08, 0.4
"""Above a row of panels, between panels, and under all of them for the legend, inches."""
DOTS_PER_INCH = 300


@dataclass(frozen=True)
class Panel:
    """One picture with the lines above it; None says that there is none."""

    title: str
    picture: np.ndarray | None


def overlay_figure(
    rows: Mapping[str, Sequence[Panel]], colors: Mapping[str, str], manual: bool, say: Say = english
) -> Figure:
    """Rows of pictures; for the width of a page.

    Args:
        rows: panels of each row by its name, from above.
        colors: color of each label's outline, for the legend.
        manual: whether manual masks are drawn, in white.
        say: language of the words.
    """
    across = max((len(panels) for panels in rows.values()), default=0)
    if not across:
        return blank_figure(say("Nothing to draw: no case with a mask"))
    side = min(SIDE, (PAGE - NAMES - GAP * across) / across)
    height = len(rows) * (side + HEAD) + KEY
    with mpl.rc_context(style() | {"axes.grid": False}):
        figure = Figure(figsize=(PAGE, height), dpi=DOTS_PER_INCH)
        FigureCanvasAgg(figure)
        for place, (name, panels) in enumerate(rows.items(), start=1):
            bottom = height - place * (side + HEAD)
            text = wrapped(name, NAMES - 0.2, 9.5, 4, bold=True)
            figure.text(0.1 / PAGE, (bottom + side) / height, text, weight="bold", va="top", linespacing=1.2)
            for column, panel in enumerate(panels):
                box = ((NAMES + column * (side + GAP)) / PAGE, bottom / height, side / PAGE, side / height)
                axes = figure.add_axes(box, label=f"{place} {column}")
                axes.axis("off")
                axes.set_title(wrapped(panel.title, side, SMALL, 2), fontsize=SMALL, weight="normal", pad=3)
                if panel.picture is None:
                    axes.text(0.5, 0.5, say("No picture"), ha="center", va="center", color=GREY, fontsize=SMALL)
                else:
                    axes.imshow(panel.picture, interpolation="none")
        _key(figure, colors, manual, say, height)
    return figure


def _key(figure: Figure, colors: Mapping[str, str], manual: bool, say: Say, height: float) -> None:
    handles = [Line2D([], [], color=color, linewidth=2.5, label=label) for label, color in colors.items()]
    if manual:
        white = Line2D([], [], color="white", linewidth=2.5, label=say("Manual, where it differs"))
        white.set_path_effects([mpl.patheffects.withStroke(linewidth=4, foreground=INK)])
        handles.append(white)
    box = (0.06 / PAGE, 0.04 / height)
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=box, ncols=7, fontsize=SMALL, handlelength=1.2)
