"""Rings: their distances in mm on any grid, what is never part of them, and what the image's edge cuts off."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.features.rings import ring


def _ball(radius: float, spacing, half: float, center=(0.0, 0.0, 0.0)) -> np.ndarray:
    """Voxels whose center lies within a radius of a point, in a cube of side 2 * half mm."""
    axes = [np.arange(-half + step / 2, half, step) - middle for step, middle in zip(spacing, center, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    return z**2 + y**2 + x**2 <= radius**2


def _ring(region, spacing, distances, others=None, covered=None):
    others = np.zeros_like(region) if others is None else others
    covered = np.ones_like(region) if covered is None else covered
    return ring(region, others, covered, np.array(spacing), distances)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spacing", "error_mm"), [((1.0, 1.0, 1.0), 0.4), ((0.5, 0.5, 0.5), 0.2), ((2.5, 0.7, 0.7), 0.4)], ids=str
)
@pytest.mark.parametrize("distances", [(0.0, 5.0), (2.0, 6.0)], ids=str)
def test_ring_of_a_ball_has_the_volume_of_the_shell(spacing, error_mm, distances):
    region = _ball(10.0, spacing, 20.0)
    result, outside = _ring(region, spacing, distances)
    shell = 4 / 3 * np.pi * ((10 + distances[1]) ** 3 - (10 + distances[0]) ** 3)
    # the ball of voxels has bumps, and distances are to the nearest of them
    assert result.sum() * np.prod(spacing) == pytest.approx(shell, abs=4 * np.pi * (10 + distances[1]) ** 2 * error_mm)
    assert outside == 0.0
    assert not (result & region).any()


def test_distances_along_the_axes_of_a_cube():
    region = np.zeros((31, 31, 31), dtype=bool)
    region[13:18, 13:18, 13:18] = True
    result, _ = _ring(region, (4.0, 1.0, 1.0), (1.45, 4.55))
    # voxel centers lie 2, 6, 10 mm from the surface along z, and 0.5, 1.5, ... 4.5 mm along y and x
    assert np.flatnonzero(result[:, 15, 15]).tolist() == [12, 18]
    assert np.flatnonzero(result[15, :, 15]).tolist() == [8, 9, 10, 11, 19, 20, 21, 22]
    assert np.flatnonzero(result[15, 15, :]).tolist() == [8, 9, 10, 11, 19, 20, 21, 22]


def test_other_labels_are_never_in_it():
    spacing = (1.0, 1.0, 1.0)
    region, other = (
        _ball(6.0, spacing, 15.0),
        _ball(6.0, spacing, 15.0, center=(8.0, 0.0, 0.0)) & ~_ball(6.0, spacing, 15.0),
    )
    alone, _ = _ring(region, spacing, (0.0, 4.0))
    beside, _ = _ring(region, spacing, (0.0, 4.0), others=other)
    assert (alone & other).sum() > 100
    np.testing.assert_array_equal(beside, alone & ~other)


def test_half_of_a_ring_at_the_edge_of_the_image_is_cut_off():
    spacing = (1.0, 1.0, 1.0)
    whole = _ball(8.0, spacing, 16.0)
    # half a ball whose flat side lies at the edge of the array: beyond it is a disc with a round rim
    _, outside = _ring(whole[16:], spacing, (0.0, 4.0))
    disc = np.pi * 8**2 * 4 + np.pi * 4**2 / 4 * 2 * np.pi * (8 + 4 * 4 / (3 * np.pi))
    assert outside == pytest.approx(disc / (disc + 2 / 3 * np.pi * (12**3 - 8**3)), abs=0.03)
    covered = np.ones_like(whole)
    covered[:16] = False
    inside, outside = _ring(whole, spacing, (0.0, 4.0), covered=covered)
    assert outside == pytest.approx(0.5, abs=0.01)
    assert not inside[:16].any()


def test_no_room_at_all():
    result, outside = _ring(np.ones((4, 5, 6), dtype=bool), (1.0, 1.0, 1.0), (0.0, 2.0))
    assert not result.any()
    assert outside == 1.0
