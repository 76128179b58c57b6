"""Tables as CSV that Excel opens with the right characters on any Windows, a Chinese one included."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from osteon.reporting.paper.table import PaperTable
from osteon.tables.files import atomic_path


def csv_text(table: PaperTable) -> str:
    """The table as printed: banner and caption, one or two header rows, rows, then notes.

    All lines have as many cells as the table has columns. A spanning heading is repeated over each of its columns; a
    heading of rows stands in the first cell, and rows that are indented begin with two spaces for each level.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")

    def line(*cells: str) -> None:
        writer.writerow([*cells, *[""] * (len(table.columns) - len(cells))])

    if table.banner:
        line(table.banner)
    line(table.printed_caption)
    if table.grouped:
        line(*(column.group for column in table.columns))
    line(*(column.heading for column in table.columns))
    for row in table.rows:
        line("  " * row.level + row.cells[0], *row.cells[1:])
    for note in table.notes:
        line(note)
    return stream.getvalue()


def first_row(table: PaperTable) -> int:
    """Line of the first row in the file, counted from 1."""
    return 1 + bool(table.banner) + 1 + table.grouped + 1


def write_csv(table: PaperTable, path: str | Path) -> None:
    """Write UTF-8 with a byte-order mark, without which Excel on Chinese Windows takes the file for GBK."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(csv_text(table).encode("utf-8-sig"))
