"""Tables as a page of HTML; all style is inline, so that pasting into Word keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from osteon.reporting.paper.table import PaperTable
from osteon.reporting.templating import render
from osteon.tables.files import write_text

PAGE = "paper_page.html.j2"


def html_page(tables: Sequence[PaperTable], title: str, language: str = "en", results: str = "") -> str:
    """A page that needs no other file and shows the tables below each other.

    Args:
        tables: the tables.
        title: name of the page.
        language: code of the language of its texts ('en', 'zh').
        results: what leads from the page's folder to that of the results, '' or '../../'.
    """
    return render(PAGE, (), tables=tables, title=title, language=language, results=results)


def write_html(
    tables: Sequence[PaperTable], path: str | Path, title: str, language: str = "en", results: str = ""
) -> None:
    """Write `html_page`."""
    write_text(html_page(tables, title, language, results), path)
