"""The part of an image that features need, on the voxels that the settings ask for, and the regions on it."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from radiomics import imageoperations

# Voxels of the source image that are kept around the box before its splines are fitted. A cubic spline's coefficients
# depend on the whole image, but a voxel's influence falls by 0.27 with each voxel of distance: to 4e-10 over 16.
SPLINE_MARGIN = 16
# An interpolated mask of exactly one half is inside; sums of products of floating-point weights miss it by less.
HALF = 0.5 - 1e-6


def resample(image: sitk.Image, masks: list[sitk.Image], parameters: dict) -> tuple[sitk.Image, list[sitk.Image]]:
    """The box around all regions, with what filters need around them, resampled; and each region on it.

    Args:
        image: one sequence, any spacing and direction.
        masks: the regions (1 inside), on the image's grid; at least one voxel among them.
        parameters: from `settings.pyradiomics_parameters`. Its section 'osteon' says where the voxels lie: 'corners'
            (PyRadiomics' `resampleImage`), 'centers' (IBSI, `centered_grid`), 'native' (as acquired, the box alone)
            or 'whole' (as acquired, all of the image, as PyRadiomics does without resampling).

    Returns:
        The box, and the regions on its grid (1 inside). A region can become empty.

    Raises:
        ValueError: the masks are empty, or PyRadiomics refuses them.

    IBSI reference manual (arXiv 1612.07003), sections 2.4 and 2.5: the centers of both grids aligned, images by cubic
    B-splines, masks linearly with 0.5 and more inside. Verified against the values of IBSI's teams for two patients
    (tests/reference/test_reference_sts_mr.py); 'corners' is PyRadiomics' own code.
    """
    setting, own = parameters["setting"], parameters["osteon"]
    if setting.get("normalize"):
        image = imageoperations.normalizeImage(image, **setting)
    everything = masks[0]
    for mask in masks[1:]:
        everything = sitk.Or(everything, mask)
    low, high = _bounds(everything)
    spacing = _spacing(image, setting)
    if own["grid"] == "whole":
        box = image
    elif own["grid"] == "corners":
        box, _ = imageoperations.resampleImage(image, everything, **setting)
    elif own["grid"] == "native" or np.allclose(spacing, image.GetSpacing()):
        pad = setting["padDistance"]
        box = _cut(image, low - pad, high + pad)
    else:
        box = _on_centered_grid(image, low, high, spacing, setting)
    if own["grid"] == "corners" and own["mask_interpolator"] == "nearest":
        return box, [_as_alone(mask, box, setting) for mask in masks]
    return box, [_on_box(mask, box, own["mask_interpolator"]) for mask in masks]


def intensity_mask(box: sitk.Image, mask: sitk.Image, parameters: dict) -> sitk.Image:
    """The region's voxels within the range of values (re-segmentation); the region itself where there is no range.

    IBSI section 2.6: shape is described by the whole region, everything else by this. Empty where no voxel, or a
    single one, is left.
    """
    setting = parameters["setting"]
    if setting.get("resegmentRange") is None:
        return mask
    try:
        kept = imageoperations.resegmentMask(box, mask, **setting)
    except ValueError:  # nothing is left to describe
        kept = mask * 0
    return sitk.Cast(kept, mask.GetPixelID())


def centered_grid(image: sitk.Image, spacing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """IBSI's resampled grid: so many voxels that they cover the image, its center on the image's center.

    Returns:
        Number of voxels per axis, and the position of the first one as a continuous index of the image.
    """
    size, old = np.array(image.GetSize()), np.array(image.GetSpacing())
    # files hold spacings as 32-bit floats: 40 voxels of 1.1000000238 mm are 44 of 1 mm, not 45
    count = np.ceil(np.round(size * old / spacing, 3)).astype(int)
    return count, (size - 1) / 2 - (count - 1) / 2 * spacing / old


def _on_centered_grid(
    image: sitk.Image, low: np.ndarray, high: np.ndarray, spacing: np.ndarray, setting: dict
) -> sitk.Image:
    """The box around the voxels `low` to `high` of the image, padded, on its centered grid, as 32-bit floats.

    32 bits, because a value that was acquired is met exactly where the grids meet: the spline's error of 1e-13 would
    put an intensity that lies on the edge between two grey levels into either.
    """
    count, start = centered_grid(image, spacing)
    step = spacing / np.array(image.GetSpacing())
    pad = setting["padDistance"]
    # half a voxel more than the region: so far does an interpolated mask reach
    first = np.maximum(np.floor((low - 0.5 - start) / step).astype(int) - pad, 0)
    last = np.minimum(np.ceil((high + 0.5 - start) / step).astype(int) + pad, count - 1)
    begin, end = start + first * step, start + last * step
    source = sitk.Cast(
        _cut(image, np.floor(begin).astype(int) - SPLINE_MARGIN, np.ceil(end).astype(int) + SPLINE_MARGIN),
        sitk.sitkFloat64,
    )
    return sitk.Resample(
        source,
        [int(number) for number in last - first + 1],
        sitk.Transform(),
        getattr(sitk, setting["interpolator"]),
        image.TransformContinuousIndexToPhysicalPoint(begin.tolist()),
        spacing.tolist(),
        image.GetDirection(),
        0.0,
        sitk.sitkFloat32,
    )


def _on_box(mask: sitk.Image, box: sitk.Image, interpolator: str) -> sitk.Image:
    """A region on the box's grid."""
    if interpolator == "nearest":
        return sitk.Resample(mask, box, sitk.Transform(), sitk.sitkNearestNeighbor, 0, mask.GetPixelID())
    share = sitk.Resample(sitk.Cast(mask, sitk.sitkFloat64), box, sitk.Transform(), sitk.sitkLinear, 0.0)
    return sitk.Cast(share >= HALF, mask.GetPixelID())


def _as_alone(mask: sitk.Image, box: sitk.Image, setting: dict) -> sitk.Image:
    """A region on the box's grid, voxel for voxel as PyRadiomics has it where it is the only one.

    Where a new voxel lies half way between two old ones, as every few voxels do between simple spacings, the rounding
    of the box's origin decides which is nearest. The region's own box gives its own rounding.
    """
    if not np.any(sitk.GetArrayViewFromImage(mask)):
        return _on_box(mask, box, "nearest")
    alone, _ = imageoperations.resampleImage(mask, mask, **{**setting, "interpolator": sitk.sitkNearestNeighbor})
    if not np.allclose(alone.GetSpacing(), box.GetSpacing()):  # of one slice, which PyRadiomics leaves as it is
        return _on_box(mask, box, "nearest")
    offset = np.rint(box.TransformPhysicalPointToContinuousIndex(alone.GetOrigin())).astype(int)
    whole = sitk.Image(box.GetSize(), mask.GetPixelID())
    whole.CopyInformation(box)
    return sitk.Paste(whole, alone, alone.GetSize(), [0, 0, 0], offset.tolist())


def _spacing(image: sitk.Image, setting: dict) -> np.ndarray:
    """The spacing asked for, mm; 0 or nothing is the image's own."""
    own = np.array(image.GetSpacing())
    wanted = np.array(setting.get("resampledPixelSpacing") or own, dtype=float)
    return np.where(wanted == 0, own, wanted)


def _bounds(mask: sitk.Image) -> tuple[np.ndarray, np.ndarray]:
    """First and last index of the voxels that are not zero, in SimpleITK's order of axes."""
    inside = np.nonzero(sitk.GetArrayViewFromImage(mask))
    if inside[0].size == 0:
        raise ValueError("the regions have no voxel on this image")
    low, high = zip(*((axis.min(), axis.max()) for axis in reversed(inside)), strict=True)
    return np.array(low), np.array(high)


def _cut(image: sitk.Image, low: np.ndarray, high: np.ndarray) -> sitk.Image:
    """The voxels from index `low` to `high`, both included, as far as the image has them."""
    low = np.maximum(low, 0)
    high = np.minimum(high, np.array(image.GetSize()) - 1)
    return sitk.RegionOfInterest(image, [int(number) for number in high - low + 1], [int(number) for number in low])
