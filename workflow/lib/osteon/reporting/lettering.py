"""Letters on figures that are laid out by hand: how wide a text is, and how a long one is broken or shortened."""

from __future__ import annotations

import re
from functools import cache

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from osteon.reporting.figures import PANEL, style
from osteon.reporting.palette import GREY

COLUMN, PAGE = PANEL, 2 * PANEL
"""Width of a figure, inches, that journals print over one column (85 mm) and over the page (170 mm): both shrink to
80 %."""
SMALL = 8.0
"""Smallest letters of a figure, points: 6.4 in print."""
MORE = "…"
# Resolution at which letters are measured; high, because widths are rounded to whole dots.
DOTS = 300
CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
# Where a line may break: after spaces, hyphens, underscores and slashes, and between Chinese characters.
PIECES = re.compile(rf"[{CJK}]|[^\s{CJK}_/-]*[\s_/-]+|[^\s{CJK}_/-]+")
# Marks that begin no line.
CLOSING = "，。；：、！？）》】」"


def text_width(text: str, size: float = SMALL, bold: bool = False) -> float:
    """Width of one line of text, inches.

    Args:
        text: without line breaks.
        size: of the letters, points.
        bold: whether they are bold.
    """
    width, _, _ = _renderer().get_text_width_height_descent(text, _font(size, bold), ismath=False)
    return width / DOTS


def wrapped(text: str, width: float, size: float = SMALL, lines: int = 2, bold: bool = False) -> str:
    """A text broken into at most `lines` lines of `width` inches; what does not fit ends in '…'."""
    done: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if not line or text_width((line + piece).rstrip(), size, bold) <= width:
                line += piece
            else:
                done.append(line.rstrip())
                line = piece
        done.append(line.rstrip())
    if len(done) > lines:
        done = [*done[: lines - 1], done[lines - 1] + MORE]
    return "\n".join(_cut(line, width, size, bold) for line in done)


def shortened(text: str, width: float, size: float = SMALL, bold: bool = False) -> str:
    """One line of `width` inches: a longer text loses its middle, because names of features differ at both ends."""
    if text_width(text, size, bold) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        head = kept // 2
        candidate = text[:head] + MORE + text[len(text) - (kept - head) :]
        if text_width(candidate, size, bold) <= width:
            return candidate
    return text[:1] + MORE


def blank_figure(text: str, width: float = PAGE) -> Figure:
    """A figure that says why there is nothing to draw."""
    with mpl.rc_context(style()):
        figure = Figure(figsize=(width, 1.0))
        FigureCanvasAgg(figure)
        figure.text(0.5, 0.5, wrapped(text, width - 0.3, 9.5), ha="center", va="center", color=GREY)
    return figure


def _cut(line: str, width: float, size: float, bold: bool) -> str:
    if text_width(line, size, bold) <= width:
        return line
    bare = line.removesuffix(MORE)
    while len(bare) > 1 and text_width(bare + MORE, size, bold) > width:
        bare = bare[:-1]
    return bare.rstrip() + MORE


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for piece in PIECES.findall(text):
        if pieces and piece in CLOSING:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


@cache
def _renderer() -> RendererAgg:
    return RendererAgg(10, 10, DOTS)


@cache
def _font(size: float, bold: bool) -> FontProperties:
    return FontProperties(family=style()["font.family"], size=size, weight="bold" if bold else "normal")
