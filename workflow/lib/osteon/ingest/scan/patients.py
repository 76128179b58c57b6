"""Files of a raw folder put together to patients, and the folder that holds a patient and nobody else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from posixpath import basename, dirname

from osteon.config.sheets import subject_label
from osteon.ingest.scan.store import Record

LONGEST_LABEL = 64
"""Letters of the longest label; DICOM allows a PatientID no more."""


@dataclass
class Patient:
    """The files of one person in one center.

    `person` is the hash of the PatientID or, without one, of the examination or folder; `identifier` is the PatientID
    or, without one, the name of the folder that holds this patient alone, empty if there is none. `folder` is the
    deepest folder that holds all the files ('' is the raw folder itself). `withheld` is true if any file may name a
    person and the study accepts no such files. `label` and `problem` are filled in by `label_patients`.
    """

    person: str
    identifier: str
    folder: str
    records: list[Record] = field(default_factory=list)
    withheld: bool = False
    label: str = ""
    problem: str = ""

    @property
    def names(self) -> list[str]:
        """Paths of the patient's files."""
        return [record.name for record in self.records]

    @property
    def images(self) -> list[str]:
        """Paths of the patient's images."""
        return [record.name for record in self.records if record.kind == "images"]


class Folders:
    """How many patients' files lie below each folder of a raw root."""

    def __init__(self, records: Iterable[Record]):
        self._below: Counter[str] = Counter()
        for record in records:
            self._below.update(ancestors(record.name))

    def alone(self, folder: str, patient: Patient) -> bool:
        """Whether a folder that holds all files of a patient holds no other patient's."""
        return self._below[folder] == len(patient.records)


def group_patients(records: list[Record]) -> tuple[list[Patient], Folders]:
    """Put images and contours of a raw folder together to patients.

    Files belong together by PatientID; without one by StudyInstanceUID, without that by their folder. The name of a
    patient without PatientID is that of the highest folder below the root that holds no other patient.

    Args:
        records: all files of the folder.

    Returns:
        Patients, sorted by identifier, and the count of patients' files per folder.
    """
    owned = [record for record in records if record.kind == "images" or record.person]
    folders = Folders(owned)
    groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in owned:
        key = ("id", record.person) if record.person else ("study", record.study)
        groups[key if key[1] else ("folder", dirname(record.name))].append(record)
    patients = []
    for (kind, key), members in groups.items():
        if not any(record.kind == "images" for record in members):
            continue
        patient = Patient(
            key if kind == "id" else f"{kind}:{key}",
            next((record.identifier for record in members if record.identifier), ""),
            common_folder(record.name for record in members),
            members,
            any(record.withheld for record in members),
        )
        if kind != "id" and not patient.withheld:
            patient.identifier = basename(_highest_alone(patient, folders))
        patients.append(patient)
    return sorted(patients, key=lambda patient: (patient.identifier, patient.person)), folders


def _highest_alone(patient: Patient, folders: Folders) -> str:
    alone = [folder for folder in (patient.folder, *ancestors(patient.folder)) if folders.alone(folder, patient)]
    return min((folder for folder in alone if folder), key=len, default="")


def ancestors(path: str) -> list[str]:
    """The folders above a path, the nearest first and '' (the root) last."""
    result = []
    while path:
        path = dirname(path)
        result.append(path)
    return result


def common_folder(names: Iterable[str]) -> str:
    """The deepest folder that holds all files; '' for the root."""
    shared: list[str] | None = None
    for name in names:
        parts = name.split("/")[:-1]
        if shared is None:
            shared = parts
        while shared != parts[: len(shared)]:
            shared.pop()
    return "/".join(shared or [])


def source_folder(
    patient: Patient, folders: Folders, files: int, holds_mask: Callable[[str], bool] = lambda folder: False
) -> str | None:
    """The folder to give as a patient's source; None if a list of files is needed.

    It is the deepest folder that holds all files of the patient, if no other patient's lie there and its path can be
    written in a cell of a table; the raw folder itself ('') only if nothing else lies there. Where a manual mask is
    found only from a folder above (below the root, with no other patient's files), it is that folder.

    Args:
        patient: whose.
        folders: count of patients' files per folder.
        files: number of all files in the raw folder.
        holds_mask: whether a manual mask is found from a folder.
    """
    chosen = patient.folder
    if not folders.alone(chosen, patient) or (not chosen and files > len(patient.records)):
        return None
    if chosen and not holds_mask(chosen):
        above = [folder for folder in ancestors(chosen) if folder and folders.alone(folder, patient)]
        chosen = next((folder for folder in above if holds_mask(folder)), chosen)
    return chosen if fits_a_cell(chosen) else None


def fits_a_cell(text: str) -> bool:
    """Whether a path survives being written to a table as UTF-8 and read back trimmed."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return text == text.strip() and not set('\t"') & set(text) and len(text.splitlines()) <= 1


def label_patients(by_center: dict[str, list[Patient]], known: set[tuple[str, str]]) -> None:
    """Give every patient a label that is unique in the study, or a problem.

    A label that two PatientIDs of one center share is given to neither. A label that another center has already gets
    the center's code in front.

    Args:
        by_center: patients by center; `label` and `problem` are filled in.
        known: (center, subject) of rows that are already in a table; their labels do not change.
    """
    taken = {label: center for center, label in known}
    for center, patients in by_center.items():
        base = {id(patient): subject_label(patient.identifier) for patient in patients}
        count = Counter(base.values())
        for patient in patients:
            label = base[id(patient)]
            patient.problem = _label_problem(patient, label, count[label])
            if patient.problem or patient.withheld:
                continue
            if taken.get(label, center) != center:
                label = center + label
            if taken.get(label, center) != center or (label != base[id(patient)] and label in count):
                patient.problem = "label_shared"
                continue
            patient.label = label
            taken[label] = center


def _label_problem(patient: Patient, label: str, count: int) -> str:
    if not patient.identifier:
        return "id_missing"
    if not label:
        return "label_empty"
    if len(label) > LONGEST_LABEL:
        return "label_long"
    return "label_shared" if count > 1 else ""
