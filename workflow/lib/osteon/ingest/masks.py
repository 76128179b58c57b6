"""Manual masks: found by pattern, read as label maps or contours, put on the image's grid by geometry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from osteon.images.io import ImageUnreadable, read_image
from osteon.images.masks import mask_findings, same_grid, to_grid
from osteon.ingest.contours import ContoursMisplaced, fill_contours, find_structures, read_structures
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

LABEL_MAPS = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha")


def manual_mask(
    folder: Path, pattern: str, image: sitk.Image, labels: dict[str, int], frame_of_reference: str = ""
) -> tuple[sitk.Image | None, list[dict]]:
    """Find a case's manual mask and put it on the image's grid.

    Args:
        folder: the case's folder.
        pattern: glob inside the folder.
        image: the image of the segmented sequence.
        labels: name and value of every structure; contours are matched by name, label maps by value.
        frame_of_reference: the image's FrameOfReferenceUID, empty if unknown.

    Returns:
        The mask (unsigned integers on the image's grid), or None; and findings. A missing mask is a note, since the
        segmentation stage decides whether one is needed; a mask that cannot be used is an 'exclude' finding.
    """
    found = sorted(path for path in folder.glob(pattern) if path.is_file())
    names = [path.relative_to(folder).as_posix() for path in found]
    if not found:
        return None, [finding(Reason.MASK_MISSING, "note", f"no file fits the pattern {pattern}")]
    if len(found) > 1:
        return None, [
            finding(
                Reason.MASK_AMBIGUOUS, "exclude", f"{len(found)} files fit the pattern {pattern}", len(found), names
            )
        ]
    if found[0].name.lower().endswith(LABEL_MAPS):
        mask, findings = _label_map(found[0], image)
    else:
        mask, findings = _contours(found[0], image, labels, frame_of_reference)
    if mask is not None:
        findings += mask_findings(mask, image, labels)
    if mask is None or any(entry["severity"] == "exclude" for entry in findings):
        mask = None
    elif not same_grid(_in_order(mask), _in_order(image)):
        findings.append(
            finding(
                Reason.MASK_RESAMPLED,
                "note",
                f"size {_times(mask.GetSize())}, spacing {_times(mask.GetSpacing())} mm on an image of "
                f"size {_times(image.GetSize())}, spacing {_times(image.GetSpacing())} mm",
            )
        )
    findings = [{**entry, "files": names} for entry in findings]
    if mask is None:
        return None, findings
    pixel_type = sitk.sitkUInt8 if max(labels.values(), default=0) < 256 else sitk.sitkUInt16
    return to_grid(sitk.Cast(mask, pixel_type), image), findings


def _label_map(path: Path, image: sitk.Image) -> tuple[sitk.Image | None, list[dict]]:
    try:
        mask = read_image(path)
    except ImageUnreadable as error:
        return None, [finding(Reason.MASK_UNREADABLE, "exclude", str(error).replace(str(path), path.name))]
    values = np.unique(sitk.GetArrayViewFromImage(mask))
    if not np.array_equal(values, np.rint(values)):
        return None, [finding(Reason.MASK_LABELS, "exclude", "the mask holds fractions; labels are whole numbers")]
    if _lost_geometry(mask, image):
        return None, [
            finding(
                Reason.MASK_GRID,
                "exclude",
                "the mask has lost its geometry: the image's size, but spacing 1 mm and origin 0",
            )
        ]
    return mask, []


def _contours(
    path: Path, image: sitk.Image, labels: dict[str, int], frame_of_reference: str
) -> tuple[sitk.Image | None, list[dict]]:
    try:
        structures = read_structures(path)
    except Exception as error:  # a malformed file can raise anything inside the reader
        return None, [finding(Reason.MASK_UNREADABLE, "exclude", f"cannot be read as RTSTRUCT: {error}")]
    drawn = {label: find_structures(structures, label) for label in labels}
    twice = [label for label, hits in drawn.items() if len(hits) > 1]
    if twice:
        return None, [finding(Reason.MASK_AMBIGUOUS, "exclude", f"several contours are called '{twice[0]}'", twice)]
    if not any(drawn.values()):
        names = ", ".join(item.names[0] for item in structures if item.names) or "none"
        return None, [
            finding(
                Reason.MASK_LABELS,
                "exclude",
                f"the file has the contours {names}; the study knows {', '.join(labels) or 'none'}",
            )
        ]
    array = np.zeros(image.GetSize()[::-1], dtype=np.uint16)
    findings = []
    for label, (structure,) in ((label, hits) for label, hits in drawn.items() if hits):
        if frame_of_reference and structure.frame_of_reference not in ("", frame_of_reference):
            findings.append(finding(Reason.MASK_FRAME, "review", f"'{label}' was drawn in another frame of reference"))
        try:
            array[fill_contours(structure.polygons, image)] = labels[label]
        except ContoursMisplaced as error:
            return None, [finding(Reason.MASK_GRID, "exclude", f"'{label}': {error}")]
    mask = sitk.GetImageFromArray(array)
    mask.CopyInformation(image)
    return mask, findings


def _lost_geometry(mask: sitk.Image, image: sitk.Image) -> bool:
    """The image's array saved without its geometry, which would land somewhere inside the image by chance."""
    plain = np.allclose(mask.GetSpacing(), 1) and np.allclose(mask.GetOrigin(), 0)
    return bool(plain and mask.GetSize() == image.GetSize() and not same_grid(mask, image))


def _in_order(image: sitk.Image) -> sitk.Image:
    """With axes along left, posterior, superior: converters reorder and flip axes, which moves no voxel."""
    return sitk.DICOMOrient(image, "LPS")


def _times(values: tuple[float, ...]) -> str:
    return " x ".join(f"{value:g}" for value in np.round(values, 3))
