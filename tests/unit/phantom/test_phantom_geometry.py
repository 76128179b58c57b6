"""Slices lie where DICOM will say they lie; interpolation and averaging are exact where they can be."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.phantom.geometry import SliceStack, box_average, interpolate, locate, rotation


@pytest.fixture
def stack():
    return SliceStack(128, 2.0, 9, 5.0, rotation(0.02, -0.03), np.array([1.0, 14.0, -8.0]))


def test_directions_are_right_handed_and_sagittal(stack):
    axes = np.stack([stack.row_direction, stack.column_direction, stack.normal])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)
    assert abs(stack.normal[0]) > 0.99


def test_slices_are_equidistant_around_the_middle(stack):
    positions = np.array([stack.position(k) for k in range(9)])
    np.testing.assert_allclose(np.diff(positions, axis=0), np.tile(stack.normal * 5, (8, 1)), atol=1e-9)
    middle = stack.position(4) + 63.5 * 2 * (stack.row_direction + stack.column_direction)
    np.testing.assert_allclose(middle, stack.middle, atol=1e-9)


def test_finer_planes_cover_the_same_square(stack):
    planes = stack.planes(4, (0.0,), 256)
    np.testing.assert_allclose(np.linalg.norm(planes.per_column[0]), 1.0)
    # The first 2 x 2 fine pixels share their middle with the first coarse pixel.
    np.testing.assert_allclose(planes.corner[0] + (planes.per_column[0] + planes.per_row[0]) / 2, stack.position(4))


def test_points_follow_the_planes(stack, anatomy):
    points = locate(stack.planes(4, (-1.0, 1.0), 128), anatomy)
    assert points.shape == (2, 128, 128)
    rows, columns = np.meshgrid(np.arange(128), np.arange(128), indexing="ij")
    expected = stack.corner(4, 1.0, 128)[2] + 2 * (rows * stack.column_direction[2] + columns * stack.row_direction[2])
    z = points.plane(1).z.reshape(128, 128)
    assert np.abs(z - expected).max() < 4  # the anatomy's irregularity has an SD of 0.65 mm


def test_interpolation_is_exact_for_bilinear_fields():
    nodes = np.linspace(0, 19, 6)
    field = (2 + 3 * nodes[:, None] - nodes + 0.1 * nodes[:, None] * nodes)[None].astype(np.float32)
    at = np.arange(20)
    expected = 2 + 3 * at[:, None] - at + 0.1 * at[:, None] * at
    np.testing.assert_allclose(interpolate(field, nodes, 20)[0], expected, rtol=1e-5, atol=1e-5)


def test_box_average_known_answers():
    image = np.zeros((6, 6))
    image[1, 2] = 1.0
    np.testing.assert_allclose(box_average(image, 2), [[1 / 9, 0], [0, 0]])
    # Of three pixels, the first coarse one takes one and a half.
    np.testing.assert_allclose(box_average(np.tile([0.0, 1.0, 0.0], (3, 1)), 2), np.full((2, 2), 1 / 3))
    assert box_average(np.ones((96, 96)), 64) == pytest.approx(1)
