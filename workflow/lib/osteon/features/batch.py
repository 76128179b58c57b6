"""Features of a batch of cases, with one file per case; finished cases are kept."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from osteon.config.features import Features, Roi
from osteon.features.extract import Extraction, empty_case, extract_case
from osteon.features.settings import pyradiomics_parameters, sidecar
from osteon.features.shuffling import seed_of
from osteon.images.io import ImageUnreadable, read_image
from osteon.images.registration import rigid_transform
from osteon.tables.files import file_sha256, write_table
from osteon.tables.kept import Kept, fingerprint
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, excluded

log = logging.getLogger(__name__)

STAGE = "features"


@dataclass(frozen=True)
class CaseFiles:
    """Where one case's images and mask come from and its features go to."""

    image_status: Path
    """Status file of the preprocessing."""
    images: Path
    """Folder with the preprocessed images."""
    mask_status: Path
    """Status file of the segmentation."""
    masks: Path
    """Folder with the mask."""
    table: Path
    """The case's features."""
    status: Path
    """Status file of this stage."""
    row: Mapping[str, str] = field(default_factory=dict)
    """Further columns of the case in cases.tsv, as far as regions need them."""


@dataclass(frozen=True)
class Settings:
    """What all cases share.

    Attributes:
        sequences: in the order of the columns.
        labels: integer of each structure.
        rois: the regions.
        parameters: from `settings.pyradiomics_parameters`.
        code: fingerprint of the code (`jobs.code_of`).
        shuffle_seed: for the negative control, see `extract_case`; each case has a seed of its own made from it.
    """

    sequences: list[str]
    labels: dict[str, int]
    rois: dict[str, Roi]
    parameters: dict
    code: str
    shuffle_seed: int | None = None

    @classmethod
    def of(cls, sequences: list[str], sections: Mapping, code: str, shuffle_seed: int | None = None) -> Settings:
        """From the study's sections labels, rois and features as plain values, which is how a rule passes them."""
        rois = {name: Roi(**roi) for name, roi in sections["rois"].items()}
        parameters = pyradiomics_parameters(Features(**sections["features"]))
        return cls(sequences, sections["labels"], rois, parameters, code, shuffle_seed)

    @property
    def provenance(self) -> dict:
        """What every case of the study must have in common for its values to stand in one table."""
        own = sidecar(self.parameters)
        return {
            "settings_hash": own["settings_hash"],
            "regions_hash": regions_hash(self.rois, self.labels),
            "code": self.code,
            "software": own["software"],
            "shuffle_seed": self.shuffle_seed,
        }


def regions_hash(rois: Mapping[str, Roi], labels: Mapping[str, int]) -> str:
    """Sixteen hexadecimal digits that change when the definition of a region does."""
    plain = {name: roi.model_dump(mode="json") for name, roi in rois.items()}
    return fingerprint({"rois": list(plain.items()), "labels": dict(labels)})[:16]


def describe_extraction(parameters: dict, rois: Mapping[str, Roi], labels: Mapping[str, int]) -> dict:
    """What belongs beside a feature table: settings, regions and versions, with the hashes that rows must have."""
    return {**sidecar(parameters), "regions_hash": regions_hash(rois, labels)}


def extract_batch(cases: Iterable[CaseFiles], settings: Settings, kept_folder: str | Path) -> Counter[str]:
    """Write features and status of every case, each the moment that it is done, and keep both in `kept_folder`.

    A kept case whose images, mask, side, settings, software and code are the same is restored. Each file is there
    whole or not at all, and the status is written last.

    Returns:
        How many cases were computed, restored, and had stopped before.
    """
    cases = list(cases)
    kept = Kept(kept_folder, {**settings.provenance, "sequences": settings.sequences})
    counts: Counter[str] = Counter()
    for number, case in enumerate(cases, start=1):
        what, status = _one(case, settings, kept)
        counts[what] += 1
        log.info("%d of %d: %s %s (%s)", number, len(cases), status.subject, status.reason or "ok", what)
    log.info("done: %s", ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "no case")
    return counts


def _one(case: CaseFiles, settings: Settings, kept: Kept) -> tuple[str, CaseStatus]:
    images, mask = CaseStatus.read(case.image_status), CaseStatus.read(case.mask_status)
    stopped = next((status for status in (images, mask) if not status.ok), None)
    if stopped:
        status = stopped.passed_on()
        _write(_nothing(settings, stopped.reason), status, case, settings.provenance)
        return "stopped before", status
    inputs = {
        "images": {name: images.files[name]["sha256"] for name in settings.sequences},
        "mask": mask.files["mask"]["sha256"],
        "mask_source": mask.extra.get("source"),
    }
    moved = images.extra.get("registration") or {}
    name = f"center-{images.center}/sub-{images.subject}"
    # the subject counts: its seed shuffles, and its name stands in the status
    key = kept.key({**inputs, "moved": moved, "row": dict(case.row), "subject": images.subject})
    results = {"table": case.table, "status": case.status}
    if kept.restore(name, key, results):
        return "restored", CaseStatus.read(case.status)
    try:
        pictures = {name: read_image(case.images / images.files[name]["path"]) for name in settings.sequences}
        labelled = read_image(case.masks / mask.files["mask"]["path"])
    except ImageUnreadable as error:
        return "unreadable", _unreadable(case, settings, images, str(error))
    extraction = extract_case(
        pictures,
        labelled,
        settings.labels,
        settings.rois,
        settings.parameters,
        row=case.row,
        transforms={name: rigid_transform(moved.get(name)) for name in settings.sequences},
        shuffle_seed=None if settings.shuffle_seed is None else seed_of(settings.shuffle_seed, images.subject),
    )
    status = CaseStatus(images.center, images.subject, STAGE, findings=extraction.findings)
    if extraction.reason:
        status = excluded(images.center, images.subject, STAGE, Reason(extraction.reason), findings=extraction.findings)
    status.extra = {"grey_levels": extraction.grey_levels}
    _write(extraction, status, case, {**settings.provenance, **inputs})
    kept.keep(name, key, results)
    return "computed", status


def _unreadable(case: CaseFiles, settings: Settings, images: CaseStatus, detail: str) -> CaseStatus:
    status = excluded(images.center, images.subject, STAGE, Reason.IMAGE_UNREADABLE, detail)
    _write(_nothing(settings, status.reason), status, case, settings.provenance)
    return status


def _nothing(settings: Settings, reason: str) -> Extraction:
    return Extraction(empty_case(settings.sequences, settings.rois, settings.parameters, reason))


def _write(extraction: Extraction, status: CaseStatus, case: CaseFiles, provenance: dict) -> None:
    """The table, then the status that vouches for it."""
    status.extra["provenance"] = provenance
    write_table(extraction.features, case.table)
    status.files["features"] = {"path": case.table.name, "sha256": file_sha256(case.table)}
    status.write(case.status)
