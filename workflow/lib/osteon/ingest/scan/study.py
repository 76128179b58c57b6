"""All centers of a study: scanned, put together, and proposed as its table of cases."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path

import pandas as pd

from osteon.config.delivery import ScanSettings
from osteon.config.sheets import subject_label
from osteon.ingest.rules import load_rules
from osteon.ingest.scan.center import CenterScan, facts, index_center, open_store, sources
from osteon.ingest.scan.patients import Patient, label_patients
from osteon.ingest.scan.propose import Key, Merged, columns_for, merge
from osteon.ingest.scan.report import (
    PATIENT_COLUMNS,
    REPORT_COLUMNS,
    Twice,
    center_rows,
    facts_columns,
    patient_row,
    sentences,
    skipped_row,
)
from osteon.ingest.scan.roles import MISSING, REVIEW
from osteon.ingest.scan.sheet import Sheet

logger = logging.getLogger(__name__)

PROPOSED = "proposed.tsv"


def scan_study(
    settings: ScanSettings, rules: str | Path, folder: str | Path, version: str, threads: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scan every center's raw folder and propose the table of cases.

    Written are the table of cases (if anything in it changes) and, in `folder`, the header indexes, the lists of files
    and the proposal itself, with which the next scan tells what a person changed.

    Args:
        settings: the centers and what the study needs.
        rules: file with the rules that give series their roles.
        folder: the scan's folder among the results.
        version: fingerprint of the code; an index that other code wrote is made anew.
        threads: number of processes.

    Returns:
        The report (center, what, count, detail, action), and one row per patient.

    Raises:
        SheetError: the table of cases cannot be read.
        StudyError: the rules cannot be used.
    """
    folder, columns = Path(folder), columns_for(settings.sequences)
    sheet, proposed = Sheet.read(settings.cases), Sheet.read(folder / PROPOSED)
    last = [line.cells for line in proposed.lines] if proposed else []
    loaded = load_rules(rules, settings.sequences)
    context = f"{version}\n{hashlib.sha256(Path(rules).read_bytes()).hexdigest()}\n{settings.sequences}"
    there = [line.cells for line in sheet.lines] if sheet else []
    scans: dict[str, CenterScan] = {}
    places: dict[str, dict[str, str]] = {}
    found: dict[str, dict[str, dict]] = {}
    with ExitStack() as opened:
        stores = {
            code: opened.enter_context(open_store(folder, code, center, settings.allow_identifiable, version))
            for code, center in settings.centers.items()
        }
        for code, center in settings.centers.items():
            scans[code] = index_center(code, center.raw, stores[code], not settings.allow_identifiable, threads)
        label_patients({code: scan.patients for code, scan in scans.items()}, _known([*there, *last]))
        for code, scan in scans.items():
            places[code] = sources(scan, settings.centers[code].masks, folder / f"center-{code}")
            found[code] = facts(scan, stores[code], settings.sequences, loaded, settings.overrides, context, threads)
    _settle_by_hand(scans, places, there)
    new = [
        _proposal(code, patient, places[code], found[code])
        for code, scan in scans.items()
        for patient in sorted(scan.patients, key=lambda patient: patient.label)
        if patient.label
    ]
    merged = merge(sheet, last, new, columns, settings.batch_size)
    if merged.sheet.lines:
        merged.sheet.write(settings.cases)
    _remember(merged, proposed, columns, folder / PROPOSED)
    return _tables(settings, scans, merged, found, places)


def _known(rows: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(row["center"], subject_label(row["subject"])) for row in rows if row["center"]}


def _proposal(code: str, patient: Patient, places: dict[str, str], found: dict[str, dict]) -> dict[str, str]:
    facts_of = found[patient.person]
    row = {"center": code, "subject": patient.label, "source": places[patient.person], "batch": ""}
    row["study_date"] = ", ".join(facts_of["dates"])
    return row | {f"found_{role}": " ".join(text.split()) for role, text in facts_of["found"].items()}


def _settle_by_hand(scans: dict[str, CenterScan], places: dict[str, dict], there: list[dict]) -> None:
    """A patient without label is no problem any more where a person has written a row with its source."""
    written = {(row["center"], row.get("source", "")) for row in there}
    for code, scan in scans.items():
        for patient in scan.patients:
            if patient.problem and (code, places[code].get(patient.person)) in written:
                patient.problem = ""


def _remember(merged: Merged, proposed: Sheet | None, columns: list[str], path: Path) -> None:
    sheet = Sheet(columns, before=proposed.before if proposed else "")
    sheet.fill(merged.proposal)
    sheet.write(path)


def _tables(
    settings: ScanSettings,
    scans: dict[str, CenterScan],
    merged: Merged,
    found: dict[str, dict[str, dict]],
    places: dict[str, dict[str, str]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    twice, report, patients = _twice(scans, merged.outcomes), [], []
    for code, scan in scans.items():
        outcomes = Counter(outcome for (center, _), outcome in merged.outcomes.items() if center == code)
        complete = sum(_has_all(facts_of["found"]) for facts_of in found[code].values())
        gone = [subject for center, subject in merged.gone if center == code]
        report += center_rows(scan, outcomes, complete, gone, twice[code])
        for patient in scan.patients:
            outcome = merged.outcomes.get((code, patient.label), "")
            row = patient_row(code, patient, places[code].get(patient.person, ""), outcome)
            patients.append(row | facts_columns(found[code].get(patient.person), settings.sequences))
    report += [skipped_row(code, why) for code, why in settings.skipped.items()]
    for sentence in sentences(report):
        logger.info("%s", sentence)
    columns = [*PATIENT_COLUMNS, *facts_columns(None, settings.sequences)]
    return pd.DataFrame(report, columns=list(REPORT_COLUMNS)), pd.DataFrame(patients, columns=columns)


def _has_all(found: dict[str, str]) -> bool:
    return all(text != MISSING and not text.startswith(REVIEW) for text in found.values())


def _twice(scans: dict[str, CenterScan], outcomes: dict[Key, str]) -> dict[str, list[Twice]]:
    """Persons whose PatientID an earlier center has too, by center, unless somebody has deleted one of the two rows."""
    first: dict[str, tuple[str, str]] = {}
    result: dict[str, list[Twice]] = defaultdict(list)
    for code, scan in scans.items():
        for patient in scan.patients:
            if ":" in patient.person or patient.withheld or outcomes.get((code, patient.label)) == "removed":
                continue
            other, label = first.setdefault(patient.person, (code, patient.label))
            if other != code:
                result[code].append(Twice(patient.label, other, label))
    return result
