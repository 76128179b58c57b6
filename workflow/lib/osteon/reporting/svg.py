"""Figures inside the page: SVG without anything that the page does not need, with ids of its own."""

from __future__ import annotations

import re

# CSS pixels per unit of the figure (a point): smaller letters cannot be read, larger ones shout.
SMALLEST, LARGEST = 1, 4 / 3


def inline_svg(svg: str, prefix: str, label: str) -> str:
    """An SVG file as an element of an HTML page.

    Prolog, metadata and namespaces go; ids get `prefix`, so that two figures never share one; style rules hold for this
    figure only; the width is the page's, if letters can be read at that; screen readers say `label`.

    Raises:
        ValueError: the text is no SVG with a viewBox.
    """
    box = view_box(svg)
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"\bid=\"([^\"]+)\"", rf'id="{prefix}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", body)
    body = re.sub(r"xlink:href=\"#([^\"]+)\"", rf'href="#{prefix}-\1"', body)
    body = re.sub(r"(<style[^>]*>)\s*\*", rf"\1#{prefix} *", body)
    smallest, _ = width_range(svg)
    return (
        f'<svg id="{prefix}" class="figure" role="img" aria-label="{_escaped(label)}" viewBox="{box}" '
        f'style="min-width: {smallest}px">{body.strip()}</svg>'
    )


def width_range(svg: str) -> tuple[int, int]:
    """Least and largest width of a figure on the page, CSS pixels."""
    width = float(view_box(svg).split()[2])
    return round(width * SMALLEST), round(width * LARGEST)


def view_box(svg: str) -> str:
    """The viewBox ('x y width height') of an SVG.

    Raises:
        ValueError: there is none.
    """
    match = re.search(r"<svg\b[^>]*\bviewBox=\"([^\"]+)\"", svg)
    if not match:
        raise ValueError(f"no SVG with a viewBox: {svg[:40]!r}...")
    return match.group(1)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
