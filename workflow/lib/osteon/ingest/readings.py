"""All readings of a case's manual masks: the one that the study uses, further readers and repeats."""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk

from osteon.config.delivery import IngestSettings, MaskReading
from osteon.ingest.delivery import Delivery, for_review
from osteon.ingest.mask_files import find_masks
from osteon.ingest.masks import manual_mask
from osteon.tables.reasons import Reason
from osteon.tables.status import MANUAL


def manual_masks(delivery: Delivery, source: Path, subject: str, settings: IngestSettings) -> dict[str, sitk.Image]:
    """Read the masks of every reading.

    Args:
        delivery: the case's images. Findings are added; `extra["readings"]` tells for each reading its reader, number,
            key among the status's files, and whether a file was found; `refusal` is set where features are taken from
            the manual mask and the first reading's cannot be used. A further reading never stops the case.
        source: the case's source, a folder or a list of files.
        subject: the case's label.
        settings: where the masks are, the study's labels, and what a plausible mask is.

    Returns:
        The usable masks on the image's grid, by key.
    """
    native = delivery.images[settings.reference]
    masks, rows = {}, []
    for number, reading in enumerate(settings.masks):
        found = find_masks(source, reading, subject)
        mask, findings = manual_mask(found, native, settings.labels, settings.mask_checks)
        if number or not settings.masks_used:
            findings = for_review(findings)
        if len(settings.masks) > 1:
            said = f"reader {reading.reader}, reading {reading.reading}"
            findings = [{**entry, "message": f"{said}: {entry['message']}"} for entry in findings]
        delivery.findings += findings
        for entry in findings:
            if entry["severity"] == "exclude":
                delivery.refuse(Reason(entry["code"]), f"mask: {entry['message']}")
        key = reading_key(reading) if number else MANUAL
        rows.append(
            {"reader": reading.reader, "reading": reading.reading, "key": key, "found": bool(found.names)},
        )
        if mask is not None:
            masks[key] = mask
    delivery.extra["readings"] = rows
    return masks


def reading_key(reading: MaskReading) -> str:
    """Key of a further reading's mask among the files of the ingest stage."""
    return f"{MANUAL}-{reading.reader}-{reading.reading}"


def mask_name(subject: str, key: str) -> str:
    """Name of the mask file of a reading, by its key."""
    _, *further = key.split("-")
    entities = "_reader-{}_reading-{}".format(*further) if further else ""
    return f"sub-{subject}_desc-manual{entities}_dseg.nii.gz"
