"""Implicit surfaces: distances that can be computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.phantom.canvas import TissueMap
from osteon.phantom.geometry import Points
from osteon.phantom.parameters import Tissue
from osteon.phantom.soft_tissue import paint_canal
from osteon.phantom.vertebrae import paint_bodies, rounded_box, smooth_union, superellipse


def test_rounded_box_distances():
    def box(*beyond: float) -> float:
        return float(rounded_box(2.0, *(np.array([b]) for b in beyond))[0])

    assert box(-5, -9) == -5  # inside: to the nearest face
    assert box(3, -9) == pytest.approx(3)  # beyond one face
    assert box(3, 4) == pytest.approx(np.hypot(5, 6) - 2)  # beyond a corner, rounded by 2 mm
    assert box(0, 0) == pytest.approx(np.hypot(2, 2) - 2)  # the sharp corner is cut off


def test_smooth_union_equals_the_minimum_far_from_the_seam():
    a, b = np.array([-1.0, 5.0, 1.0]), np.array([9.0, 0.0, 1.0])
    np.testing.assert_allclose(smooth_union(a, b, 2.0), [-1.0, 0.0, 1.0 - 2.0 / 4])


def test_superellipse_with_exponent_two_is_an_ellipse():
    assert superellipse(np.array([3.0]), np.array([4.0]), 2.0)[0] == pytest.approx(5)
    assert superellipse(np.array([1.0]), np.array([0.0]), 3.6)[0] == pytest.approx(1)


def on_level(anatomy, level: int, u: list[float], w: list[float], x: list[float]) -> Points:
    """Points given in the axes of a level, mm from the body's middle."""
    column = anatomy.column
    yz = column.center[level] + np.outer(u, column.posterior[level]) + np.outer(w, column.superior[level])
    y, z = yz.astype(np.float32).T
    behind, at_level = anatomy.canal.at(y, z)
    return Points(np.array(x, np.float32), y, z, behind, at_level, (1, 1, len(u)))


def test_a_body_has_marrow_within_a_cortex_and_a_mask_within_both(anatomy):
    level, column = 5, anatomy.column
    front = -column.half_depth[level] * (1 - 0.075)  # the waist
    points = on_level(anatomy, level, [0, front + 3, front + 0.4, front - 2], [0, 0, 0, 0], [6, 0, 0, 0])
    canvas = TissueMap.blank(4)
    paint_bodies(canvas, points, anatomy)
    assert list(canvas.tissue) == [Tissue.VERTEBRAL_BODY, Tissue.VERTEBRAL_BODY, Tissue.CORTEX, Tissue.ABDOMEN]
    assert list(canvas.body) == [level + 1, level + 1, 0, 0]


def test_the_canal_holds_fluid_and_the_cord_above_the_conus(anatomy):
    depth = anatomy.build.canal_depth / 2
    for level, tissue in ((1, Tissue.CORD), (6, Tissue.FLUID)):
        at = anatomy.column.half_depth[level] + depth
        canvas = TissueMap.blank(1)
        paint_canal(canvas, on_level(anatomy, level, [at], [0], [0]), anatomy)
        assert canvas.tissue[0] == tissue
