"""Colours and line styles that colour-blind readers and grey printers can tell apart (Okabe and Ito, 2008)."""

from __future__ import annotations

from collections.abc import Iterable

COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
STYLES = ["-", "--", "-.", ":"]
MARKERS = ["o", "s", "^", "D", "v", "P"]
# The same without the darkest two, in an order in which neighbours differ most: lines on a grey image.
OUTLINES = ["#E69F00", "#56B4E9", "#F0E442", "#CC79A7", "#009E73", "#D55E00"]
INK = "#1f2933"
GREY = "#7b8794"
FAINT = "#d5dae0"
WARN = "#8a3b12"
# Ground and ink of the mark of a finding, by its severity: dark, middle and light, so that grey tells them apart, too.
FLAGS = {"exclude": ("#a1160a", "#ffffff"), "review": ("#e69f00", "#000000"), "note": ("#d5dae0", "#1f2933")}


def look(position: int) -> dict[str, str]:
    """Colour and line style of the model at `position`; more than six models repeat colours with other styles."""
    return {"color": COLORS[position % len(COLORS)], "linestyle": STYLES[position % len(STYLES)]}


def marker(position: int) -> str:
    """Marker of the model at `position`."""
    return MARKERS[position % len(MARKERS)]


def outline_colors(labels: Iterable[str]) -> dict[str, str]:
    """Color of each label's outline on a grey image; more than six labels repeat colors."""
    return {label: OUTLINES[position % len(OUTLINES)] for position, label in enumerate(labels)}
