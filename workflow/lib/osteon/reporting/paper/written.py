"""A set of tables in every format in a folder, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from osteon.reporting.paper.csv import write_csv
from osteon.reporting.paper.docx import write_document
from osteon.reporting.paper.html import write_html
from osteon.reporting.paper.table import PaperTable
from osteon.reporting.paper.xlsx import write_workbook

ALL = "all_tables"
"""Name of the files that hold every table."""
FORMATS = ("csv", "docx", "html")
"""Files of each table: <key>.<format>."""
TOGETHER = ("xlsx", "docx", "html")
"""Files of all of them: all_tables.<format>."""


def file_names(keys: Sequence[str]) -> list[str]:
    """The files that `write_tables` writes for tables with these keys."""
    return [*(f"{key}.{kind}" for key in keys for kind in FORMATS), *(f"{ALL}.{kind}" for kind in TOGETHER)]


def write_tables(
    tables: Sequence[PaperTable], folder: str | Path, title: str, language: str = "en", results: str = ""
) -> None:
    """Write every format of each table, and workbook, Word file and page of all; see `file_names`.

    The folder is replaced as a whole: until everything is written an older one stays as it was, and afterwards it holds
    these files and no others.

    Args:
        tables: in their order, from `numbered`.
        folder: where they shall lie.
        title: name of the page of all.
        language: code of the language of the texts.
        results: what leads from the folder to that of the results, to whose files the pages link.

    Raises:
        ValueError: there is no table, two have the same key, or one has that of the files with all of them.
    """
    keys = [table.key for table in tables]
    if not tables or len(set(keys)) < len(keys) or ALL in keys:
        raise ValueError(f"tables to write: {keys}; give at least one, each with a key of its own, none called {ALL!r}")
    folder = Path(folder)
    fresh, old = (folder.with_name(f".{os.getpid()}.{state}.{folder.name}") for state in ("new", "old"))
    try:
        for table in tables:
            write_csv(table, fresh / f"{table.key}.csv")
            write_document([table], fresh / f"{table.key}.docx")
            write_html([table], fresh / f"{table.key}.html", table.printed_caption, language, results)
        write_workbook(tables, fresh / f"{ALL}.xlsx")
        write_document(tables, fresh / f"{ALL}.docx")
        write_html(tables, fresh / f"{ALL}.html", title, language, results)
        if folder.exists():
            os.replace(folder, old)
        os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
