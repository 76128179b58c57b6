"""A table of the manuscript, the same in every format: text cells as they are printed, headings, notes, banner."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from osteon.reporting.language import Say, english
from osteon.reporting.tables import DisplayTable

# What neither XML nor a spreadsheet takes in a cell: control characters, halves of surrogate pairs, non-characters.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
# Width from which on a column of words has several lines, in half-width characters.
WORDS = 32
_KEY = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        heading: what stands over it.
        group: heading that spans it and its neighbors of the same group; '' for none.
        words: whether it holds words: they are set flush left, and stay text in a workbook.
    """

    heading: str
    group: str = ""
    words: bool = False


@dataclass(frozen=True)
class Row:
    """A row of cells, or a heading that spans all columns.

    Attributes:
        cells: one text for each column; a heading has one text in all.
        heading: whether it is a heading of the rows below.
        level: how far the first cell is indented.
    """

    cells: tuple[str, ...]
    heading: bool = False
    level: int = 0


@dataclass(frozen=True)
class PaperTable:
    """A table of the manuscript.

    Attributes:
        key: name of its files: small letters, digits and underscores.
        title: what it shows, without a full stop.
        columns: its columns.
        rows: its rows.
        notes: footnotes; each is a paragraph.
        sources: paths of the files with all digits.
        banner: what nobody must overlook, in every format ('Simulated patients: ...'); '' for nothing.
        number: '1', 'S2'; '' before `numbered`.
        caption: number and title in the reader's language; the title before `numbered`.
        label: the number in the reader's language ('Table 1'), and the name of the sheet.

    Raises:
        ValueError: a key that is no file name, or a row with too many or too few cells.
    """

    key: str
    title: str
    columns: list[Column]
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    sources: Sequence[str] = ()
    banner: str = ""
    number: str = ""
    caption: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"table key {self.key!r}: use small letters, digits and underscores, 'baseline'")
        if not self.columns:
            raise ValueError(f"table {self.key}: it has no column")
        for place, row in enumerate(self.rows, start=1):
            wanted = 1 if row.heading else len(self.columns)
            if len(row.cells) != wanted:
                raise ValueError(f"table {self.key}: row {place} has {len(row.cells)} cells instead of {wanted}: {row}")

    @property
    def printed_caption(self) -> str:
        """Number and title."""
        return self.caption or self.title

    @property
    def grouped(self) -> bool:
        """Whether the header has two rows."""
        return any(column.group for column in self.columns)

    @property
    def spans(self) -> list[tuple[str, int, int]]:
        """The upper header row: text, first column and number of columns; a column without a group has ''."""
        found = []
        for group, members in groupby(enumerate(self.columns), lambda item: item[1].group):
            places = [place for place, _ in members]
            found += [(group, places[0], len(places))] if group else [("", place, 1) for place in places]
        return found

    @property
    def leading_words(self) -> int:
        """Number of columns with words at the left."""
        words = [column.words for column in self.columns]
        return words.index(False) if False in words else len(words)

    def widths(self, *, broken: bool = False) -> list[int]:
        """Width of each column in half-width characters: the longest cell, and headings on two lines or more.

        Args:
            broken: cells with an interval have it on a line of its own, see `broken_cell`.
        """
        widths = [_two_lines(column.heading) for column in self.columns]
        for row in self.rows:
            for place, cell in enumerate(() if row.heading else row.cells):
                lines = broken_cell(cell) if broken and not self.columns[place].words else [cell]
                longest = max(map(text_width, lines)) + (2 * row.level if place == 0 else 0)
                if self.columns[place].words:
                    longest = min(longest, max(WORDS, _longest_word(cell)))
                widths[place] = max(widths[place], longest)
        for group, first, count in self.spans:
            lacking = _two_lines(group) - sum(widths[first : first + count])
            for place in range(first, first + count):
                widths[place] += max(0, -(-lacking // count))
        return widths


def numbered(tables: Sequence[PaperTable], say: Say = english, prefix: str = "") -> list[PaperTable]:
    """The tables with numbers in their order: 1, 2, ...; with the prefix 'S' they are S1, S2, ..."""
    made = []
    for place, table in enumerate(tables, start=1):
        number = f"{prefix}{place}"
        caption = say("Table {number}. {title}", number=number, title=table.title)
        made.append(replace(table, number=number, caption=caption, label=say("Table {number}", number=number)))
    return made


def with_supplement(tables: Sequence[PaperTable], supplement: Collection[str], say: Say = english) -> list[PaperTable]:
    """The tables of the paper with their numbers, then those of the supplement (S1, ...).

    Args:
        tables: in their order.
        supplement: keys of those that belong to the supplement.
        say: the reader's language.
    """
    main = [table for table in tables if table.key not in supplement]
    return numbered(main, say) + numbered([table for table in tables if table.key in supplement], say, "S")


def from_display(table: DisplayTable, banner: str = "") -> PaperTable:
    """A table of the page as one of the manuscript; its texts stay as they are.

    Raises:
        ValueError: as `PaperTable`.
    """
    columns = [Column(heading, words=place < table.words) for place, heading in enumerate(table.columns)]
    return PaperTable(
        table.key.replace("-", "_"),
        table.caption.removesuffix("."),
        columns,
        [Row(tuple(row)) for row in table.rows],
        list(table.notes),
        table.sources,
        banner,
    )


def printable(text: str) -> str:
    """The text without what XML and spreadsheets refuse; a run of such characters becomes a space."""
    return _UNPRINTABLE.sub(" ", text)


def text_width(text: str) -> int:
    """Width in half-width characters: Chinese ones count twice."""
    return len(text) + sum(map(_is_wide, text))


def broken_cell(text: str) -> list[str]:
    """The lines of a cell that is too wide for one: '0.81 (0.74–0.87)' has its interval on the second."""
    value, interval, rest = text.partition(" (")
    return [value, f"({rest}"] if interval else [text]


def _two_lines(text: str) -> int:
    return max(_longest_word(text), -(-text_width(text) // 2)) if text else 0


def _longest_word(text: str) -> int:
    """Width of what is not broken: Chinese is broken between any two characters, other words at their ends."""
    return max(map(len, "".join(" " if _is_wide(character) else character for character in text).split()), default=2)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
