"""Reading printed tables: which form a file is, and what its cells say. Every problem becomes a finding."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osteon.config.explain import did_you_mean
from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import FORMS, Column, columns_of, headers_of, required_of
from osteon.printed.numbers import parse
from osteon.printed.sheets import TEXTS, WORKBOOKS, Sheet, read_sheets

FORMS_ARE = f"Forms: {', '.join(FORMS)}; python -m osteon audit --templates DIR writes them empty."
# Above the headers there may be a title.
MOST_TITLES = 5
# A printed table leaves these empty where they are those of the line above.
REPEATED = ("set", "variable", "model", "analysis")
# An estimate and its interval in one cell: 0.812 (0.750-0.874).
NUMBER = r"[<>]?[+-]?(?:\d+(?:[.,]\d*)?|[.]\d+)%?"
WITH_INTERVAL = re.compile(
    rf"(?P<value>{NUMBER})\s*[(\[]\s*(?:95\s*%\s*CI:?\s*)?(?P<low>{NUMBER})"
    rf"\s*(?:-|~|,|;|\bto\b|\u81f3)\s*(?P<high>{NUMBER})\s*[)\]]",
    re.IGNORECASE,
)
DASHES = str.maketrans(dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}\N{FIGURE DASH}\N{HYPHEN}", "-"))
DASHES |= str.maketrans({"\N{IDEOGRAPHIC COMMA}": ",", "\N{MIDDLE DOT}": "."})
BOTH_LIMITS = re.compile(rf"[(\[]?\s*(?P<low>{NUMBER})\s*(?:-|~|,|;|\bto\b|\u81f3)\s*(?P<high>{NUMBER})\s*[)\]]?")
INTERVALS = ("ci", "95%_ci", "95%ci", "ci_95%", "95_ci")
"""Headers of one column with both limits."""
ESTIMATES = ("auc", "odds_ratio")
"""Fields whose cell may hold the interval as well, which belongs to low and high."""


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
    """Read every CSV, TSV and XLSX file of a folder.

    Raises:
        NoTables: the folder is not there, or no file in it is a form.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NoTables(f"{folder} is no folder. Name the folder that holds the printed tables as CSV files.")
    # spreadsheets that are open leave '~$name.xlsx' behind
    suffixes = TEXTS + WORKBOOKS
    files = sorted(
        path for path in folder.iterdir() if path.suffix.lower() in suffixes and not path.name.startswith((".", "~$"))
    )
    if not files:
        raise NoTables(f"{folder} holds no CSV file. Templates: python -m osteon audit --templates {folder}")
    tables, problems = [], []
    for path in files:
        try:
            sheets = read_sheets(path)
        except ValueError as error:
            problems.append(_problem(path.name, "", "the file", "", str(error)))
            continue
        for sheet in sheets:
            table, found = read_form(sheet)
            problems += found
            if table is not None:
                tables.append(table)
    if not tables:
        told = "\n".join(f"  {one.table}: {one.how}" for one in problems)
        raise NoTables(f"no file in {folder} is a form that can be audited:\n{told}")
    return Forms(tuple(tables), tuple(problems))


def read_form(sheet: Sheet) -> tuple[Table | None, list[Finding]]:
    """Read one table: (None, problems) if it is no form."""
    at, kind = _headers_at(sheet)
    headers = [header_name(cell) for cell in sheet.lines[at][1]]
    if kind is None:
        return None, [_problem(sheet.name, "", "the file", ", ".join(headers), _unknown(headers))]
    form = FORMS[kind]
    known = headers_of(form)
    problems = list(_columns(headers, known, sheet.name, kind))
    rows, above = [], {}
    for number, line in sheet.lines[at + 1 :]:
        values, wrong = _row(columns_of(form), known, headers, line)
        for name in REPEATED:
            if name in required_of(form):
                above[name] = values[name] = values.get(name) or above.get(name, "")
        row = form(**values)
        for header, text, what in wrong:
            problems.append(_problem(sheet.name, f"line {number}, {row.name}", f"column '{header}'", text, what))
        rows.append(row)
    if not rows:
        problems.append(_problem(sheet.name, "", "the file", "", "The table has headers and no line. Fill it in."))
    return Table(sheet.name, kind, tuple(rows)), problems


def header_name(text: str) -> str:
    """A header as forms write it: 'P value' is p_value, 'F1-Score' f1_score, 'AUC (95% CI)' auc, 'OR' or."""
    plain = _plain(text).casefold()
    plain = re.sub(r"\(.*?\)", " ", plain)
    plain = re.sub(r"[,;]?\s*95\s*%?\s*ci$", "", plain.strip()) or plain
    return re.sub(r"[\s\-_./]+", "_", plain.strip().strip("%*:")).strip("_")


def recognise(headers: Sequence[str]) -> str | None:
    """The kind whose required columns are all there; of several, the one that knows most of the headers."""
    fitting = []
    for kind, form in FORMS.items():
        known = headers_of(form)
        present = {known[header] for header in headers if header in known}
        if present.issuperset(required_of(form)):
            fitting.append((len(present), kind))
    return max(fitting, key=lambda one: one[0])[1] if fitting else None


def _headers_at(sheet: Sheet) -> tuple[int, str | None]:
    """The line of the headers, and the kind; the first line and None where no line is a form's."""
    for at, (_, line) in enumerate(sheet.lines[:MOST_TITLES]):
        if kind := recognise([header_name(cell) for cell in line]):
            return at, kind
    return 0, None


def _columns(headers: Sequence[str], known: dict[str, str], table: str, kind: str) -> Iterator[Finding]:
    """Columns that no check reads, and those that stand for one that is there already."""
    limits = INTERVALS if "low" in known else ()
    extra = [header for header in headers if header and header not in known and header not in limits]
    if extra:
        how = f"No check reads these columns; the form '{kind}' has none of these names."
        yield _problem(table, "", f"columns {', '.join(extra)}", "", how)
    fields = [known[header] for header in headers if header in known]
    twice = [name for name in dict.fromkeys(fields) if fields.count(name) > 1]
    if twice:
        how = "Several columns have this meaning; the first is read. Rename the others or leave them out."
        yield _problem(table, "", f"columns of {', '.join(twice)}", "", how)


def _unknown(headers: Sequence[str]) -> str:
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
    columns: dict[str, Column], known: dict[str, str], headers: Sequence[str], line: Iterable[str]
) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """Values of a row by field, and (header, text, what to type) of cells that cannot be read."""
    values, wrong, limits = {}, [], {}
    for header, text in zip(headers, line, strict=False):
        name = known.get(header)
        if header in INTERVALS and (found := BOTH_LIMITS.fullmatch(_plain(text))):
            limits = found.groupdict()
        if name is None or name in values:
            continue
        estimate, low, high = split_interval(text) if columns[name].kind in ("number", "signed") else (text, "", "")
        if name in ESTIMATES and low:
            limits = {"low": low, "high": high}
        try:
            values[name] = _value(columns[name].kind, estimate)
        except ValueError as error:
            wrong.append((header, text, str(error)))
            values[name] = None
    if not values.get("low") and not values.get("high"):
        # an interval in the estimate's own cell stands for columns of limits
        values |= {name: _value(columns[name].kind, text) for name, text in limits.items()}
    return values, wrong


def split_interval(text: str) -> tuple[str, str, str]:
    """Estimate, lower and upper limit of a cell such as '0.812 (0.750-0.874)'; the cell itself and '' if it is none."""
    found = WITH_INTERVAL.fullmatch(_plain(text))
    return (found["value"], found["low"], found["high"]) if found else (text, "", "")


def _plain(text: str) -> str:
    """Half-width letters, ASCII dashes and points."""
    return unicodedata.normalize("NFKC", text).translate(DASHES).strip()


def _value(kind: str, text: str) -> Any:
    if kind == "text":
        return text
    number = parse(text, signed=kind == "signed")
    if kind != "count" or number is None:
        return number
    plain = unicodedata.normalize("NFKC", number.text).replace(",", "").strip()
    if number.digits or not plain.isdecimal():
        raise ValueError(f"'{text}' is no whole number. Write the count of patients, for example 108")
    return int(plain)


def _problem(table: str, row: str, item: str, printed: str, how: str) -> Finding:
    return Finding(table, row, item, printed, Verdict.CANNOT, how)
