"""The label of a batch, made from one value by the rules of the study alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from fnmatch import fnmatchcase

from osteon.config.harmonisation import BatchColumn
from osteon.config.headers import number_in, number_text
from osteon.config.sheets import is_missing, normalised

UNKNOWN = "unknown"
"""Batch of the patients without a value: they have something in common, a header that does not say it."""
OTHER = "other"
"""Batch of the values that few training patients have."""
CROSS = " + "
"""Between the labels of crossed divisions: 'NCC + 3'."""


def label_of(value: str, settings: BatchColumn) -> str:
    """The batch of a value, before small batches are merged.

    Args:
        value: text; '' or a sign of absence where there is no value.
        settings: `merge` and `cut` are used.
    """
    if is_missing(value):
        return UNKNOWN
    number = number_in(value)
    if settings.cut:
        return UNKNOWN if number is None else _interval(number, settings.cut)
    written = " ".join(normalised(value).split())
    text = written if number is None else number_text(number)
    ways = {text, written}  # a number may be named as it is written
    merged = (name for name, patterns in settings.merge.items() if any(_fits(ways, one) for one in patterns))
    return next(merged, text)


def _interval(number: Decimal, limits: Sequence[float]) -> str:
    exact = [Decimal(repr(limit)) for limit in limits]
    place, names = bisect_right(exact, number), [number_text(limit) for limit in exact]
    if place == 0:
        return f"below {names[0]}"
    return f"{names[-1]} or more" if place == len(names) else f"{names[place - 1]} to below {names[place]}"


def _fits(ways: set[str], pattern: str) -> bool:
    # brackets mean themselves: names of kernels have them
    plain = pattern.casefold().replace("[", "[[]")
    return any(fnmatchcase(way.casefold(), plain) for way in ways)
