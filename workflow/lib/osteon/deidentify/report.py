"""What a run says: the report beside the data, which holds no value, and the lists that stay with the center."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from pathlib import Path

from osteon.deidentify.pseudonyms import Pseudonyms
from osteon.deidentify.refusals import EXPLANATIONS, UsageError
from osteon.deidentify.run import Outcome
from osteon.tables.files import atomic_path, write_text

REPORT = "deidentification_report.tsv"
LINK_COLUMNS = ("PatientID", "pseudonym", "date_shift_days")


def write_report(outcome: Outcome, path: Path) -> None:
    """Write what was kept, replaced, shifted and removed, and how many files were not written, and why.

    Columns: `what` (keyword or group of tags; reason of a file that was not written), `end`, `files`, `elements`,
    `explanation`.
    """
    files: Counter[tuple[str, str]] = Counter()
    elements: Counter[tuple[str, str]] = Counter()
    for result in outcome.results:
        elements.update(result.tally)
        files.update(result.tally.keys())
    ends = ("removed", "replaced", "shifted", "cleaned inside", "kept")
    order = sorted(elements, key=lambda key: (ends.index(key[1]), key[0]))
    rows = [[what, end, files[what, end], elements[what, end], ""] for what, end in order]
    refused = Counter(result.refusal for result in outcome.refused)
    rows += [[str(reason), "file not written", count, "", EXPLANATIONS[reason][0]] for reason, count in refused.items()]
    write_text(_table(("what", "end", "files", "elements", "explanation"), rows), path)


def write_refused(outcome: Outcome, path: Path) -> None:
    """Write every file that was not written with the reason and what to do; names of files can name people."""
    rows = [[result.name, str(result.refusal), *EXPLANATIONS[result.refusal]] for result in outcome.refused]
    _write_private(_table(("file", "reason", "what it is", "what to do"), rows), path)


def write_link_table(outcome: Outcome, pseudonyms: Pseudonyms, path: Path) -> None:
    """Write who is who, readable by its owner only; patients of earlier runs with the same key stay in it."""
    rows = read_link_table(path, pseudonyms)
    for patient in outcome.patients:
        rows[patient] = dict(
            zip(LINK_COLUMNS, (patient, pseudonyms.patient(patient), pseudonyms.shift(patient)), strict=True)
        )
    table = [[rows[patient].get(column, "") for column in LINK_COLUMNS] for patient in sorted(rows)]
    _write_private(_table(LINK_COLUMNS, table), path)


def read_link_table(path: Path, pseudonyms: Pseudonyms) -> dict[str, dict[str, str]]:
    """The rows of an earlier run by PatientID; none if there is no such file.

    Raises:
        UsageError: it is no link table, or another key made it.
    """
    if not path.is_file():
        return {}
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as stream:
        reader = csv.DictReader(stream, delimiter="\t")
        if tuple(reader.fieldnames or ()) != LINK_COLUMNS:
            raise UsageError(f"{path} is there and is no link table. Give another name.")
        rows = {row["PatientID"]: row for row in reader}
    if any(row["pseudonym"] != pseudonyms.patient(patient) for patient, row in rows.items()):
        raise UsageError(f"the link table {path} was made with another key. Give another name, or use that key.")
    return rows


def _table(columns: tuple[str, ...], rows: list[list]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()


def _write_private(text: str, path: Path) -> None:
    with atomic_path(path) as temporary:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.write(text)
