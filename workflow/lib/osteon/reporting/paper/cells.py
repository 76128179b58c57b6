"""Cells of spreadsheets: which printed text is one number, and how that number is shown as it is printed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from osteon.reporting.numbers import MINUS

# A leading zero makes an id of a number: 007 is not 7. Beyond 15 digits a spreadsheet loses some.
_NUMBER = re.compile(r"([+-]?)(0|[1-9]\d*)(?:\.(\d+))?(?:e([+-]\d+))?(%?)")
MOST_DIGITS = 15


@dataclass(frozen=True)
class NumberCell:
    """A number and the format in which a spreadsheet shows the printed text."""

    value: int | float
    format: str


def number_cell(text: str) -> NumberCell | None:
    """The one number that a printed text is; None for any other text, such as '<0.001', '0.81 (0.74–0.87)' or '007'.

    >>> number_cell("0.050"), number_cell("12.5%"), number_cell("<0.001")
    (NumberCell(value=0.05, format='0.000'), NumberCell(value=0.125, format='0.0%'), None)
    """
    found = _NUMBER.fullmatch(text.strip().replace(MINUS, "-"))
    if not found:
        return None
    sign, whole, decimals, exponent, percent = found.groups()
    decimals = decimals or ""
    if len(whole + decimals) > MOST_DIGITS or (exponent and percent):
        return None
    pattern = f"0.{'0' * len(decimals)}" if decimals else "0"
    if exponent:
        return NumberCell(float(f"{sign}{whole}.{decimals or 0}e{exponent}"), f"{pattern}E+00")
    if percent:
        return NumberCell(float(f"{sign}{whole}.{decimals or 0}") / 100, f"{pattern}%")
    return NumberCell(float(f"{sign}{whole}.{decimals}") if decimals else int(sign + whole), pattern)
