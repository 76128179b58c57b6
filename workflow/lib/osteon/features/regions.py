"""The regions of a case on one image's grid, and why a region cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import SimpleITK as sitk

from osteon.images.masks import labels_present, to_grid, union
from osteon.tables.reasons import Reason

# A region that loses more than this share of its voxels at the edge of the image would be described as something
# that it is not.
MAXIMUM_OUTSIDE = 0.05


@dataclass
class Region:
    """One region of one image. Either `reason` says why there are no values, or `values` holds them."""

    name: str
    mask: sitk.Image
    reason: str | None = None
    values: dict[str, float] = field(default_factory=dict)
    grey_levels: dict[str, int] = field(default_factory=dict)


def regions_on_image(
    mask: sitk.Image, image: sitk.Image, labels: dict[str, int], rois: dict[str, list[str]]
) -> list[Region]:
    """Each region as a binary mask (1 inside) on the image's grid, with a reason where it cannot be used.

    Reasons: mask_empty (a label that the region needs has no voxel), mask_grid (the image does not cover the
    region), roi_too_small (nothing of it, or a line of voxels, is left on the image's grid).
    """
    present = set(labels_present(mask))
    on_image = to_grid(mask, image)
    covered = _covered(mask, image)
    regions = []
    for name, members in rois.items():
        values = [labels[member] for member in members]
        region = union(on_image, values)
        reason: str | None = None
        if not present.issuperset(values):
            reason = Reason.MASK_EMPTY
        elif share_outside(union(mask, values), covered) > MAXIMUM_OUTSIDE:
            reason = Reason.MASK_GRID
        elif voxel_count(region) == 0 or extended_dimensions(region) < 2:
            reason = Reason.ROI_TOO_SMALL
        regions.append(Region(name, region, reason))
    return regions


def share_outside(region: sitk.Image, covered: sitk.Image) -> float:
    """Share of the region's voxels, 0 to 1, that are not covered. The region must not be empty."""
    inside = sitk.GetArrayViewFromImage(region) > 0
    return float(1 - sitk.GetArrayViewFromImage(covered)[inside].mean())


def _covered(mask: sitk.Image, image: sitk.Image) -> sitk.Image:
    """1 where a voxel center of the mask's grid lies within the image, 0 elsewhere."""
    everywhere = sitk.Image(image.GetSize(), sitk.sitkUInt8) + 1
    everywhere.CopyInformation(image)
    return to_grid(everywhere, mask)


def bounding_box(region: sitk.Image) -> np.ndarray:
    """Inclusive index bounds (low x, high x, low y, high y, low z, high z), PyRadiomics' order."""
    statistics = sitk.LabelShapeStatisticsImageFilter()
    statistics.Execute(region)
    low, size = np.array(statistics.GetBoundingBox(1)).reshape(2, 3)
    return np.column_stack([low, low + size - 1]).ravel()


def extended_dimensions(region: sitk.Image) -> int:
    """Number of dimensions in which the region spans more than one voxel."""
    bounds = bounding_box(region)
    return int(np.sum(bounds[1::2] > bounds[0::2]))


def voxel_count(region: sitk.Image) -> int:
    """Number of voxels that are not zero."""
    return int(np.count_nonzero(sitk.GetArrayViewFromImage(region)))
