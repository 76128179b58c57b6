"""The first sheet of an Excel workbook, cell by cell as a person sees it."""

from __future__ import annotations

import datetime
import io
import re
import warnings
import zipfile

EXACT_DIGITS = 15
"""Excel keeps this many digits of a number; the others of a longer one are lost."""
# One section of a number format that pads with zeros: an optional text in quotes before and after, and the zeros.
_PADDED = re.compile(r'(?:"([^"]*)")?(0{2,})(?:"([^"]*)")?')


class SheetError(ValueError):
    """A table that cannot be read.

    Attributes:
        what: what is wrong with the file, to stand after its name.
        write: what to do about it.
    """

    def __init__(self, what: str, write: str = ""):
        self.what, self.write = what, write
        super().__init__(f"{what} {write}." if write else what)


def is_workbook(content: bytes) -> bool:
    """Whether a file is a workbook, old or new, by its first bytes."""
    return content[:4] == b"PK\x03\x04" or content[:8] == bytes.fromhex("d0cf11e0a1b11ae1")


def read_workbook(content: bytes) -> list[tuple[int, list[str]]]:
    """Read the first visible sheet of an .xlsx workbook.

    Formulas give the value that Excel stored. Whole numbers have no '.0', numbers whose format pads them with zeros
    have their zeros, dates are YYYY-MM-DD. Cells that are merged over several rows give their value to each.

    Returns:
        (row number as Excel counts, cells as text) of every row.

    Raises:
        SheetError: an old .xls workbook, one with a password, one that cannot be read, a number with more digits than
            Excel keeps, or formulas of which no value was stored.
    """
    if content[:2] != b"PK":
        raise SheetError("is an .xls workbook, or one with a password.", "Save it in Excel as .xlsx without password")
    import openpyxl  # here, because Snakemake plans without it if no table is a workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of drop-down lists and styles, which no reader of values needs
        try:
            sheet = _first_sheet(openpyxl.load_workbook(io.BytesIO(content)))
            formulas = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
            if formulas:
                sheet = _first_sheet(openpyxl.load_workbook(io.BytesIO(content), data_only=True))
        except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise SheetError(f"cannot be read as a workbook ({error}).", "Save it again as .xlsx") from None
    if formulas and all(sheet[place].value is None for place in formulas):
        raise SheetError(
            f"cell {formulas[0]} is a formula without a stored value.", "Open it in Excel and save it again"
        )
    rows = {row[0].row: [_shown(cell) for cell in row] for row in sheet.iter_rows()}
    for merged in sheet.merged_cells.ranges:
        value = rows[merged.min_row][merged.min_col - 1]
        for number in range(merged.min_row + 1, merged.max_row + 1):
            rows[number][merged.min_col - 1] = value
    return list(rows.items())


def _first_sheet(workbook):
    visible = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    if not visible:
        raise ValueError("no sheet with cells")
    return visible[0]


def _shown(cell) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime):
        whole_day = value.time() == datetime.time()
        return value.strftime("%Y-%m-%d" if whole_day else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, (int, float)):
        return _number(value, cell)
    return str(value)


def _number(value: float, cell) -> str:
    if abs(value) >= 10**EXACT_DIGITS:
        raise SheetError(
            f"cell {cell.coordinate} is a number of more than {EXACT_DIGITS} digits, of which Excel has lost the last.",
            "Enter such ids as text",
        )
    if value != int(value):
        return format(value, f".{EXACT_DIGITS}g")
    text = str(int(value))
    padded = _PADDED.fullmatch(re.sub(r"\[[^\]]*\]", "", cell.number_format.split(";")[0]))
    if padded and value >= 0:
        before, zeros, after = padded.groups(default="")
        return before + text.zfill(len(zeros)) + after
    return text
