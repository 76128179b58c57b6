"""The two tables of a study, read as text: cases.tsv and the participants table."""

from __future__ import annotations

import csv
import gzip
import re
from dataclasses import dataclass
from pathlib import Path

MISSING = {"", "na", "n/a", "nan", "none", "null"}


@dataclass(frozen=True)
class Case:
    """One subject of one center: where its data are and which batch it belongs to."""

    center: str
    subject: str
    source: str
    batch: str
    row: int


def read_sheet(path: str | Path) -> tuple[list[str], list[dict[str, str]]]:
    """Read a TSV or CSV (also gzipped) as text, trimmed; ids under 'subject' become labels.

    Returns:
        The column names, and one dict per row; the row's number in the file is under '#'.
    """
    content = Path(path).read_bytes()
    text = (gzip.decompress(content) if Path(path).suffix == ".gz" else content).decode("utf-8-sig")
    lines = text.splitlines()
    delimiter = "\t" if lines and "\t" in lines[0] else ","
    reader = csv.DictReader(lines, delimiter=delimiter)
    columns = [name.strip() for name in reader.fieldnames or []]
    reader.fieldnames = columns
    rows = []
    for number, row in enumerate(reader, start=2):
        cells = {key: (value or "").strip() for key, value in row.items() if key is not None}
        if "subject" in cells:
            cells["subject"] = subject_label(cells["subject"])
        rows.append(cells | {"#": str(number)})
    return columns, rows


def subject_label(identifier: str) -> str:
    """An id as a label: letters and digits only, leading zeros kept, so that 'NCC-007' and 'NCC 007' are NCC007."""
    return re.sub(r"[^A-Za-z0-9]", "", identifier)


def is_missing(value: str) -> bool:
    """True if a cell stands for no value."""
    return value.strip().lower() in MISSING


def to_cases(rows: list[dict[str, str]]) -> list[Case]:
    """Rows of cases.tsv as cases; centers that deliver feature tables need neither source nor batch."""
    return [
        Case(row["center"], row["subject"], row.get("source", ""), row.get("batch") or row["center"], int(row["#"]))
        for row in rows
    ]
