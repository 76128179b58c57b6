"""Footnotes on what a table lacks: each reason once, with the rows that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from osteon.reporting.language import Say, sentence
from osteon.reporting.numbers import is_absent
from osteon.reporting.result_tables import REASONS


def reason_notes(found: Iterable[tuple[str, object]], say: Say, words: Mapping[str, str] = REASONS) -> list[str]:
    """One footnote for each reason, with what it concerns in the order of the rows.

    Args:
        found: what a row or cell is called, and its reason code; an absent code is passed over.
        say: the reader's language.
        words: sentence of each code.
    """
    concerned: dict[str, list[str]] = {}
    for name, code in found:
        if not is_absent(code):
            names = concerned.setdefault(str(code), [])
            names += [name] if name not in names else []
    return [
        say("{what}: {why}", what="; ".join(names), why=sentence(words.get(code, code), say))
        for code, names in concerned.items()
    ]


def split_codes(cell: object) -> list[tuple[str, str]]:
    """Measure and code of each entry of a cell 'slope: separated; ici: few_events'; a code alone is of 'all'."""
    if is_absent(cell):
        return []
    parts = (entry.partition(": ") for entry in str(cell).split("; "))
    return [(first, code) if code else ("all", first) for first, _, code in parts]
