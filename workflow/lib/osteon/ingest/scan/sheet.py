"""cases.tsv as a person left it: rows keep their text, their order and columns that the scan does not know."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from osteon.config.sheets import GZIP, decode, delimiter_of, normalised
from osteon.config.workbooks import SheetError, is_workbook
from osteon.tables.files import write_text


@dataclass
class Line:
    """One row: its cells by column, and its text in the file (empty if it has to be written anew)."""

    cells: dict[str, str]
    text: str = ""


@dataclass
class Sheet:
    """A table of cases; written back, lines that nobody changed are the same letter by letter."""

    columns: list[str]
    lines: list[Line] = field(default_factory=list)
    delimiter: str = "\t"
    head: str = ""
    end: str = "\n"
    mark: str = ""
    before: str = ""

    @classmethod
    def read(cls, path: str | Path) -> Sheet | None:
        """Read a table; None if the file does not exist.

        Raises:
            SheetError: it is a workbook, or not text, or has no column 'center' or 'subject'.
        """
        if not Path(path).exists():
            return None
        content = Path(path).read_bytes()
        if is_workbook(content) or content.startswith(GZIP):
            raise SheetError("is no plain text, to which the scan could add rows.", "Save it as tab-separated text")
        text = decode(content)
        # what was not plain UTF-8 came from Excel, which reads UTF-8 only with a byte order mark
        mark = "" if text.encode() == content else "\ufeff"
        end = "\r\n" if "\r\n" in text else "\n"
        sheet = cls([], delimiter=delimiter_of(text), end=end, mark=mark, before=text)
        pieces = list(io.StringIO(text, newline=""))
        reader = csv.reader(iter(pieces), delimiter=sheet.delimiter)
        start = 0
        for cells in reader:
            own, start = "".join(pieces[start : reader.line_num]), reader.line_num
            if not sheet.columns:
                sheet.head += own
                if any(cells) and not own.startswith("sep="):
                    sheet.columns = [normalised(name) for name in cells]
            else:
                named = dict(zip(sheet.columns, (cell.strip() for cell in cells), strict=False))
                sheet.lines.append(Line(dict.fromkeys(sheet.columns, "") | named, own))
        absent = [name for name in ("center", "subject") if name not in sheet.columns]
        if absent:
            raise SheetError(f"has no column '{absent[0]}'.", "Write the names of the columns into the first row")
        return sheet

    def add_columns(self, names: list[str]) -> None:
        """Add columns at the end, empty in all rows."""
        if names:
            self.columns = [*self.columns, *names]
            self.head = ""
            for line in self.lines:
                if any(line.cells.values()):
                    line.cells |= dict.fromkeys(names, "")
                    line.text = ""

    def fill(self, rows: list[dict[str, str]]) -> None:
        """Put new rows in the place of all that are there."""
        self.lines = [Line({name: row.get(name, "") for name in self.columns}) for row in rows]

    def text(self) -> str:
        """The whole table."""
        written = [self.head or self._row(self.columns)]
        written += [line.text or self._row([line.cells.get(name, "") for name in self.columns]) for line in self.lines]
        # the last line of a file that a person wrote may have no end
        return "".join(text if text.endswith(("\n", "\r")) else text + self.end for text in written)

    def _row(self, cells: list[str]) -> str:
        stream = io.StringIO()
        csv.writer(stream, delimiter=self.delimiter, lineterminator=self.end).writerow(cells)
        return stream.getvalue()

    def write(self, path: str | Path) -> bool:
        """Write the table unless nothing changed; returns whether it was written."""
        text = self.text()
        if text == self.before:
            return False
        write_text(self.mark + text, path)
        return True
