"""Literature: the entries of citations.bib that a text cites as [@key] or [@key; @other]."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("citations.bib")
_ENTRY = re.compile(r"^@\w+\{(?P<key>[^,\s]+),\n.*?^\}\n", re.MULTILINE | re.DOTALL)
_DOI = re.compile(r"^  doi = \{(?P<doi>[^}]+)\},$", re.MULTILINE)
_GROUP = re.compile(r"\[(@[a-z0-9]+(?:; @[a-z0-9]+)*)\]")


@cache
def entries() -> dict[str, str]:
    """BibTeX of every entry, by its key, in the order of the file."""
    return {entry["key"]: entry.group() for entry in _ENTRY.finditer(FILE.read_text(encoding="utf-8"))}


def cited(text: str) -> list[str]:
    """Keys that a text cites, each once, in the order of the text."""
    groups = [group.split("; ") for group in _GROUP.findall(text)]
    return list(dict.fromkeys(key.removeprefix("@") for group in groups for key in group))


def bibliography(text: str) -> str:
    """BibTeX of what a text cites, by key; KeyError for a key that citations.bib does not have."""
    return "".join(entries()[key] for key in sorted(cited(text)))


def doi_of(key: str) -> str:
    """DOI of an entry; '' if it has none, KeyError for a key that citations.bib does not have."""
    found = _DOI.search(entries()[key])
    return found["doi"] if found else ""
