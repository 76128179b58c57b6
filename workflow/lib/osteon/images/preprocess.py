"""Preprocessing of one case: bias correction and intensity normalisation of each of its images."""

from __future__ import annotations

from pathlib import Path

from osteon.config.imaging import Preprocess
from osteon.images.bias import n4
from osteon.images.foreground import IntensityConstant
from osteon.images.intensity import normalise
from osteon.images.io import read_image, write_image
from osteon.tables.files import file_sha256
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, excluded, is_mask

STAGE = "preprocess"


def preprocess_case(ingested: CaseStatus, source: Path, target: Path, settings: Preprocess) -> CaseStatus:
    """Correct and normalise every image of a case, each by itself, so that no patient depends on another.

    Args:
        ingested: status of the ingest stage; its files name the images in `source`.
        source: folder with the images as acquired.
        target: folder for the results; it exists afterwards, empty if the case is excluded.
        settings: bias correction and normalisation.

    Returns:
        The status with the SHA-256 of each image written; an exclusion of the ingest stage is passed on.
    """
    target.mkdir(parents=True, exist_ok=True)
    if not ingested.ok:
        return ingested.passed_on()
    status = CaseStatus(ingested.center, ingested.subject, STAGE)
    for sequence, entry in ingested.files.items():
        if is_mask(sequence):
            continue
        image = read_image(source / entry["path"])
        try:
            corrected = n4(image, settings.bias_correction) if settings.bias_correction.enabled else image
            image = normalise(corrected, settings.intensity)
        except IntensityConstant as error:
            return excluded(ingested.center, ingested.subject, STAGE, Reason.INTENSITY_CONSTANT, f"{sequence}: {error}")
        name = f"sub-{ingested.subject}_desc-preproc_{sequence}.nii.gz"
        write_image(image, target / name)
        status.files[sequence] = {"path": name, "sha256": file_sha256(target / name)}
    return status
