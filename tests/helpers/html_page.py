"""A parsed HTML page."""

from __future__ import annotations

import csv
import html
import re
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Collects what the tests look at, and checks that tags are closed in order."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def words(self) -> str:
        """All text, with single spaces."""
        return " ".join(" ".join(self.text).split())


_CELL = re.compile(r'<a class="cell[^"]*"[^>]*href="([^"#]+)#cell=(\d+),(\d+)"[^>]*>(.*?)</a>', re.DOTALL)


def linked_cells(page: str) -> list[tuple[str, int, int, str]]:
    """Of every number that links to a cell: path of the table, row and column counted from 1, and the number's text."""
    return [
        (path, int(row), int(column), " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split()))
        for path, row, column, text in _CELL.findall(page)
    ]


def wrong_cells(page: str, folder: Path) -> list[str]:
    """Numbers of a page that are not what stands in the cell that they link to."""
    tables: dict[str, list[list[str]]] = {}
    wrong = []
    for path, row, column, text in linked_cells(page):
        if path not in tables:
            tables[path] = list(csv.reader((folder / path).read_text(encoding="utf-8-sig").splitlines()))
        rows = tables[path]
        found = " ".join(rows[row - 1][column - 1].split()) if row <= len(rows) else "no such row"
        if found != text:
            wrong.append(f"{path} row {row} column {column}: {found!r}, on the page {text!r}")
    return wrong
