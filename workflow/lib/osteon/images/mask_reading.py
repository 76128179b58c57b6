"""Mask files that hold voxels (label maps, segments of 3D Slicer), read and put on an image's grid with all checks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from osteon.config.delivery import MaskChecks
from osteon.images.io import ImageUnreadable, read_image
from osteon.images.mask_checks import implausible
from osteon.images.masks import labels_present, mask_findings, same_grid, same_lattice, to_grid
from osteon.images.segment_nrrd import has_segments, nrrd_header, read_segments
from osteon.images.segments import MaskRefused, label_array
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

NRRD = (".nrrd", ".nhdr")
LABEL_MAPS = (".nii", ".nii.gz", *NRRD, ".mha")


def read_mask(path: Path, image: sitk.Image, labels: Mapping[str, int]) -> tuple[sitk.Image, list[dict]]:
    """Read a label map or a `.seg.nrrd` on the grid of its file.

    Args:
        path: the file; its name ends as one of `LABEL_MAPS` does.
        image: the image that the mask belongs to.
        labels: name and value of every structure; segments are matched by name, label maps by value.

    Returns:
        Label values, and findings.

    Raises:
        MaskRefused: the file cannot be read, or its labels or its geometry cannot be trusted.
    """
    if path.name.lower().endswith(NRRD):
        header = nrrd_header(path)
        if has_segments(header):
            grid, segments = read_segments(path, header)
            array, findings = label_array(segments, labels)
            mask = sitk.GetImageFromArray(array)
            mask.CopyInformation(grid)
            return mask, findings
    return _label_map(path, image), []


def on_image(
    mask: sitk.Image, image: sitk.Image, labels: Mapping[str, int], checks: MaskChecks
) -> tuple[sitk.Image | None, list[dict]]:
    """A mask on the image's grid (unsigned integers), or None if it cannot be used; and findings.

    Another grid is taken to the image's by nearest neighbour through physical space. `checks` says what a plausible
    mask is.
    """
    findings = mask_findings(mask, image, labels)
    if not excludes(findings):
        pixel_type = sitk.sitkUInt8 if max(labels.values(), default=0) < 256 else sitk.sitkUInt16
        findings += _resampling(mask, image)
        before = labels_present(mask)
        mask = to_grid(sitk.Cast(mask, pixel_type), image)
        findings += _lost(before, labels_present(mask), labels)
        findings += implausible(mask, labels, checks)
    return None if excludes(findings) else mask, findings


def excludes(findings: list[dict]) -> bool:
    """Whether a finding keeps the mask from being used."""
    return any(entry["severity"] == "exclude" for entry in findings)


def _label_map(path: Path, image: sitk.Image) -> sitk.Image:
    try:
        mask = read_image(path)
    except ImageUnreadable as error:
        raise MaskRefused(Reason.MASK_UNREADABLE, str(error).replace(str(path), path.name)) from error
    values = np.unique(sitk.GetArrayViewFromImage(mask))
    if not np.array_equal(values, np.rint(values)):
        raise MaskRefused(Reason.MASK_LABELS, "the mask holds fractions; labels are whole numbers")
    if _lost_geometry(mask, image):
        raise MaskRefused(
            Reason.MASK_GRID, "the mask has lost its geometry: the image's size, but spacing 1 mm and origin 0"
        )
    return mask


def _lost_geometry(mask: sitk.Image, image: sitk.Image) -> bool:
    """The image's array saved without its geometry, which would land somewhere inside the image by chance."""
    plain = np.allclose(mask.GetSpacing(), 1) and np.allclose(mask.GetOrigin(), 0)
    return bool(plain and mask.GetSize() == image.GetSize() and not same_grid(mask, image))


def _lost(before: list[int], after: list[int], labels: Mapping[str, int]) -> list[dict]:
    """Labels without a voxel on the image's grid: thin ones can lie between its slices."""
    lost = [name for name, value in labels.items() if value in before and value not in after]
    if not lost:
        return []
    message = f"no voxel center of the image lies in {', '.join(lost)}"
    return [finding(Reason.MASK_EMPTY, "review" if after else "exclude", message, lost)]


def _resampling(mask: sitk.Image, image: sitk.Image) -> list[dict]:
    if same_lattice(mask, image):
        return []
    return [
        finding(
            Reason.MASK_RESAMPLED,
            "note",
            f"size {_times(mask.GetSize())}, spacing {_times(mask.GetSpacing())} mm on an image of "
            f"size {_times(image.GetSize())}, spacing {_times(image.GetSpacing())} mm",
        )
    ]


def _times(values: tuple[float, ...]) -> str:
    return " x ".join(f"{value:g}" for value in np.round(values, 3))
