"""Numbers as journals print them: no '0.000', no false digits, intervals that read well with negative values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from osteon.reporting.language import Say

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
ABSENT = DASH
_WITH_WORD = re.compile(rf"({MINUS}?\d[\d.]*) to ({MINUS}?\d[\d.]*)")


def number(value: object, digits: int = 3) -> str:
    """A number with fixed decimals, a true minus sign, and never '-0.00'; a missing one is an en dash."""
    if is_absent(value):
        return ABSENT
    text = f"{float(value):.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def significant(value: object, digits: int = 3) -> str:
    """A number with significant digits, for settings and values of patients, which are written without last zeros."""
    text = estimated(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def estimated(value: object, digits: int = 3) -> str:
    """A number with significant digits, last zeros included, for estimates of unknown size: 35.0, 0.00350."""
    if is_absent(value):
        return ABSENT
    value = float(value)
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}".replace("-", MINUS)
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))  # of what is printed: 9.996 is 10.0
    return f"{value:.{max(0, digits - 1 - size)}f}".replace("-", MINUS)


def integer(value: object) -> str:
    """A count; a missing one is an en dash."""
    return ABSENT if is_absent(value) else f"{round(float(value))}"


def percent(share: object, digits: int = 1) -> str:
    """A share of 1 as a percentage."""
    return ABSENT if is_absent(share) else f"{number(100 * float(share), digits)}%"


def p_value(p: object) -> str:
    """Three decimals; '<0.001' and '>0.999' at the ends."""
    if is_absent(p):
        return ABSENT
    p = float(p)
    if not 0 <= p <= 1:
        raise ValueError(f"a p value must lie between 0 and 1, got {p}")
    if p < 0.001:
        return "<0.001"
    return ">0.999" if p > 0.999 else f"{p:.3f}"


def interval(low: object, high: object, digits: int = 3) -> str:
    """'0.73–0.87', or '−0.30 to 0.05' where a minus sign would run into the dash; '' without an interval."""
    if is_absent(low) or is_absent(high):
        return ""
    ends = number(low, digits), number(high, digits)
    joint = " to " if MINUS in "".join(ends) else DASH
    return joint.join(ends)


def interval_in_words(text: str, say: Say) -> str:
    """A text with its intervals in the language of the reader: '−0.30 to 0.05' has a word."""
    return _WITH_WORD.sub(lambda found: say("{low} to {high}", low=found[1], high=found[2]), text)


def with_interval(value: object, low: object, high: object, digits: int = 3) -> str:
    """'0.806 (0.738–0.873)'; without an interval the value alone."""
    between = interval(low, high, digits)
    return f"{number(value, digits)} ({between})" if between else number(value, digits)


def beside(row: Mapping, measure: str, within: str, words: str, digits: int = 2) -> str:
    """What stands beside a measure of all patients of a set, because telling hospitals apart raises it.

    Args:
        row: a row of a table performance, with the intervals of both measures.
        measure: column of the measure of all patients.
        within: column of the same within hospitals.
        words: what that is called.
        digits: decimals.

    Returns:
        '{words} 0.71 (0.62–0.80)'; '' for a set of one hospital, where both are the same.
    """
    cells = [(row.get(f"{measure}{end}"), row.get(f"{within}{end}")) for end in ("", "_low", "_high")]
    if is_absent(cells[0][0]) or all(one == other or (is_absent(one) and is_absent(other)) for one, other in cells):
        return ""
    return f"{words} {with_interval(*(other for _, other in cells), digits)}"


def is_absent(value: object) -> bool:
    """True for None, '' and NaN."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value)) or value != value
