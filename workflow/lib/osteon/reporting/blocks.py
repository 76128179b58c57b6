"""What the sections of the page consist of."""

from __future__ import annotations

from dataclasses import dataclass, field

from osteon.reporting.limits import Limit
from osteon.reporting.svg import width_range
from osteon.reporting.tables import DisplayTable


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page: id, SVG text, caption."""

    key: str
    svg: str
    caption: str

    @property
    def widths(self) -> tuple[int, int]:
        """Least and largest width on the page, CSS pixels; figures in a row share its width in this proportion."""
        return width_range(self.svg)


Block = DisplayTable | list[PageFigure]
"""A table, or figures in a row."""


@dataclass(frozen=True)
class Section:
    """A section of the page."""

    key: str
    title: str
    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    links: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    """Other pages: what they are of, then name and path of each."""
