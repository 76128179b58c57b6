"""A whole export: every file de-identified, or not written for a reason."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from osteon.deidentify.dataset import Tally
from osteon.deidentify.labels import known_parts
from osteon.deidentify.nifti import clean_sidecar, deidentify_nifti
from osteon.deidentify.objects import Refused, deidentify_file
from osteon.deidentify.places import check_folders, check_links, claim_target
from osteon.deidentify.pseudonyms import Pseudonyms, normal_id
from osteon.deidentify.refusals import EXPECTED, Refusal
from osteon.deidentify.sniff import START, kind_of
from osteon.tables.files import atomic_path
from osteon.tables.source import files_below

NOT_WRITTEN = {"archive": Refusal.ARCHIVE, "nrrd": Refusal.MASK_FORMAT, "metaimage": Refusal.MASK_FORMAT}
AT_ONCE = 16  # files handed to a process at a time


@dataclass
class Result:
    """What became of one file of the export."""

    name: str
    kind: str
    path: str = ""
    is_new: bool = False
    tally: Tally = field(default_factory=Counter)
    patient: str = ""
    refusal: Refusal | None = None


@dataclass
class Outcome:
    """What became of an export."""

    results: list[Result]

    @property
    def patients(self) -> list[str]:
        """Ids of all patients of whom something was written, in one spelling."""
        return sorted({normal_id(result.patient) for result in self.results if result.path})

    @property
    def written(self) -> int:
        """Files in the target folder."""
        return len({result.path for result in self.results if result.path})

    @property
    def new(self) -> int:
        """Those that this run wrote; the others were there already."""
        return len({result.path for result in self.results if result.is_new})

    @property
    def copies(self) -> int:
        """Files whose content is that of another one."""
        return sum(bool(result.path) for result in self.results) - self.written

    @property
    def refused(self) -> list[Result]:
        """Files that were not written, by reason and name."""
        listed = [result for result in self.results if result.refusal]
        return sorted(listed, key=lambda result: (result.refusal, result.name))

    @property
    def needs_a_look(self) -> bool:
        """Whether a file was not written that nobody expects not to be."""
        return any(result.refusal not in EXPECTED for result in self.refused)


def deidentify_folder(
    source: Path, target: Path, pseudonyms: Pseudonyms, *, labels: Iterable[str] = (), jobs: int = 1
) -> Outcome:
    """De-identify an export.

    DICOM images, segmentations and contours go to `<pseudonym>/study-*/<series>/`. NIfTI files go to the folder of
    their patient, under what is left of their names; a JSON file of the same name goes with them. A second run writes
    only what is new.

    Args:
        source: the export; only read.
        target: empty, new, or made by an earlier run with the same key.
        pseudonyms: made from the center's key.
        labels: names of contours and segments that stay as they are, beside those of known words.
        jobs: processes.

    Raises:
        UsageError: source and target do not fit.
        OSError: the target cannot be written.
    """
    check_folders(source, target)
    names = sorted(name for name, _ in files_below(source))
    check_links(source, names, target)
    claim_target(target, pseudonyms)
    work = functools.partial(_one, source, target, pseudonyms, frozenset(labels))
    first = list(_mapped(work, names, jobs))
    waiting = {result.name for result in first if result.kind == "nifti"}
    results = [result for result in first if result.name not in waiting]
    results += _mapped(functools.partial(_one_nifti, source, target), _nifti_places(first, waiting, pseudonyms), jobs)
    sidecars = {_sidecar(name) for name in waiting}
    return Outcome([result for result in results if result.kind != "other" or result.name not in sidecars])


def _mapped(work, items: list, jobs: int) -> Iterator[Result]:
    if jobs == 1 or len(items) < 2 * AT_ONCE:
        yield from map(work, items)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(work, items, chunksize=AT_ONCE)


def _one(source: Path, target: Path, pseudonyms: Pseudonyms, labels: frozenset[str], name: str) -> Result:
    """One file; NIfTI files are only recognised here, because it is not yet known whose they are."""
    path = source / name
    try:
        with open(path, "rb") as stream:
            kind = kind_of(stream.read(START))
        if kind == "nifti":
            return Result(name, kind)
        if kind != "dicom":
            return Result(name, "other", refusal=NOT_WRITTEN.get(kind, Refusal.NOT_DICOM))
        written = deidentify_file(path, pseudonyms, labels)
    except Refused as refused:
        return Result(name, "dicom", refusal=refused.reason)
    except OSError:  # it vanished, or may not be read
        return Result(name, "dicom", refusal=Refusal.UNREADABLE)
    is_new = _write(written.content, target / written.path)
    return Result(name, "dicom", written.path, is_new, written.tally, written.patient)


def _write(content: bytes, path: Path) -> bool:
    if path.is_file() and path.read_bytes() == content:
        return False
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return True


def _nifti_places(first: list[Result], names: set[str], pseudonyms: Pseudonyms) -> list[Result]:
    """Whose each NIfTI file is, and where it goes; a refusal where either is not known.

    It belongs to the one patient of the DICOM below the same first folder; else to the patient whose id is the name
    of that folder. In an export without DICOM, names of first folders are ids.
    """
    people = defaultdict(set)
    for result in first:
        if result.patient:
            people[result.name.split("/")[0]].add(normal_id(result.patient))
    known = set().union(*people.values())
    no_dicom = not any(result.kind == "dicom" for result in first)
    results = []
    for name in sorted(names):
        folder = name.split("/")[0] if "/" in name else ""
        found = people.get(folder, set())
        if len(found) == 1:
            patient = next(iter(found))
        else:
            patient = normal_id(folder) if no_dicom or normal_id(folder) in known else ""
        if patient:
            path = f"{pseudonyms.patient(patient)}/{_known_path(name)}"
            results.append(Result(name, "nifti", path, patient=patient))
        else:
            results.append(Result(name, "nifti", refusal=Refusal.NO_PATIENT_FOLDER))
    counts = Counter(result.path for result in results)
    return [
        Result(result.name, "nifti", refusal=Refusal.NAME_TWICE) if result.path and counts[result.path] > 1 else result
        for result in results
    ]


def _known_path(name: str) -> str:
    """What is left of a NIfTI file's path below its first folder."""
    *folders, last = PurePosixPath(name).parts[1:]
    suffix = ".nii.gz" if last.lower().endswith(".gz") else ".nii"
    stem = "_".join(known_parts(_stem(last))) or "image"
    return "/".join([*filter(None, ("_".join(known_parts(folder)) for folder in folders)), stem + suffix])


def _one_nifti(source: Path, target: Path, planned: Result) -> Result:
    """Write a NIfTI file and its sidecar to the place that was planned."""
    if planned.refusal:
        return planned
    contents = {}
    try:
        contents[planned.path], emptied = deidentify_nifti((source / planned.name).read_bytes())
        tally = Counter({("text and extensions of NIfTI headers", "removed"): emptied} if emptied else {})
        beside = source / _sidecar(planned.name)
        if beside.is_file():
            contents[_sidecar(planned.path)], kept, removed = clean_sidecar(beside.read_bytes())
            tally += Counter({("keys of sidecars", "kept"): kept, ("keys of sidecars", "removed"): removed})
    except Refused as refused:
        return Result(planned.name, "nifti", refusal=refused.reason)
    except OSError:
        return Result(planned.name, "nifti", refusal=Refusal.UNREADABLE)
    written = [_write(content, target / path) for path, content in contents.items()]
    return Result(planned.name, "nifti", planned.path, any(written), tally, planned.patient)


def _stem(name: str) -> str:
    return name.removesuffix(".gz").removesuffix(".nii")


def _sidecar(name: str) -> str:
    return _stem(name) + ".json"
