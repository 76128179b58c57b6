"""All readings of a case's manual masks: the one that the study uses, further readers and repeats."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from osteon.config.delivery import IngestSettings, MaskReading
from osteon.ingest.delivery import Delivery, for_review
from osteon.ingest.identity import owner_findings
from osteon.ingest.mask_files import find_masks
from osteon.ingest.masks import manual_mask
from osteon.tables.reasons import Reason
from osteon.tables.status import MANUAL, finding


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
    person = delivery.extra.get("identity", {}).get("person")
    masks, rows = {}, []
    for number, reading in enumerate(settings.masks):
        found = find_masks(source, reading, subject)
        if reading.folder is not None or settings.source == "nifti":  # else it was among the case's files
            files = {name: found.folder / name for name in found.names}
            delivery.judge(owner_findings(files, person, settings.allow_identifiable))
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
    delivery.findings += _same(masks, {row["key"]: f"reader {row['reader']}, reading {row['reading']}" for row in rows})
    return masks


def _same(masks: dict[str, sitk.Image], names: dict[str, str]) -> Iterator[dict]:
    """Two readings that agree in every voxel are one file, whatever it is called; agreement would be overrated."""
    for one, other in combinations(masks, 2):
        if np.array_equal(*(sitk.GetArrayViewFromImage(masks[key]) for key in (one, other))):
            message = f"the masks of {names[one]} and {names[other]} are the same in every voxel"
            yield finding(Reason.MASK_AMBIGUOUS, "review", message)


def reading_key(reading: MaskReading) -> str:
    """Key of a further reading's mask among the files of the ingest stage."""
    return f"{MANUAL}-{reading.reader}-{reading.reading}"


def mask_name(subject: str, key: str) -> str:
    """Name of the mask file of a reading, by its key."""
    _, *further = key.split("-")
    entities = "_reader-{}_reading-{}".format(*further) if further else ""
    return f"sub-{subject}_desc-manual{entities}_dseg.nii.gz"
