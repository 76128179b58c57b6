"""One case that came as NIfTI: one image per sequence, found by pattern."""

from __future__ import annotations

import json
from pathlib import Path

import SimpleITK as sitk

from osteon.images.io import ImageUnreadable, read_image
from osteon.ingest.delivery import Delivery, Native, is_constant
from osteon.ingest.intensity import saturation_findings, wrapped_findings
from osteon.ingest.sidecar import image_facts
from osteon.tables.reasons import Reason
from osteon.tables.status import finding


def deliver_nifti(folder: Path, sequences: list[str], patterns: dict[str, str], minimum_slices: int) -> Delivery:
    """Read the image of every sequence.

    Args:
        folder: the case's folder.
        sequences: what the study needs, in its order.
        patterns: glob inside the folder, by sequence.
        minimum_slices: smallest extent, voxels, along any axis.

    Returns:
        The delivery; `refusal` is set if any image is missing, ambiguous or unusable.
    """
    delivery = Delivery()
    if not folder.is_dir():
        delivery.refuse(Reason.NO_FILES, "the folder is missing")
        return delivery
    for sequence in sequences:
        pattern = patterns.get(sequence)
        found = sorted(path for path in folder.glob(pattern) if path.is_file()) if pattern else []
        if not found:
            missing = f"no file fits the pattern {pattern}" if pattern else "the center has no pattern for it"
            delivery.refuse(Reason.SEQUENCE_MISSING, f"{sequence}: {missing}")
        elif len(found) > 1:
            delivery.refuse(
                Reason.SERIES_AMBIGUOUS,
                f"{sequence}: {len(found)} files fit the pattern {pattern}; 'images.{sequence}' must fit one",
            )
        else:
            _read(sequence, found[0], minimum_slices, delivery)
    return delivery


def _read(sequence: str, path: Path, minimum_slices: int, delivery: Delivery) -> None:
    try:
        image = read_image(path)
    except ImageUnreadable as error:
        delivery.refuse(Reason.IMAGE_UNREADABLE, f"{sequence}: {str(error).replace(str(path), path.name)}")
        return
    if min(image.GetSize()) < minimum_slices:
        delivery.refuse(Reason.NOT_A_VOLUME, f"{sequence}: size {image.GetSize()}; {minimum_slices} slices are needed")
    elif is_constant(image):
        delivery.refuse(Reason.INTENSITY_CONSTANT, f"{sequence}: the image has one value everywhere")
    else:
        delivery.add(sequence, [*_unplaced(path), *saturation_findings(image, []), *wrapped_findings(image)])
        delivery.images[sequence] = Native(image, image_facts(image, _given_sidecar(path)))


def _unplaced(path: Path) -> list[dict]:
    """A finding for review if a NIfTI file does not say how its axes lie in the patient (both codes 0)."""
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    codes = [reader.GetMetaData(key) for key in ("qform_code", "sform_code") if reader.HasMetaDataKey(key)]
    if not codes or any(int(code) for code in codes):
        return []
    message = "the file does not say how its axes lie in the patient (qform_code and sform_code are 0)"
    return [finding(Reason.GEOMETRY_MISSING, "review", message)]


def _given_sidecar(path: Path) -> dict[str, object]:
    sidecar = path.with_name(path.name.removesuffix(".gz").removesuffix(".nii") + ".json")
    try:
        content = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
