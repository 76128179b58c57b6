"""The regions of a case on one image's grid, and why a region cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import SimpleITK as sitk

from osteon.features.regions_plan import Base
from osteon.features.rings import ring
from osteon.images.masks import labels_present, same_grid, to_grid, union
from osteon.tables.reasons import Reason

# A region that loses more than this share of its voxels at the edge of the image would be described as something
# that it is not.
MAXIMUM_OUTSIDE = 0.05


@dataclass
class Region:
    """One region of one image. Either `reason` says why there are no values, or `values` holds them.

    Attributes:
        base: what it is.
        mask: its labels' union (1 inside) on the image's grid; of a ring, the union inside it.
        reason: reason code.
        values: feature values by PyRadiomics' names.
        grey_levels: what `discretisation.discretised` found, by image type.
        outside: of a ring, the share of it that lies outside the image.
    """

    base: Base
    mask: sitk.Image
    reason: str | None = None
    values: dict[str, float] = field(default_factory=dict)
    grey_levels: dict[str, dict] = field(default_factory=dict)
    outside: float = 0.0


def regions_on_image(
    mask: sitk.Image,
    image: sitk.Image,
    labels: dict[str, int],
    bases: Sequence[Base],
    transform: sitk.Transform | None = None,
) -> tuple[list[Region], sitk.Image]:
    """Each region as a binary mask (1 inside) on the image's grid, with a reason where it cannot be used.

    Args:
        mask: integer labels on any grid.
        image: gives the grid.
        labels: value of each label name.
        bases: the regions.
        transform: where a point of the mask lies in the image, as for `masks.to_grid`.

    Returns:
        The regions in the order of `bases`, and the whole mask on the image's grid.

    Reasons: mask_empty (a label that the region needs has no voxel), mask_grid (the image does not cover the
    region), roi_too_small (nothing of it, or a line of voxels, is left on the image's grid).
    """
    present = set(labels_present(mask))
    fits = transform is None and same_grid(mask, image)
    # as it is, with its own rounding of origin and directions, as PyRadiomics takes it
    on_image = mask if fits else to_grid(mask, image, transform)
    covered = None if fits else _covered(mask, image, transform)
    regions = []
    for base in bases:
        values = [labels[name] for name in base.labels]
        region = union(on_image, values)
        reason: str | None = None
        if not present.issuperset(values):
            reason = Reason.MASK_EMPTY
        elif covered is not None and share_outside(union(mask, values), covered) > MAXIMUM_OUTSIDE:
            reason = Reason.MASK_GRID
        elif extended_dimensions(region) < 2:
            reason = Reason.ROI_TOO_SMALL
        regions.append(Region(base, region, reason))
    return regions, on_image


def around(region: sitk.Image, labels: sitk.Image, distance: float) -> tuple[sitk.Image, sitk.Image]:
    """Where a ring can lie, as a box, and what other labels are there; both 1 inside, on the image's grid.

    Args:
        region: the union that the ring surrounds (1 inside).
        labels: the whole mask on the same grid.
        distance: where the ring ends, mm.
    """
    steps = np.ceil(distance / np.array(region.GetSpacing())).astype(int) + 1
    bounds = bounding_box(region)
    low = np.maximum(bounds[0::2] - steps, 0)
    high = np.minimum(bounds[1::2] + steps, np.array(region.GetSize()) - 1)
    place = tuple(slice(int(first), int(last) + 1) for first, last in zip(low[::-1], high[::-1], strict=True))
    reach = np.zeros(region.GetSize()[::-1], np.uint8)
    reach[place] = 1
    other = (sitk.GetArrayViewFromImage(labels) != 0) & (sitk.GetArrayViewFromImage(region) == 0)
    return _like(region, reach), _like(region, other * reach)


def ring_around(
    region: sitk.Image, others: sitk.Image, image: sitk.Image, distances: tuple[float, float]
) -> tuple[sitk.Image, float]:
    """The ring around a region (1 inside) on the region's grid, and the share of it that lies outside the image.

    Args:
        region: 1 inside; at least one voxel.
        others: 1 where other labels lie, same grid.
        image: decides where the ring is cut; any grid.
        distances: where the ring begins and ends, mm from the region's surface.
    """
    covered = sitk.GetArrayViewFromImage(to_grid(everywhere(image), region)) > 0
    arrays = [sitk.GetArrayViewFromImage(mask) > 0 for mask in (region, others)]
    result, outside = ring(*arrays, covered, np.array(region.GetSpacing())[::-1], distances)
    return _like(region, result), outside


def share_outside(region: sitk.Image, covered: sitk.Image) -> float:
    """Share of the region's voxels, 0 to 1, that are not covered. The region must not be empty."""
    inside = sitk.GetArrayViewFromImage(region) > 0
    return float(1 - sitk.GetArrayViewFromImage(covered)[inside].mean())


def _covered(mask: sitk.Image, image: sitk.Image, transform: sitk.Transform | None) -> sitk.Image:
    """1 where a voxel center of the mask's grid lies within the image, 0 elsewhere."""
    return to_grid(everywhere(image), mask, None if transform is None else transform.GetInverse())


def everywhere(image: sitk.Image) -> sitk.Image:
    """A mask of the whole image."""
    whole = sitk.Image(image.GetSize(), sitk.sitkUInt8) + 1
    whole.CopyInformation(image)
    return whole


def _like(image: sitk.Image, values: np.ndarray) -> sitk.Image:
    result = sitk.GetImageFromArray(values.astype(np.uint8))
    result.CopyInformation(image)
    return result


def bounding_box(region: sitk.Image) -> np.ndarray:
    """Inclusive index bounds (low x, high x, low y, high y, low z, high z), PyRadiomics' order.

    Raises:
        ValueError: the region is empty.
    """
    inside = sitk.GetArrayViewFromImage(region) > 0
    bounds = []
    for axis in (2, 1, 0):
        along = np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis})))
        if len(along) == 0:
            raise ValueError("the region has no voxel")
        bounds += [along[0], along[-1]]
    return np.array(bounds)


def extended_dimensions(region: sitk.Image) -> int:
    """Number of dimensions in which the region spans more than one voxel; 0 for an empty one."""
    if voxel_count(region) == 0:
        return 0
    bounds = bounding_box(region)
    return int(np.sum(bounds[1::2] > bounds[0::2]))


def voxel_count(region: sitk.Image) -> int:
    """Number of voxels that are not zero."""
    return int(np.count_nonzero(sitk.GetArrayViewFromImage(region)))
