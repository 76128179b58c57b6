"""A page of tables and figures that stand beside something else: a printed paper, or another study."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from osteon.reporting.blocks import PageFigure
from osteon.reporting.language import Say, english
from osteon.reporting.paper.csv import write_csv
from osteon.reporting.paper.table import PaperTable
from osteon.reporting.templating import render
from osteon.tables.files import write_text

RESULTS = "../"
"""From the page's folder, 09_paper, to the results."""


@dataclass(frozen=True)
class BesideSection:
    """A section: id, heading, paragraphs, tables, figures."""

    key: str
    title: str
    texts: Sequence[str] = ()
    tables: Sequence[PaperTable] = ()
    figures: Sequence[PageFigure] = field(default_factory=list)


def beside_page(
    title: str,
    lead: Sequence[str],
    banner: str,
    sections: Sequence[BesideSection],
    folder: str,
    language: str = "en",
    say: Say = english,
) -> str:
    """The page as text; same content, same bytes.

    Args:
        title: heading.
        lead: paragraphs under it.
        banner: what nobody must overlook, which stays in view; '' for nothing.
        sections: in the order of reading.
        folder: of the tables' CSV files, beside the page.
        language: code of the page.
        say: the reader's language.
    """
    words: Mapping[str, str] = {
        "skip": say("Skip to the tables"),
        "contents": say("Contents"),
        "report": say("Report"),
        "csv": say("This table as CSV"),
    }
    return render(
        "beside.html.j2",
        ("style.css", "beside.css"),
        say,
        title=title,
        lead=lead,
        banner=banner,
        sections=sections,
        folder=folder,
        language=language,
        results=RESULTS,
        words=words,
    )


def write_beside(page: str, sections: Sequence[BesideSection], path: str | Path, folder: str | Path) -> None:
    """Write the page, and the tables as <key>.csv into the folder, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    for section in sections:
        for table in section.tables:
            write_csv(table, Path(folder) / f"{table.key}.csv")
    write_text(page, path)
