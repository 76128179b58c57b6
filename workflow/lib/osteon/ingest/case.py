"""The ingest stage for one case: images and mask in, a clean folder and a status out."""

from __future__ import annotations

import logging
from pathlib import Path

from osteon.config.delivery import IngestSettings
from osteon.images.io import write_image
from osteon.images.preview import write_previews
from osteon.ingest.delivery import Delivery
from osteon.ingest.from_dicom import deliver_dicom
from osteon.ingest.from_nifti import deliver_nifti
from osteon.ingest.protocol import protocol_findings
from osteon.ingest.readings import manual_masks, mask_name
from osteon.ingest.rules import SeriesRules, override_problems
from osteon.ingest.together import box_findings, frame_findings
from osteon.tables.files import file_sha256, write_json
from osteon.tables.status import CaseStatus

logger = logging.getLogger(__name__)

STAGE = "ingest"
# A finding names at most this many files; its value tells how many there are.
FILES_SHOWN = 20


def ingest_case(
    folder: str | Path,
    center: str,
    subject: str,
    *,
    settings: IngestSettings,
    rules: SeriesRules,
    overrides: list[dict[str, str]],
    native_folder: str | Path,
) -> CaseStatus:
    """Bring one case into the study, or say why not.

    Args:
        folder: the case's source folder.
        center: code of its center.
        subject: its label.
        settings: what the study needs and accepts.
        rules: how series get their roles, and tolerances.
        overrides: a person's decisions on this case's series: series_uid, role (or 'exclude'), reason, initials.
        native_folder: where `sub-{subject}_{sequence}.nii.gz`, its sidecar, and
            `sub-{subject}_desc-manual_dseg.nii.gz` and the masks of further readings are written; exists
            afterwards, empty if the case is excluded.

    Returns:
        The status. `extra` holds per sequence the series' key and the facts of its sidecar ('sequences') and the
        pictures drawn of it ('previews', see `write_previews`), the readings of the masks ('readings', see
        `manual_masks`), and for DICOM the number of files of each kind ('files'), what became of every series
        ('series') and whose they are ('identity', see `patient_facts`).

    Raises:
        ValueError: an override lacks a value, or gives a role that the study does not have.
    """
    problems = [text for row in overrides for text in override_problems(row, settings.sequences)]
    if problems:
        raise ValueError(f"subject {subject}: " + "; ".join(problems))
    folder, native_folder = Path(folder), Path(native_folder)
    native_folder.mkdir(parents=True, exist_ok=True)
    for left_over in native_folder.glob(f"*sub-{subject}_*"):
        left_over.unlink()
    if settings.source == "dicom":
        delivery = deliver_dicom(folder, center, subject, settings, rules, overrides)
    else:
        minimum = rules.checks_of(center).minimum_slices
        delivery = deliver_nifti(folder, settings.sequences, settings.images, minimum)
    if not delivery.refusal:
        _compare(delivery, settings)
    masks = {}
    if not delivery.refusal and settings.masks:
        masks = manual_masks(delivery, folder, subject, settings)
    status = CaseStatus(center, subject, STAGE, extra={"source": settings.source, **delivery.extra})
    status.findings = [{**entry, "files": list(entry["files"])[:FILES_SHOWN]} for entry in delivery.findings]
    if delivery.refusal:
        reason, detail = delivery.refusal
        status.status, status.reason, status.detail = "excluded", str(reason), detail
        logger.warning("excluded: %s: %s", reason, detail)
        return status
    _write(status, delivery, native_folder)
    for key, mask in masks.items():
        name = mask_name(subject, key)
        write_image(mask, native_folder / name)
        status.files[key] = {"path": name, "sha256": file_sha256(native_folder / name)}
    return status


def _compare(delivery: Delivery, settings: IngestSettings) -> None:
    """Each image with what the center declared, and the images with each other."""
    for sequence, native in delivery.images.items():
        if sequence in settings.protocol:
            delivery.add(sequence, protocol_findings(native.facts, settings.protocol[sequence]))
    frames = {sequence: native.frame_of_reference for sequence, native in delivery.images.items()}
    delivery.findings += frame_findings(frames, masked=bool(settings.masks))
    images = {sequence: native.image for sequence, native in delivery.images.items()}
    delivery.findings += box_findings(images, settings.reference)


def _write(status: CaseStatus, delivery: Delivery, native_folder: Path) -> None:
    status.extra |= {"sequences": {}, "previews": {}}
    for sequence, native in delivery.images.items():
        name = f"sub-{status.subject}_{sequence}.nii.gz"
        write_image(native.image, native_folder / name)
        write_json(native.facts, native_folder / name.replace(".nii.gz", ".json"))
        status.files[sequence] = {"path": name, "sha256": file_sha256(native_folder / name)}
        status.extra["sequences"][sequence] = {"series": native.series, **native.facts}
        modality = str(native.facts.get("Modality", ""))
        status.extra["previews"][sequence] = write_previews(
            native.image, native_folder, f"sub-{status.subject}_{sequence}", modality
        )
