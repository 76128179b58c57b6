"""The tables that people write, read as text: cases, participants, feature tables, decisions on series.

Hospitals save tables in many ways. What is read here: tab, comma or semicolon between cells (also full-width ones);
UTF-8, UTF-16 with a byte order mark, GB18030 (and with it GBK and GB2312); gzip; Excel workbooks (.xlsx). The kind is
told from the content, because file names lie. Snakemake reads tables while it plans, so nothing heavy is imported.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from osteon.config.workbooks import SheetError, is_workbook, read_workbook

GZIP = b"\x1f\x8b"
MISSING = {"", "na", "n/a", "nan", "none", "null"}
# Between cells, in the order in which a tie is decided. Full-width signs come from Chinese keyboards.
DELIMITERS = ("\t", ",", ";", "，", "；")
# Signs that nobody sees: zero-width space, joiners, direction marks, word joiner, byte order mark.
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))
_SHORTENED = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)
COMMON_SHARE = 0.5
"""Of the signs beyond ASCII, the share that GB2312 must know for a text to count as Chinese. Text of another encoding
that happens to decode as GB18030 consists of rare signs."""


@dataclass(frozen=True)
class Case:
    """One subject of one center: where its data are, which batch it belongs to, its id in the participants table."""

    center: str
    subject: str
    source: str
    batch: str
    row: int
    key: str
    more: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Further columns of its row."""


def read_sheet(path: str | Path) -> tuple[list[str], list[dict[str, str]]]:
    """Read a table as text.

    Cells are trimmed, also of full-width and invisible blanks. Column names are in compatibility form (NFKC: full-width
    letters, digits and brackets become plain ones). Ids under 'subject' become labels (see `subject_label`); an id
    without any letter or digit stays as it is. Left out are empty rows, columns without name and values, and a first
    column without name, in which pandas and R number the rows.

    Returns:
        The column names, and one dict per row; the row's number in the file is under '#'.

    Raises:
        SheetError: the file is no such table, or a column has no name, or two have one, or an id has lost digits.
    """
    content = Path(path).read_bytes()
    if content.startswith(GZIP):
        content = gzip.decompress(content)
    table = read_workbook(content) if is_workbook(content) else _text_rows(decode(content))
    numbered = [(number, [_trimmed(cell) for cell in cells]) for number, cells in table]
    numbered = [(number, cells) for number, cells in numbered if any(cells)]
    if not numbered:
        return [], []
    (_, head), *body = numbered
    names = _column_names(head, body)
    rows = []
    for number, cells in body:
        row = {name: cell for name, cell in zip(names, cells, strict=False) if name}
        row = dict.fromkeys(filter(None, names), "") | row
        if "subject" in row:
            refuse_shortened(row["subject"], number)
            row["subject"] = subject_label(row["subject"]) or row["subject"]
        rows.append(row | {"#": str(number)})
    return [name for name in names if name], rows


def decode(content: bytes) -> str:
    """Bytes of a text file as text: by its byte order mark, else UTF-8, else GB18030.

    Raises:
        SheetError: it is neither.
    """
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and (encoding != "gb18030" or _is_chinese(text)):
            return text
    raise SheetError("is neither UTF-8 nor GB18030 text.", "Save it as CSV UTF-8 or as .xlsx")


def normalised(text: str) -> str:
    """Text in compatibility form (NFKC), without invisible signs, trimmed: what looks alike becomes alike."""
    return unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).strip()


def subject_label(identifier: str) -> str:
    """An id as a label: letters and digits only, full-width ones made plain, leading zeros kept.

    'NCC-007', 'NCC 007' and full-width 'ＮＣＣ００７' are all NCC007. A whole number that a program has written with
    decimals is that number: '10.0' is 10, and not the id 100 of somebody else. An id with other letters, for example
    Chinese ones, has no label: without them it could be the id of somebody else.
    """
    plain = re.sub(r"^(\d+)\.0+$", r"\1", normalised(identifier))
    if any(sign.isalnum() and not sign.isascii() for sign in plain):
        return ""
    return re.sub(r"[^A-Za-z0-9]", "", plain)


def refuse_shortened(identifier: str, row: int | str) -> None:
    """Refuse '1.10101E+17': a long id whose last digits a program has lost.

    Raises:
        SheetError: with the number of the row.
    """
    if _SHORTENED.fullmatch(identifier):
        what = f"row {row}: the id '{identifier}' is a number of which a program has lost the last digits."
        raise SheetError(what, "Enter such ids as text")


def is_missing(value: str) -> bool:
    """True if a cell stands for no value."""
    return value.strip().lower() in MISSING


def as_number(value: str) -> float | None:
    """A cell as a number, also an infinite one; None where it is missing or no number. '1_000' is none."""
    try:
        number = float(value)
    except ValueError:
        return None
    return None if number != number or "_" in value else number


def to_cases(rows: list[dict[str, str]], case_key: str = "subject") -> list[Case]:
    """Rows of cases.tsv as cases; centers that deliver feature tables need neither source nor batch."""
    return [
        Case(
            row["center"],
            row["subject"],
            row.get("source", ""),
            row.get("batch") or row["center"],
            int(row["#"]),
            subject_label(row[case_key]),
            {name: value for name, value in row.items() if name not in ("center", "subject", "source", "batch", "#")},
        )
        for row in rows
    ]


def _text_rows(text: str) -> Iterable[tuple[int, list[str]]]:
    """Rows with their numbers; a line break inside quotes does not end a row."""
    if re.match(r"\s*<(!doctype|html|table|\?xml)", text, flags=re.IGNORECASE):
        raise SheetError("is a web page, whatever its name says.", "Open it in Excel and save it as .xlsx")
    told = re.match(r"sep=(.)\r?\n", text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=told[1] if told else delimiter_of(text))
    try:
        rows = list(enumerate(reader, start=1))
    except csv.Error as error:
        raise SheetError(f"cannot be read as a table ({error}).", "Save it as CSV UTF-8 or as .xlsx") from None
    return rows[1:] if told else rows


def delimiter_of(text: str) -> str:
    """The sign that stands most often in the first line, outside quotes."""
    head = next((line for line in re.sub(r'"[^"]*"', "", text).splitlines() if line.strip()), "")
    return max(DELIMITERS, key=head.count) if any(sign in head for sign in DELIMITERS) else ","


def _is_chinese(text: str) -> bool:
    foreign = [sign for sign in text if sign > "\x7f"]
    return sum(_in_gb2312(sign) for sign in foreign) >= COMMON_SHARE * len(foreign)


def _in_gb2312(sign: str) -> bool:
    try:
        sign.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _trimmed(cell: str) -> str:
    return cell.strip().strip(INVISIBLE).strip()


def _column_names(head: list[str], body: list[tuple[int, list[str]]]) -> list[str]:
    """Names of the columns; '' for one that has neither name nor values."""
    names = [normalised(name) for name in head]
    doubled = [name for name, count in Counter(names).items() if name and count > 1]
    if doubled:
        raise SheetError(f"these columns are there twice: {', '.join(doubled)}.", "Rename or remove one of each")
    for number, cells in body:
        for position, cell in enumerate(cells):
            if cell and position >= len(names):
                raise SheetError(
                    f"row {number} has {len(cells)} cells, the first row {len(names)}.",
                    "Put cells that hold the delimiter in quotes",
                )
            if cell and position and not names[position]:
                raise SheetError(
                    f"column {position + 1} has values (row {number}) and no name.",
                    "Write the names of the columns, and nothing else, into the first row",
                )
    return names
