"""Single elements of a DICOM dataset as plain values; what cannot be read is as good as absent."""

from __future__ import annotations

import math
from collections.abc import Callable

from pydicom.dataset import Dataset


def numbers(value: object) -> float | tuple[float, ...] | None:
    """A number, or several as a tuple; None unless all are finite."""
    if isinstance(value, str) or not hasattr(value, "__len__"):
        number = float(value)
        return number if math.isfinite(number) else None
    parts = tuple(float(part) for part in value)
    return parts if parts and all(math.isfinite(part) for part in parts) else None


def words(value: object) -> tuple[str, ...] | None:
    """Upper-case words without the empty ones."""
    parts = [value] if isinstance(value, str) else list(value)
    return tuple(str(part).strip().upper() for part in parts if str(part).strip()) or None


def text(value: object) -> str | None:
    """Trimmed text."""
    joined = value if isinstance(value, str) else " ".join(str(part) for part in value)
    return joined.strip("\0 ") or None


def get(dataset: Dataset, keyword: str, convert: Callable[[object], object]) -> object:
    """One element by keyword, converted by `numbers`, `words` or `text`; None if absent, empty or malformed."""
    try:
        value = dataset.get(keyword)
        return None if value is None else convert(value)
    except Exception:  # one malformed value is as good as none; pydicom raises many kinds of errors on them
        return None


def item(dataset: Dataset, sequence: str) -> Dataset:
    """The first item of a sequence, or an empty dataset."""
    try:
        items = dataset.get(sequence) or []
        return items[0] if len(items) else Dataset()
    except Exception:  # a malformed sequence is as good as none
        return Dataset()
