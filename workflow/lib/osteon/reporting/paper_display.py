"""Tables of the manuscript on a page: the same cells, with headings of rows as a column of their own."""

from __future__ import annotations

from collections.abc import Sequence

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import integer
from osteon.reporting.paper.table import PaperTable
from osteon.reporting.tables import DisplayTable


def displayed(
    table: PaperTable, key: str, say: Say = english, *, most: int | None = None, sources: Sequence[str] | None = None
) -> DisplayTable:
    """The table as the page shows it; no cell is written anew.

    A heading of rows becomes the first cell of each of its rows (the page shows it once), and a heading of columns
    stands before each of them.

    Args:
        table: from a builder of `reporting.paper`.
        key: id on the page.
        say: the reader's language.
        most: rows that are shown; a note says how many more there are.
        sources: paths relative to the page; without them those of the table.
    """
    headed = any(row.heading for row in table.rows)
    heading, rows = "", []
    for row in table.rows:
        if row.heading:
            heading = row.cells[0]
        else:
            rows.append([heading, *row.cells] if headed else list(row.cells))
    shown = rows if most is None else rows[:most]
    notes = list(table.notes)
    if hidden := len(rows) - len(shown):
        notes.insert(0, say("{n} more rows are in the table of the manuscript.", n=integer(hidden)))
    columns = [f"{column.group}: {column.heading}" if column.group else column.heading for column in table.columns]
    return DisplayTable(
        key,
        say("{title}.", title=table.title),
        [say("Group"), *columns] if headed else columns,
        shown,
        table.leading_words + headed,
        notes,
        table.sources if sources is None else sources,
    )
