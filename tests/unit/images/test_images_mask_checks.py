"""Plausibility of masks: boxes whose pieces, volumes, order and edges are known, on every kind of grid."""

from __future__ import annotations

import math

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.delivery import MaskChecks
from osteon.images.mask_checks import components_ml, height_mm, implausible, slice_axis

LABELS = {"L1": 1, "L2": 2, "L3": 3}
ORDER = MaskChecks(head_to_foot=["L1", "L2", "L3"])
TURN = 0.3
GRIDS = {
    "axial": (1, 0, 0, 0, 1, 0, 0, 0, 1),
    "feet first": (1, 0, 0, 0, -1, 0, 0, 0, -1),
    "oblique": (1, 0, 0, 0, math.cos(TURN), -math.sin(TURN), 0, math.sin(TURN), math.cos(TURN)),
}


def column(direction=GRIDS["axial"], spacing=(0.5, 0.75, 2.0)):
    """L1 over L2 over L3 along the third axis: boxes of 4 x 4 x 3 voxels, 36 mm³ each, away from all edges."""
    array = np.zeros((20, 12, 12), np.uint8)
    for name, first in (("L1", 14), ("L2", 9), ("L3", 3)):
        array[first : first + 3, 4:8, 4:8] = LABELS[name]
    return grid(array, direction, spacing)


def grid(array, direction=GRIDS["axial"], spacing=(0.5, 0.75, 2.0)):
    mask = sitk.GetImageFromArray(array)
    mask.SetSpacing(spacing)
    mask.SetDirection(direction)
    mask.SetOrigin((11.0, -7.0, 300.0))
    return mask


def changed(mask, change):
    array = sitk.GetArrayFromImage(mask)
    change(array)
    result = sitk.GetImageFromArray(array)
    result.CopyInformation(mask)
    return result


def found(mask, checks):
    return [(row["code"], row["severity"], row["value"]) for row in implausible(mask, LABELS, checks)]


@pytest.mark.parametrize("direction", ["axial", "oblique"])
def test_good_mask_has_no_findings(direction):
    checks = MaskChecks(head_to_foot=ORDER.head_to_foot, volume_ml={"min": 0.035, "max": 0.037})
    assert found(column(GRIDS[direction]), checks) == []


def test_stray_pieces_with_their_volume():
    def stray(array):
        array[1, 1, 1] = 1  # 0.75 mm³
        array[17, 8:10, 8:10] = 2  # 3 mm³, away from L2

    mask = changed(column(), stray)
    assert found(mask, MaskChecks()) == [
        ("mask_components", "review", {"L1": 2}),
        ("mask_components", "review", {"L2": 2}),
    ]
    assert components_ml(mask, 1) == pytest.approx([0.036, 0.00075])
    assert components_ml(mask, 2) == pytest.approx([0.036, 0.003])
    assert implausible(mask, LABELS, MaskChecks())[0]["message"] == "L1 has 2 pieces; beside 0.036 mL: 0.00075 mL"
    assert found(mask, MaskChecks(one_component=False)) == []


def test_voxels_that_share_a_corner_are_one_piece():
    def corner(array):
        array[17, 8, 8] = 1  # touches the box's corner at (16, 7, 7)

    assert found(changed(column(), corner), MaskChecks()) == []


def test_volume_takes_the_voxel_size_and_both_limits():
    checks = MaskChecks(volume_ml={"min": 0.04, "max": 60})
    assert found(column(), checks) == [("mask_volume", "review", {"L1": 0.036, "L2": 0.036, "L3": 0.036})]
    assert "plausible is at least 0.04 mL and at most 60 mL" in implausible(column(), LABELS, checks)[0]["message"]
    assert found(column(spacing=(1.0, 1.0, 1.0)), checks) == []
    assert found(column(), MaskChecks(volume_ml={"max": 0.03}))[0][0] == "mask_volume"


def test_order_follows_the_patient_not_the_array():
    assert found(column(), ORDER) == []
    wrong = [("mask_order", "exclude", ["L3", "L2", "L1"])]
    assert found(column(GRIDS["feet first"]), ORDER) == wrong
    assert found(sitk.Flip(column(), (False, True, True)), ORDER) == []  # flipped with its geometry
    assert found(sitk.PermuteAxes(column(), (2, 0, 1)), ORDER) == []


def test_two_labels_exchanged():
    def exchange(array):
        upper, middle = array == 1, array == 2
        array[upper], array[middle] = 2, 1

    (row,) = implausible(changed(column(GRIDS["oblique"]), exchange), LABELS, ORDER)
    assert (row["code"], row["severity"]) == ("mask_order", "exclude")
    assert row["message"] == "L2 lies above L1; from head to foot: L2, L1, L3"


def test_order_of_the_labels_that_are_there():
    assert found(changed(column(), lambda array: np.place(array, array == 2, 0)), ORDER) == []
    assert found(changed(column(), lambda array: np.place(array, array == 2, 3)), ORDER)[0][0] == "mask_components"


def test_height_on_an_oblique_grid():
    mask = column(GRIDS["oblique"])
    # centroid index of L1 is (5.5, 5.5, 15) of steps 0.5, 0.75 and 2 mm
    assert height_mm(mask, 1) == pytest.approx(300 + math.sin(TURN) * 5.5 * 0.75 + math.cos(TURN) * 15 * 2)


@pytest.mark.parametrize(
    ("where", "severity"),
    [
        ((slice(9, 12), slice(4, 8), slice(0, 8)), "review"),
        ((slice(9, 12), slice(4, 12), slice(4, 8)), "review"),
        ((slice(0, 12), slice(4, 8), slice(4, 8)), "note"),
        ((slice(9, 20), slice(4, 8), slice(4, 8)), "note"),
        ((slice(1, 19), slice(1, 11), slice(1, 11)), None),
    ],
)
def test_edges_of_the_image(where, severity):
    def grow(array):
        array[:] = 0
        array[where] = 2

    mask = changed(column(), grow)
    expected = [("mask_border", severity, ["L2"])] if severity else []
    assert found(mask, MaskChecks()) == expected
    assert found(mask, MaskChecks(inside=False)) == []
    # the axes in another order: slices still lie along the largest step
    assert found(sitk.PermuteAxes(mask, (2, 0, 1)), MaskChecks()) == expected


def test_slices_lie_along_the_largest_step_or_the_third_axis():
    array = np.zeros((4, 4, 4), np.uint8)
    assert slice_axis(grid(array, spacing=(3.0, 0.9, 0.9))) == 0
    assert slice_axis(grid(array, spacing=(0.9, 3.0, 0.9))) == 1
    assert slice_axis(grid(array, spacing=(1.0, 1.0, 1.0))) == 2
    assert slice_axis(grid(array, spacing=(0.7, 0.7, 0.5))) == 2
