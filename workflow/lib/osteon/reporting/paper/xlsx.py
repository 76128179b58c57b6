"""All tables in one workbook: a sheet each, numbers as numbers, three-line borders, the header frozen."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from osteon.reporting.paper.cells import number_cell
from osteon.reporting.paper.packages import reproducible
from osteon.reporting.paper.table import PaperTable, Row, printable, text_width
from osteon.tables.files import atomic_path

FONT = "Times New Roman"
THICK, THIN = Side("medium"), Side("thin")
BANNER = {"font": Font(FONT, 12, bold=True, color="FFFFFF"), "fill": PatternFill("solid", "8A3B12")}
NARROWEST, WIDEST = 6, 48
LINE_HEIGHT = 15.0
# An A4 page on its side holds about this many characters of 11 points; beyond a page upright it is turned.
UPRIGHT = 85
SHEET_NAME = 31
"""The longest name of a sheet that Excel takes."""
_REFUSED = re.compile(r"[\[\]:*?/\\']")


def workbook_bytes(tables: Sequence[PaperTable]) -> bytes:
    """The workbook as a file's content; the same tables give the same bytes.

    Raises:
        ValueError: there is no table.
    """
    if not tables:
        raise ValueError("a workbook needs at least one table")
    book = Workbook()
    book.remove(book.active)
    names: set[str] = set()
    for table in tables:
        name = _sheet_name(table, names)
        names.add(name.casefold())
        _fill(book.create_sheet(name), table)
    book.properties.creator = "Osteon"
    stream = io.BytesIO()
    book.save(stream)
    return reproducible(stream.getvalue())


def write_workbook(tables: Sequence[PaperTable], path: str | Path) -> None:
    """Write the workbook; ValueError where there is no table."""
    content = workbook_bytes(tables)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def _fill(sheet: Worksheet, table: PaperTable) -> None:
    count, at = len(table.columns), 0
    for text, style in ((table.banner, BANNER), (table.printed_caption, {"font": Font(FONT, 12, bold=True)})):
        if text:
            at += 1
            _line(sheet, at, text, count, **style)
    top = at + 1
    at = _header(sheet, table, top)
    sheet.freeze_panes = sheet.cell(at + 1, table.leading_words + 1 if table.leading_words < count else 1)
    sheet.print_title_rows = f"1:{at}"
    _border(sheet, top, count, top=THICK)
    _border(sheet, at, count, bottom=THIN)
    for row in table.rows:
        at += 1
        _row(sheet, at, table, row)
    _border(sheet, at, count, bottom=THICK)
    widths = [min(max(width + 2, NARROWEST), WIDEST) for width in table.widths()]
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    for text in table.notes:
        at += 1
        _line(sheet, at, text, count, font=Font(FONT, 9))
    for path in table.sources:
        at += 1
        _line(sheet, at, path, count, font=Font(FONT, 9, color="5A6673"))
    for number in (*range(1, top), *range(at - len(table.notes) - len(table.sources) + 1, at + 1)):
        lines = -(-text_width(sheet.cell(number, 1).value) // max(sum(widths), 1))
        sheet.row_dimensions[number].height = LINE_HEIGHT * lines
    sheet.page_setup.orientation = "landscape" if sum(widths) > UPRIGHT else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _header(sheet: Worksheet, table: PaperTable, top: int) -> int:
    """Write the header; returns its last row."""
    bottom, bold = top + table.grouped, Font(FONT, 11, bold=True)
    for place, column in enumerate(table.columns, start=1):
        cell = _text(sheet.cell(bottom, place), column.heading, font=bold)
        cell.alignment = Alignment("left" if column.words else "center", "center", wrap_text=True)
    if table.grouped:
        for group, first, count in table.spans:
            cell = _text(sheet.cell(top, first + 1), group, font=bold)
            cell.alignment = Alignment("center", "center", wrap_text=True)
            if group:
                _border(sheet, top, count, first + 1, bottom=THIN)
            if count > 1:
                sheet.merge_cells(start_row=top, end_row=top, start_column=first + 1, end_column=first + count)
    return bottom


def _row(sheet: Worksheet, at: int, table: PaperTable, row: Row) -> None:
    if row.heading:
        _line(sheet, at, row.cells[0], len(table.columns), font=Font(FONT, 11, bold=True))
        return
    for place, (text, column) in enumerate(zip(row.cells, table.columns, strict=True), start=1):
        cell = sheet.cell(at, place)
        found = None if column.words else number_cell(text)
        if found:
            cell.value, cell.number_format, cell.font = found.value, found.format, Font(FONT, 11)
        else:
            _text(cell, text, font=Font(FONT, 11))
        indent = row.level if place == 1 else 0
        cell.alignment = Alignment(
            "left" if column.words else "center", "center", wrap_text=column.words, indent=indent
        )


def _line(sheet: Worksheet, at: int, text: str, count: int, font: Font, fill: PatternFill | None = None) -> None:
    """One text over all columns."""
    cell = _text(sheet.cell(at, 1), text, font=font)
    cell.alignment = Alignment("left", "center", wrap_text=True)
    for place in range(1, count + 1):
        if fill:
            sheet.cell(at, place).fill = fill
    if count > 1:
        sheet.merge_cells(start_row=at, end_row=at, start_column=1, end_column=count)


def _text(cell: Cell, text: str, font: Font) -> Cell:
    """A text as it is: one that begins with '=' is no formula."""
    cell.value = printable(text)
    cell.data_type, cell.font = "s", font
    return cell


def _border(sheet: Worksheet, at: int, count: int, first: int = 1, **sides: Side) -> None:
    for place in range(first, first + count):
        cell = sheet.cell(at, place)
        old = cell.border
        cell.border = Border(top=sides.get("top", old.top), bottom=sides.get("bottom", old.bottom))


def _sheet_name(table: PaperTable, taken: set[str]) -> str:
    """The table's label, or its key where it has no number; unique in the workbook, whatever the case of letters."""
    name = _REFUSED.sub(" ", printable(table.label or table.key)).strip()[:SHEET_NAME]
    if name.casefold() in taken:
        raise ValueError(f"two tables are called {name!r}: number them with `numbered`")
    return name
