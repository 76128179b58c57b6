"""Preprocessing of one case: bias correction, intensity normalisation, and how its sequences lie to each other."""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk

from osteon.config.imaging import Preprocess, Registration
from osteon.images.bias import n4
from osteon.images.foreground import IntensityConstant
from osteon.images.intensity import normalise
from osteon.images.io import read_image, write_image
from osteon.images.registration import RegistrationFailed, refusal, register_rigid
from osteon.tables.files import file_sha256
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, excluded, finding, is_mask

STAGE = "preprocess"


def preprocess_case(
    ingested: CaseStatus, source: Path, target: Path, settings: Preprocess, reference: str | None = None
) -> CaseStatus:
    """Correct and normalise every image of a case, each by itself, so that no patient depends on another.

    Args:
        ingested: status of the ingest stage; its files name the images in `source`, in any order.
        source: folder with the images as acquired.
        target: folder for the results; it exists afterwards, empty if the case is excluded.
        settings: bias correction, normalisation, registration.
        reference: sequence on which masks are drawn; the others are registered to it where the settings ask for that.

    Returns:
        The status with the SHA-256 of each image written; an exclusion of the ingest stage is passed on.
        extra['registration'] has an entry (`registration.Rigid`) for each sequence whose registration is to be used;
        one that was refused is a finding for review.
    """
    target.mkdir(parents=True, exist_ok=True)
    if not ingested.ok:
        return ingested.passed_on()
    images = {
        sequence: read_image(source / entry["path"])
        for sequence, entry in ingested.files.items()
        if not is_mask(sequence)
    }
    prepared: dict[str, sitk.Image] = {}
    for sequence, image in images.items():
        try:
            corrected = n4(image, settings.bias_correction) if settings.bias_correction.enabled else image
            prepared[sequence] = normalise(corrected, settings.intensity)
        except IntensityConstant as error:
            return excluded(ingested.center, ingested.subject, STAGE, Reason.INTENSITY_CONSTANT, f"{sequence}: {error}")
    status = CaseStatus(ingested.center, ingested.subject, STAGE)
    for sequence, image in prepared.items():
        name = f"sub-{ingested.subject}_desc-preproc_{sequence}.nii.gz"
        write_image(image, target / name)
        status.files[sequence] = {"path": name, "sha256": file_sha256(target / name)}
    if settings.registration.method == "rigid":
        status.extra["registration"], status.findings = _registered(images, reference, settings.registration)
    return status


def _registered(
    images: dict[str, sitk.Image], reference: str | None, settings: Registration
) -> tuple[dict[str, dict], list[dict]]:
    """The registrations to be used, by sequence, and what is found of the others.

    One that moves the center by less than half a voxel and betters nothing says that there is nothing to correct.
    """
    entries, findings = {}, []
    for sequence, image in images.items():
        if reference not in images or sequence == reference:
            continue
        try:
            found = register_rigid(images[reference], image)
            refused = refusal(found, settings.max_shift_mm, settings.max_angle)
            value = {"shift_mm": round(found.shift, 2), "angle_degrees": round(found.angle, 2)}
        except RegistrationFailed as error:
            found, refused, value = None, str(error), None
        if refused is None:
            entries[sequence] = found.entry()
        elif found is None or found.shift > min(image.GetSpacing()) / 2 or found.angle > 1:
            message = f"{sequence} to {reference}: {refused}"
            findings.append(finding(Reason.REGISTRATION_REFUSED, "review", message, value, [sequence]))
    return entries, findings
