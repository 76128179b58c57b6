"""The proposal of cases.tsv put together with what a person made of the last one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from osteon.config.participants import as_date
from osteon.config.sheets import subject_label
from osteon.ingest.scan.sheet import Line, Sheet

Key = tuple[str, str]
"""Center and subject."""
Row = dict[str, str]

COLUMNS = ("center", "subject", "source", "batch", "study_date")


def columns_for(sequences: list[str]) -> list[str]:
    """Columns of a proposal: who, where, batch, date, and one per role."""
    return [*COLUMNS, *(f"found_{name}" for name in sequences)]


@dataclass
class Merged:
    """The table to write, the proposal to remember, and what became of each proposed row.

    `outcomes` is 'added', 'updated', 'unchanged', 'edited' (a person changed the row; it stays) or 'removed' (a person
    deleted the row; it is not added again), by key. `gone` are rows of the table that an earlier scan proposed and
    whose patient is not there any more.
    """

    sheet: Sheet
    proposal: list[Row]
    outcomes: dict[Key, str] = field(default_factory=dict)
    gone: list[Key] = field(default_factory=list)


def merge(sheet: Sheet | None, last: list[Row], new: list[Row], columns: list[str], batch_size: int) -> Merged:
    """Bring a proposal into the table of cases without touching what a person did.

    A row that equals the last proposal is the scan's own and is renewed. One that differs from it was edited and stays
    as it is; one that the last proposal had and the table has not was deleted and does not come back. Rows keep their
    place and their batch. New rows go to the end, into the last batch of their center while that has room.

    Args:
        sheet: the table as it is, None if there is none yet.
        last: the last proposal; empty before the first scan.
        new: the new proposal, without batches.
        columns: columns of the new proposal.
        batch_size: cases per batch.
    """
    if sheet is None:
        sheet = Sheet(list(columns))
    before = {_key(row): row for row in last}
    columns_before = set(last[0]) if last else set()
    sheet.add_columns([name for name in columns if name not in sheet.columns and name not in columns_before])
    there = {}
    for line in sheet.lines:
        there.setdefault(_key(line.cells), line)
    merged = Merged(sheet, [])
    added = []
    for row in new:
        key = _key(row)
        line, old = there.get(key), before.get(key)
        if line is None and old is None:
            added.append(row)
        elif line is None:
            merged.outcomes[key] = "removed"
            row["batch"] = old["batch"]
        else:
            # without an old proposal (its folder was deleted) a row that is as this one is the scan's own
            row["batch"] = old["batch"] if old else line.cells.get("batch", "")
            merged.outcomes[key] = "edited" if _edited(line.cells, old or row) else _renew(line, row)
    _put_into_batches(added, [line.cells for line in sheet.lines], last, batch_size)
    for row in added:
        merged.outcomes[_key(row)] = "added"
        sheet.lines.append(Line({name: row.get(name, "") for name in sheet.columns}))
    now = {_key(row): row for row in new}
    merged.gone = [key for key in before if key not in now and key in there]
    merged.proposal = [now.pop(key, row) for key, row in before.items()] + list(now.values())
    return merged


def _key(row: Row) -> Key:
    return row.get("center", ""), subject_label(row.get("subject", ""))


def _edited(cells: Row, old: Row) -> bool:
    return any(_same(name, cells[name]) != _same(name, value) for name, value in old.items() if name in cells)


def _same(name: str, cell: str) -> object:
    """A cell as it is compared: Excel writes dates in its own way."""
    return (as_date(cell) or cell) if name == "study_date" else cell


def _renew(line: Line, row: Row) -> str:
    changed = {name: value for name, value in row.items() if name in line.cells and line.cells[name] != value}
    if not changed:
        return "unchanged"
    line.cells |= changed
    line.text = ""
    return "updated"


def _put_into_batches(added: list[Row], there: list[Row], last: list[Row], size: int) -> None:
    """Fill in 'batch': the last batch of the row's center while it has room, then a new one that nobody has."""
    used = {row.get("batch", "") for row in [*there, *last]}
    filled = Counter((row["center"], row["batch"]) for row in there if row.get("batch"))
    current: dict[str, str] = {}
    # a person may have sorted the rows: the scan's own labels tell by their number which is the last
    for center, batch in filled:
        if center not in current or _number(center, batch) >= _number(center, current[center]):
            current[center] = batch
    for row in added:
        center = row["center"]
        batch = current.get(center)
        if batch is None or filled[center, batch] >= size:
            batch = _next_batch(center, used)
        row["batch"] = current[center] = batch
        filled[center, batch] += 1
        used.add(batch)


def _number(center: str, batch: str) -> int:
    """The number in a label of the scan's own; 0 for one that a person gave."""
    match = re.fullmatch(re.escape(center) + r"(\d+)", batch)
    return int(match[1]) if match else 0


def _next_batch(center: str, used: set[str]) -> str:
    number = max((_number(center, label) for label in used), default=0) + 1
    return f"{center}{number:03d}"
