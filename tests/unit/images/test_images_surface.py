"""Surface distances: published values of the package, analytic bodies, a second implementation."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
import surface_distance

from osteon.images.surface import surface_distances


def box(shape, *ranges):
    mask = np.zeros(shape, bool)
    mask[tuple(slice(*ends) for ends in ranges)] = True
    return mask


def ball(radius, center=(0.0, 0.0, 0.0), spacing=(1.0, 1.0, 1.0), reach=30.0):
    axes = [np.arange(-reach, reach + step / 2, step) for step in spacing]
    grid = np.meshgrid(*axes, indexing="ij")
    return sum((axis - middle) ** 2 for axis, middle in zip(grid, center, strict=True)) <= radius**2


# surface_distance_test.py of github.com/google-deepmind/surface-distance at 1f805ce, SurfaceDistance3DTest
def test_published_two_voxels():
    first, second = box((128,) * 3, (50, 51), (60, 61), (70, 71)), box((128,) * 3, (50, 51), (60, 61), (72, 73))
    found = surface_distances(first, second, (3, 2, 1))
    assert (found.asd_mm, found.hd95_mm) == (1.5, 2.0)


@pytest.mark.slow
def test_published_two_cubes():
    first, second = box((100,) * 3, (0, 50), (0, 100), (0, 100)), box((100,) * 3, (0, 51), (0, 100), (0, 100))
    measured = surface_distance.compute_surface_distances(first, second, (2, 1, 1))
    directed = surface_distance.compute_average_surface_distance(measured)
    assert directed == pytest.approx((0.322, 0.339), abs=5e-4)
    assert surface_distance.compute_robust_hausdorff(measured, 100) == 2.0
    found = surface_distances(first, second, (2, 1, 1))
    assert found.hd95_mm == 2.0
    areas = [measured[key].sum() for key in ("surfel_areas_gt", "surfel_areas_pred")]
    assert found.asd_mm == pytest.approx(np.dot(directed, areas) / sum(areas))


@pytest.mark.slow
@pytest.mark.parametrize("spacing", [(0.5, 0.5, 0.5), (0.5, 0.5, 2.0)], ids=["cubes", "unequal"])
def test_concentric_spheres(spacing):
    """Every point of one lies at the difference of the radii from the other, within half a voxel's diagonal."""
    found = surface_distances(ball(18, spacing=spacing, reach=22), ball(21, spacing=spacing, reach=22), spacing)
    tolerance = np.linalg.norm(spacing) / 2
    assert found.asd_mm == pytest.approx(3, abs=tolerance)
    assert found.hd95_mm == pytest.approx(3, abs=tolerance)


@pytest.mark.parametrize(("axis", "step"), [(0, 4.4), (1, 0.9), (2, 0.7)], ids=["slice", "row", "column"])
def test_box_shifted_by_one_voxel(axis, step):
    first = box((20, 40, 40), (5, 12), (10, 28), (10, 28))
    found = surface_distances(first, np.roll(first, 1, axis), (4.4, 0.9, 0.7))
    assert found.hd95_mm == pytest.approx(step)


def test_order_and_place_do_not_matter():
    first, second = ball(10, (1, 0, 0)), ball(8, (0, 2, -3))
    one, other = surface_distances(first, second, (1, 1, 1)), surface_distances(second, first, (1, 1, 1))
    assert one.hd95_mm == other.hd95_mm
    assert one.asd_mm == pytest.approx(other.asd_mm, rel=1e-12)
    moved = surface_distances(np.roll(first, 9, 0), np.roll(second, 9, 0), (1, 1, 1))
    assert moved == one
    assert surface_distances(first, first, (1, 1, 1)).hd95_mm == 0


def test_maximum_agrees_with_distance_maps_of_simpleitk():
    """The percentile is below the largest distance, which another library finds within a voxel's diagonal."""
    spacing = (2.0, 1.0, 1.0)
    first, second = ball(15, spacing=spacing), ball(12, (2.0, 4.0, 0.0), spacing)
    images = []
    for mask in (first, second):
        image = sitk.GetImageFromArray(mask.astype(np.uint8))
        image.SetSpacing(spacing[::-1])
        images.append(image)
    filter_ = sitk.HausdorffDistanceImageFilter()
    filter_.Execute(*images)
    found = surface_distances(first, second, spacing)
    largest = filter_.GetHausdorffDistance()
    assert largest - 2 * np.linalg.norm(spacing) < found.hd95_mm <= largest + np.linalg.norm(spacing)


def test_area_counts_and_not_the_number_of_voxels():
    """A needle of many voxels and little area moves the 95th percentile less than it would by counting."""
    first = box((60, 60, 60), (10, 40), (10, 40), (10, 40))
    second = first.copy()
    second[25, 25, 40:55] = True
    assert surface_distances(first, second, (1, 1, 1)).hd95_mm == 0


def test_empty_mask_is_refused():
    with pytest.raises(ValueError, match="empty mask"):
        surface_distances(ball(3), ball(3) & False, (1, 1, 1))
