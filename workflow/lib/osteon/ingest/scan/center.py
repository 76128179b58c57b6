"""One center's raw folder: index brought up to date, patients, their sources, and what they have for each role."""

from __future__ import annotations

import logging
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from osteon.config.delivery import MaskReading, ScanCenter
from osteon.ingest.mask_files import find_masks
from osteon.ingest.rules import SeriesRules
from osteon.ingest.scan.patients import Folders, Patient, group_patients, source_folder
from osteon.ingest.scan.read import File, hashed, in_parallel, read_files
from osteon.ingest.scan.roles import patient_facts, state_of
from osteon.ingest.scan.store import Record, Store
from osteon.tables.source import LIST_SUFFIX, files_below, write_file_list

logger = logging.getLogger(__name__)


@dataclass
class CenterScan:
    """What a center's raw folder holds.

    `counts` are numbers of files: 'read', 'unchanged' and 'gone' since the last scan, and one per kind of file.
    """

    code: str
    raw: str
    records: list[Record] = field(default_factory=list)
    patients: list[Patient] = field(default_factory=list)
    folders: Folders = field(default_factory=lambda: Folders([]))
    counts: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    unlistable: list[str] = field(default_factory=list)
    remade: str = ""

    @property
    def archives(self) -> list[str]:
        """Paths of the archives."""
        return [record.name for record in self.records if record.kind == "archives"]

    @property
    def withheld(self) -> list[Patient]:
        """Patients whose files may name them, where the study accepts no such files."""
        return [patient for patient in self.patients if patient.withheld]


def index_center(code: str, raw: str, store: Store, withhold: bool, threads: int) -> CenterScan:
    """Bring the header index up to date and put the files together to patients.

    Args:
        code: the center.
        raw: its raw folder.
        store: its header index; only files that are new or changed are read.
        withhold: whether headers that are not marked as de-identified stay out of the index.
        threads: number of processes.
    """
    scan = CenterScan(code, raw, remade=store.remade)
    known = store.states()

    def new_files() -> Iterator[File]:
        for name, state in files_below(raw, scan.unreadable):
            now = (state.st_size, state.st_mtime_ns)
            if known.pop(name, None) == now:
                scan.counts["unchanged"] += 1
            else:
                scan.counts["read"] += 1
                yield name, *now

    for records in read_files(raw, new_files(), withhold, threads):
        gone = [record.name for record in records if record.kind == "vanished"]
        scan.vanished += gone
        store.drop(gone)
        store.put(record for record in records if record.kind != "vanished")
        logger.debug("%s: %d files read", code, scan.counts["read"])
    scan.counts["gone"] = len(known)
    store.drop(known)
    scan.records = list(store.records())
    scan.counts.update(record.kind for record in scan.records)
    scan.patients, scan.folders = group_patients(scan.records)
    return scan


def sources(scan: CenterScan, masks: list[MaskReading], folder: Path) -> dict[str, str]:
    """The source of each patient, by person: its folder, or a list of its files, which is written.

    Args:
        scan: the center's scan, patients labelled; file names that a list cannot hold go to `unlistable`.
        masks: the center's readings.
        folder: where the lists go.
    """
    own = [reading for reading in masks if reading.folder is None]
    named = _files_by_label(scan) if own else {}
    result = {}
    for patient in scan.patients:
        if patient.withheld:
            continue

        def holds_mask(inner: str, label: str = patient.label) -> bool:
            return any(find_masks(Path(scan.raw, inner), reading, label).names for reading in own)

        chosen = source_folder(patient, scan.folders, len(scan.records), holds_mask)
        if chosen is not None:
            result[patient.person] = os.path.join(scan.raw, chosen) if chosen else scan.raw
            continue
        names = {*patient.names, *named.get(patient.label, ())}
        broken = {name for name in names if set("\r\n") & set(name)}
        scan.unlistable += sorted(broken)
        stem = f"sub-{patient.label}" if patient.label else f"person-{hashed(patient.person)}"
        path = folder / f"{stem}{LIST_SUFFIX}"
        write_file_list(path, scan.raw, names - broken)
        result[patient.person] = path.as_posix()
    return result


def _files_by_label(scan: CenterScan) -> dict[str, list[str]]:
    """Files that are not DICOM (masks, perhaps), by each word of letters and digits in their paths."""
    result = defaultdict(list)
    for record in scan.records:
        if record.kind == "foreign":
            for word in set(re.findall(r"[A-Za-z0-9]+", record.name)):
                result[word].append(record.name)
    return result


def facts(
    scan: CenterScan,
    store: Store,
    sequences: list[str],
    rules: SeriesRules,
    overrides: list[dict[str, str]],
    context: str,
    threads: int,
) -> dict[str, dict]:
    """What each patient has for every role (see `roles.patient_facts`), by person.

    Patients whose files are those of the last scan are taken from the store.

    Args:
        scan: the center's scan, patients labelled.
        store: its header index.
        sequences: roles that the study needs.
        rules: how series get their roles.
        overrides: a person's decisions on series, of all cases.
        context: what else the answer depends on (rules, version); if it changed, all patients are judged again.
        threads: number of processes.
    """
    before, now, waiting = store.facts(), {}, []
    for patient in scan.patients:
        if patient.withheld:
            continue
        own = [row for row in overrides if patient.label and _is_of(row, scan.code, patient.label)]
        state = state_of(patient.records, f"{context}\n{own}")
        if before.get(patient.person, ("",))[0] == state:
            now[patient.person] = before[patient.person]
        else:
            waiting.append((patient, state, own))
    judge = partial(_judge, center=scan.code, sequences=sequences, rules=rules)
    tasks = ((store.images(patient.images), own) for patient, _, own in waiting)
    # starting processes takes longer than judging a few patients
    results = in_parallel(judge, tasks, threads if len(waiting) > 2 * threads else 1)
    for (patient, state, _), result in zip(waiting, results, strict=True):
        now[patient.person] = state, result
    if waiting or before.keys() != now.keys():
        store.put_facts(now)
    return {person: found for person, (_, found) in now.items()}


def _is_of(override: dict[str, str], center: str, label: str) -> bool:
    return override.get("subject") == label and override.get("center") in (center, "", None)


def _judge(task: tuple[list[str], list[dict[str, str]]], center: str, sequences: list[str], rules: SeriesRules) -> dict:
    headers, overrides = task
    return patient_facts(headers, center, sequences, rules, overrides)


def index_path(folder: Path, code: str) -> Path:
    """Where a center's header index lies."""
    return folder / f"center-{code}" / "index.sqlite"


def open_store(folder: Path, code: str, center: ScanCenter, allow_identifiable: bool, version: str) -> Store:
    """Open a center's header index, or make it."""
    about = {
        "version of Osteon": version,
        "raw folder": center.raw,
        "'allow_identifiable'": str(allow_identifiable),
    }
    return Store(index_path(folder, code), about)
