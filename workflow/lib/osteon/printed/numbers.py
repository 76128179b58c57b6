"""Printed numbers as intervals: all values that round to what stands there."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

# What stands in a cell where nothing is printed.
NOTHING = {"", "-", "--", "---", "/", "na", "n/a", "nan", "none", "nr", ".", "ref", "ref.", "reference"}
# An infinite odds ratio, limit or statistic: nothing that could be compared. 'ne': not estimable.
NOTHING |= {sign + word for sign in ("", "+", "-", ">") for word in ("inf", "infinity", "\N{INFINITY}")} | {"ne"}
MINUS = dict.fromkeys(map(ord, "\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}\N{FIGURE DASH}\N{HYPHEN}"), "-")
POINTS = dict.fromkeys(map(ord, "\N{MIDDLE DOT}\N{BULLET OPERATOR}\N{DOT OPERATOR}\N{KATAKANA MIDDLE DOT}"), ".")
RELATION = {"\N{LESS-THAN OR EQUAL TO}": "<", "\N{GREATER-THAN OR EQUAL TO}": ">", "<=": "<", ">=": ">"}
NUMBER = re.compile(
    r"(?P<relation>[<>=~]?)(?P<digits>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?P<percent>%?)[*†‡§#a-d]{0,3}"
)
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(\D|$))")
# '0,812' and '12,5' have a decimal comma; '1,234' a thousands separator.
DECIMAL_COMMA = re.compile(r"(?P<front>[<>=~]*[+-]?)(?P<whole>0|\d*(?=,(?!\d{3}(\D|$))\d)),(?P<rest>\d+\D*)")

# Sums of binary fractions miss a limit by this much, relative to their size.
FUZZ = 1e-9


@dataclass(frozen=True)
class Printed:
    """The closed range of values that round to a printed text.

    Half a unit of the last digit on each side; both roundings of ties are allowed. A percentage is a share of 1. For
    '<0.001' the range is 0 to 0.001, for '>0.999' it is 0.999 to 1, for '>20' it is open upwards.
    """

    text: str
    low: float
    high: float
    digits: int
    """Decimals as printed (of a percentage: of the percentage)."""
    note: str = ""

    @property
    def value(self) -> float:
        """The middle; of a range that is open upwards, its lower end."""
        return (self.low + self.high) / 2 if math.isfinite(self.high) else self.low

    def holds(self, x: float, slack: float = 0.0) -> bool:
        """Does `x` round to the printed text? `slack` widens the range on both sides; NaN never does."""
        room = slack + FUZZ * max(1.0, abs(x))
        return self.low - room <= x <= self.high + room

    def meets(self, low: float, high: float, slack: float = 0.0) -> bool:
        """Does any value from `low` to `high` round to the printed text?"""
        room = slack + FUZZ * max(1.0, min(abs(low), abs(high)))
        return self.low - room <= high and low <= self.high + room

    def __str__(self) -> str:
        return self.text


def parse(text: object, signed: bool = False) -> Printed | None:
    """The range of a printed number.

    Args:
        text: what is printed: '0.740', '.75', '33.6%', '<0.001', '>0.999', '-2.05' with any minus sign, full-width
            digits, thousands separators, a star or letter that points to a note.
        signed: a printed zero may be a rounded negative number (a coefficient, a correlation); otherwise '0.000' is
            0 to 0.0005.

    Returns:
        None where nothing is printed.

    Raises:
        ValueError: the text is no number; the message says what to type.
    """
    printed = str(text if text is not None else "").strip()
    plain = unicodedata.normalize("NFKC", printed).translate(MINUS)
    # NFKC makes some of these out of others, so that they are replaced afterwards
    plain = plain.translate(POINTS).lower().replace(" ", "")
    for sign, same in RELATION.items():
        plain = plain.replace(sign, same)
    plain = plain.removeprefix("p").removeprefix("=")
    comma = DECIMAL_COMMA.fullmatch(plain)
    plain = f"{comma['front']}{comma['whole']}.{comma['rest']}" if comma else THOUSANDS.sub("", plain)
    if plain in NOTHING:
        return None
    found = NUMBER.fullmatch(plain)
    if found is None:
        raise ValueError(f"'{printed}' is no number. Write it as printed, for example 0.740, .74, 33.6%, <0.001")
    number = Decimal(found["digits"])
    digits = max(0, -number.as_tuple().exponent)
    scale = Decimal(1) / 100 if found["percent"] else Decimal(1)
    if found["relation"] == "<":
        return Printed(printed, 0.0, float(number * scale), digits)
    if found["relation"] == ">":
        limit = float(number * scale)
        return Printed(printed, limit, 1.0 if limit <= 1 else math.inf, digits)
    half = Decimal(10) ** number.as_tuple().exponent / 2
    low, high = float((number - half) * scale), float((number + half) * scale)
    if number == 0:
        low = low if signed else 0.0
        return Printed(printed, low, high, digits, f"printed as {printed}" if digits else "")
    return Printed(printed, low, high, digits)
