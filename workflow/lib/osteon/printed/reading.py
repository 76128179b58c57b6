"""Reading printed tables: which form a file is, and what its cells say. Every problem becomes a finding."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osteon.config.explain import did_you_mean
from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import FORMS, Column, columns_of, headers_of, required_of
from osteon.printed.numbers import parse

FORMS_ARE = f"Forms: {', '.join(FORMS)}; python -m osteon audit --templates DIR writes them empty."
SUFFIXES = (".csv", ".tsv")
# Spreadsheets write one of these.
ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class Table:
    """One file that is a form: its name, its kind (a key of `FORMS`), and its rows."""

    file: str
    kind: str
    rows: tuple


@dataclass(frozen=True)
class Forms:
    """All files of a folder; `problems` says what could not be read and what to type."""

    tables: tuple[Table, ...]
    problems: tuple[Finding, ...]

    def of(self, kind: str) -> list[Table]:
        """The tables of a kind."""
        return [table for table in self.tables if table.kind == kind]

    def rows(self, kind: str) -> list:
        """The rows of all tables of a kind."""
        return [row for table in self.of(kind) for row in table.rows]


class NoTables(Exception):
    """There is nothing to audit; the message says what is expected."""


def read_forms(folder: str | Path) -> Forms:
    """Read every CSV and TSV file of a folder.

    Raises:
        NoTables: the folder is not there, or no file in it is a form.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NoTables(f"{folder} is no folder. Name the folder that holds the printed tables as CSV files.")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not files:
        raise NoTables(f"{folder} holds no CSV file. Templates: python -m osteon audit --templates {folder}")
    tables, problems = [], []
    for path in files:
        table, found = read_form(path)
        problems += found
        if table is not None:
            tables.append(table)
    if not tables:
        told = "\n".join(f"  {one.table}: {one.how}" for one in problems)
        raise NoTables(f"no file in {folder} is a form that can be audited:\n{told}")
    return Forms(tuple(tables), tuple(problems))


def read_form(path: Path) -> tuple[Table | None, list[Finding]]:
    """Read one file: (None, problems) if it is no form."""
    try:
        headers, lines = _cells(path)
    except ValueError as error:
        return None, [_problem(path.name, "", "the file", "", str(error))]
    kind = recognise(headers)
    if kind is None:
        return None, [_problem(path.name, "", "the file", ", ".join(headers), _unknown(headers))]
    form = FORMS[kind]
    known = headers_of(form)
    extra = ", ".join(header for header in headers if header and header not in known)
    problems = []
    if extra:
        how = f"No check reads these columns; the form '{kind}' has none of these names."
        problems.append(_problem(path.name, "", f"columns {extra}", "", how))
    rows = []
    for number, line in lines:
        values, wrong = _row(columns_of(form), known, headers, line)
        row = form(**values)
        for header, text, what in wrong:
            problems.append(_problem(path.name, f"line {number}, {row.name}", f"column '{header}'", text, what))
        rows.append(row)
    if not rows:
        problems.append(_problem(path.name, "", "the file", "", "The table has headers and no line. Fill it in."))
    return Table(path.name, kind, tuple(rows)), problems


def recognise(headers: list[str]) -> str | None:
    """The kind whose required columns are all there; of several, the one that knows most of the headers."""
    fitting = []
    for kind, form in FORMS.items():
        known = headers_of(form)
        present = {known[header] for header in headers if header in known}
        if present.issuperset(required_of(form)):
            fitting.append((len(present), kind))
    return max(fitting, key=lambda one: one[0])[1] if fitting else None


def _unknown(headers: list[str]) -> str:
    """What to type where a file is no form: the nearest form and the columns that it lacks."""
    best, lacking = "", None
    for kind, form in FORMS.items():
        known = headers_of(form)
        present = {known[header] for header in headers if header in known}
        missing = [name for name in required_of(form) if name not in present]
        if present and (lacking is None or len(missing) < len(lacking)):
            best, lacking = kind, missing
    if lacking is None:
        return f"No form has these columns. {FORMS_ARE}"
    hints = []
    for name in lacking:
        meant = did_you_mean(name, headers)
        hints.append(f"'{name}'" + (f" ({meant})" if meant.startswith("Did") else ""))
    return f"No form has these columns. The nearest is '{best}'; add the columns {', '.join(hints)}."


def _row(
    columns: dict[str, Column], known: dict[str, str], headers: list[str], line: list[str]
) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """Values of a row by field, and (header, text, what to type) of cells that cannot be read."""
    values, wrong = {}, []
    for header, text in zip(headers, line, strict=False):
        if header not in known:
            continue
        try:
            values[known[header]] = _value(columns[known[header]].kind, text)
        except ValueError as error:
            wrong.append((header, text, str(error)))
    return values, wrong


def _value(kind: str, text: str) -> Any:
    if kind == "text":
        return text
    number = parse(text, signed=kind == "signed")
    if kind != "count" or number is None:
        return number
    if number.digits or not number.text.replace(",", "").strip().isdecimal():
        raise ValueError(f"'{text}' is no whole number. Write the count of patients, for example 108")
    return round(number.value) if number.value >= 0.5 else 0


def _cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Headers in small letters, and (line number, cells) of every line that is not empty."""
    data = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ValueError("The file is no text. Save it as CSV (UTF-8).")
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    lines = [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    if not lines:
        raise ValueError("The file is empty. Write the headers of a form into its first line.")
    headers = [header.lower().replace(" ", "_") for header in lines[0]]
    return headers, [(number, line) for number, line in enumerate(lines[1:], start=2) if any(line)]


def _problem(table: str, row: str, item: str, printed: str, how: str) -> Finding:
    return Finding(table, row, item, printed, Verdict.CANNOT, how)
