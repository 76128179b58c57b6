"""The cells of a file as text: CSV and TSV of any spreadsheet, and every sheet of an Excel workbook."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.utils.exceptions import InvalidFileException

TEXTS, WORKBOOKS = (".csv", ".tsv"), (".xlsx",)
# Spreadsheets write one of these; with a byte order mark UTF-16.
ENCODINGS = ("utf-8-sig", "gb18030")
MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DELIMITERS = ",\t;|\N{FULLWIDTH COMMA}"
DECIMAL = re.compile(r"(?<=\d),(?=\d)")
# A workbook's format of a number with fixed decimals, such as 0.000 or 0.0%.
FIXED = re.compile(r"#?,?#*0(?:\.(?P<zeros>0+))?(?P<percent>%?)(?:_.*)?")


@dataclass(frozen=True)
class Sheet:
    """One table: the name of its file (and sheet), and its lines with their numbers; lines without text are left out.

    The cells have no spaces around them.
    """

    name: str
    lines: tuple[tuple[int, tuple[str, ...]], ...]


def read_sheets(path: Path) -> list[Sheet]:
    """The tables of a file; of a workbook those sheets that hold anything.

    Raises:
        ValueError: the file cannot be read, or is empty; the message says what to do.
    """
    if path.suffix.lower() in WORKBOOKS:
        sheets = list(_workbook(path))
    else:
        text = _decode(path.read_bytes())
        delimiter = _delimiter(text)
        sheets = [_sheet(path.name, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))]
    sheets = [sheet for sheet in sheets if sheet.lines]
    if not sheets:
        raise ValueError("The file is empty. Write the headers of a form into its first line.")
    return sheets


def _sheet(name: str, lines: Iterator) -> Sheet:
    cells = [(number, tuple(cell.strip() for cell in line)) for number, line in enumerate(lines, start=1)]
    return Sheet(name, tuple((number, line) for number, line in cells if any(line)))


def _decode(data: bytes) -> str:
    encodings = ("utf-16",) if data.startswith(MARKS) else ENCODINGS
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("The file is no text. Save it as CSV (UTF-8).")


def _delimiter(text: str) -> str:
    """The separator that the line with most of any has most: a title above the table has none.

    A comma between digits may be a decimal one.
    """
    lines = [DECIMAL.sub("", line) for line in text.splitlines()[:5]] or [""]
    return max(DELIMITERS, key=lambda mark: max(line.count(mark) for line in lines))


def _workbook(path: Path) -> Iterator[Sheet]:
    try:
        book = load_workbook(path, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise ValueError("The workbook cannot be opened. Save each table as CSV (UTF-8).") from None
    several = len(book.worksheets) > 1
    for sheet in book.worksheets:
        name = f"{path.name}, {sheet.title}" if several else path.name
        yield _sheet(name, ([_shown(cell) for cell in row] for row in sheet.iter_rows()))


def _shown(cell: Cell) -> str:
    """What a workbook shows: a number with the decimals of its format, text as it is."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    fixed = FIXED.fullmatch(cell.number_format or "")
    if fixed is None or (cell.number_format == "0" and value != round(value)):
        return f"{value:.15g}"
    sign = fixed["percent"]
    return f"{100 * value if sign else value:.{len(fixed['zeros'] or '')}f}{sign}"
