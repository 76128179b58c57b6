"""The scan's two tables for people: what was found and what to do about it, and one row per patient."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from osteon.ingest.scan.center import CenterScan
from osteon.ingest.scan.patients import Patient
from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.reasons import Reason

REPORT_COLUMNS = ("center", "what", "count", "detail", "action")
PATIENT_COLUMNS = ("center", "subject", "source", "row", "problem", "files")
SHOWN = 5
BY_HAND = "Add a row to the table of cases: a subject of your own (letters and digits) and the source in patients.tsv."
# Problems that only a scan can meet: what is wrong, and what to do.
PROBLEMS = {
    "id_missing": (
        "patients without PatientID and without a folder of their own",
        "Give each of them a folder that is named with its id.",
    ),
    "label_empty": ("patients whose PatientID has no letter A-Z and no digit, so that there is no label", BY_HAND),
    "label_long": ("patients whose PatientID is too long for a label", BY_HAND),
    "label_shared": ("patients whose PatientID gives the same label as another one", BY_HAND),
    "name_with_line_break": (
        "files with a line break in their names, which a list of files cannot hold; they are left out",
        "Rename the files.",
    ),
    "folder_unreadable": ("folders that cannot be opened", "Check the permissions, or the disk, and scan again."),
    "patient_vanished": (
        "subjects of earlier scans that are not found any more; their rows stay",
        "Check that the export is complete, or remove the rows.",
    ),
}
REMADE = "None; all headers were read again."


@dataclass(frozen=True)
class Twice:
    """A PatientID that two centers have."""

    label: str
    other_center: str
    other_label: str


def center_rows(
    scan: CenterScan, outcomes: Counter[str], complete: int, gone: list[str], twice: list[Twice]
) -> list[dict]:
    """Rows of the report for one center.

    Args:
        scan: the center's scan, with patients labelled and sources written.
        outcomes: how many of the proposed rows were added, updated, unchanged, edited, removed.
        complete: number of patients with all roles.
        gone: subjects of earlier proposals whose patients are not there any more.
        twice: persons that another center has too.
    """
    counts = scan.counts
    facts = [
        ("files", len(scan.records) + len(scan.vanished), f"in {scan.raw}"),
        ("files read", counts["read"], f"{counts['unchanged']} unchanged, {counts['gone']} gone since the last scan"),
        ("images", counts["images"], ""),
        ("contours", counts["contours"], "RTSTRUCT"),
        ("other", counts["other"], "DICOM without image: reports, presentation states, DICOMDIR"),
        ("broken", counts["broken"], "empty, or the header ends too early"),
        ("foreign", counts["foreign"], "not DICOM"),
        ("patients", len(scan.patients), ""),
        ("patients with all roles", complete, ""),
        *((f"rows {name}", outcomes[name], text) for name, text in OUTCOMES.items()),
    ]
    rows = [_row(scan.code, what, count, detail) for what, count, detail in facts]
    return rows + _problem_rows(scan, gone, twice)


OUTCOMES = {
    "added": "new in the table of cases",
    "updated": "renewed, because the files changed",
    "unchanged": "as before",
    "edited": "written or edited by a person; they stay as they are",
    "removed": "removed by a person; they are not added again",
}


def _problem_rows(scan: CenterScan, gone: list[str], twice: list[Twice]) -> list[dict]:
    rows = []
    if scan.withheld:
        files = sum(record.withheld for patient in scan.withheld for record in patient.records)
        detail = f"patients not marked as de-identified, and not proposed: {len(scan.withheld)} ({files} files)"
        row = _reason_row(scan.code, Reason.IDENTITY_PRESENT, len(scan.withheld), detail)
        rows.append(row | {"action": row["action"].replace("SOURCE", shlex.quote(scan.raw))})
    if scan.archives:
        rows.append(_reason_row(scan.code, Reason.FILE_ARCHIVED, len(scan.archives), _listed(scan.archives)))
    if scan.vanished:
        rows.append(_reason_row(scan.code, Reason.FILE_VANISHED, len(scan.vanished), _listed(scan.vanished)))
    rows += [
        _reason_row(
            scan.code,
            Reason.PERSON_TWICE,
            1,
            f"{person.label} has the PatientID of {person.other_label} of center {person.other_center}",
        )
        for person in twice
    ]
    problems = Counter(patient.problem for patient in scan.patients if patient.problem and not patient.withheld)
    rows += [_problem_row(scan.code, problem, count) for problem, count in sorted(problems.items())]
    for problem, named in (
        ("name_with_line_break", [repr(name) for name in scan.unlistable]),
        ("folder_unreadable", [name or scan.raw for name in scan.unreadable]),
        ("patient_vanished", gone),
    ):
        if named:
            rows.append(_problem_row(scan.code, problem, len(named), _listed(named)))
    if scan.remade:
        rows.append(_row(scan.code, "index_remade", "", scan.remade, REMADE))
    return rows


def _reason_row(center: str, reason: Reason, count: int, detail: str) -> dict:
    return _row(center, str(reason), count, detail, EXPLANATIONS[reason][1])


def _problem_row(center: str, problem: str, count: int, named: str = "") -> dict:
    text, action = PROBLEMS[problem]
    return _row(center, problem, count, f"{text}: {named or count}", action)


def _row(center: str, what: str, count: int | str, detail: str, action: str = "") -> dict:
    return dict(zip(REPORT_COLUMNS, (center, what, count, detail, action), strict=True))


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    shown = "; ".join(names[:SHOWN]) + more
    # a name may hold anything; a cell of a table holds one line of text
    return " ".join(shown.encode("utf-8", "replace").decode().split())


def skipped_row(center: str, why: str) -> dict:
    """The report's row for a center that is not scanned."""
    return _row(center, "skipped", "", why)


def patient_row(center: str, patient: Patient, source: str, outcome: str) -> dict:
    """One row of the table of patients, without what was found for the roles."""
    problem = str(Reason.IDENTITY_PRESENT) if patient.withheld else patient.problem
    values = (center, patient.label, source, outcome, problem, len(patient.records))
    return dict(zip(PATIENT_COLUMNS, values, strict=True))


def facts_columns(facts: dict | None, sequences: list[str]) -> dict:
    """The further cells of that row; empty where nothing is known of the patient."""
    facts = facts or {"series": "", "dates": [], "found": {}}
    found = {f"found_{role}": facts["found"].get(role, "") for role in sequences}
    return {"series": facts["series"], "study_date": ", ".join(facts["dates"]), **found}


def sentences(rows: list[dict]) -> list[str]:
    """What a person has to know at once: the number of patients and rows of each center, and every problem."""
    said = []
    for row in rows:
        if row["what"] == "patients":
            said.append(f"center {row['center']}: {row['count']} patients")
        elif row["what"] == "rows added" and row["count"]:
            said.append(f"center {row['center']}: {row['count']} rows added")
        elif row["what"] == "skipped":
            said.append(f"center {row['center']}: not scanned: {row['detail']}")
        elif row["action"]:
            said.append(f"center {row['center']}: {row['what']}: {row['detail']}. {row['action']}")
    return said
