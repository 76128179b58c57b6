"""How far two surfaces lie apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import surface_distance

HAUSDORFF_PERCENT = 95


@dataclass(frozen=True)
class SurfaceDistances:
    """Distances between the surfaces of two bodies, mm."""

    hd95_mm: float
    """The larger of the two directed 95th percentiles (Hausdorff)."""
    asd_mm: float
    """Average symmetric surface distance: mean over both surfaces together."""


def surface_distances(first: np.ndarray, second: np.ndarray, spacing: tuple[float, ...]) -> SurfaceDistances:
    """Distances between the surfaces of two masks.

    Both percentiles and the mean weight each piece of surface with its area. Distances run between corners of voxels:
    they are right within half a voxel's diagonal, and rather too small than too large.

    Args:
        first: boolean array with three axes; at least one voxel is True.
        second: the same on the same grid.
        spacing: voxel edges along the arrays' axes, mm.

    Raises:
        ValueError: a mask is empty; it has no surface.

    Source: Nikolov et al., J Med Internet Res 23, e26151 (2021); computed by DeepMind's package surface-distance.
    Verified against: the test values published with that package; concentric spheres and shifted boxes, also on voxels
    with unequal edges; SimpleITK's distance maps.
    """
    if not first.any() or not second.any():
        raise ValueError("an empty mask has no surface to measure a distance from")
    measured = surface_distance.compute_surface_distances(first, second, spacing)
    areas = [measured["surfel_areas_gt"], measured["surfel_areas_pred"]]
    distances = [measured["distances_gt_to_pred"], measured["distances_pred_to_gt"]]
    return SurfaceDistances(
        float(surface_distance.compute_robust_hausdorff(measured, HAUSDORFF_PERCENT)),
        float(np.average(np.concatenate(distances), weights=np.concatenate(areas))),
    )
