"""Masks: grids by physical space, overlap against closed forms, findings."""

from __future__ import annotations

import math

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.images import masks

LABELS = {"L1": 1, "L2": 2, "L3": 3}


def image(values, spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0), direction=None):
    result = sitk.GetImageFromArray(np.asarray(values))
    result.SetSpacing(spacing)
    result.SetOrigin(origin)
    if direction is not None:
        result.SetDirection(direction)
    return result


def ball(center, radius, size=64):
    z, y, x = np.ogrid[:size, :size, :size]
    return ((x - center[0]) ** 2 + (y - center[1]) ** 2 + (z - center[2]) ** 2 <= radius**2).astype(np.uint8)


def three_blocks(shape=(6, 20, 20)):
    values = np.zeros(shape, np.uint8)
    for label in LABELS.values():
        values[2:4, 5:10, 4 * label : 4 * label + 3] = label
    return values


def test_dice_of_two_balls_is_the_lens_formula():
    radius, distance = 20.0, 10.0
    first = image(ball((27, 32, 32), radius))
    second = image(ball((27 + distance, 32, 32), radius))
    lens = math.pi * (4 * radius + distance) * (2 * radius - distance) ** 2 / 12
    expected = lens / (4 / 3 * math.pi * radius**3)
    assert masks.dice(first, second, 1) == pytest.approx(expected, abs=0.005)
    assert masks.volume_ml(first, 1) == pytest.approx(4 / 3 * math.pi * radius**3 / 1000, rel=0.005)


def test_dice_at_its_ends():
    one, other = three_blocks(), np.zeros((6, 20, 20), np.uint8)
    other[0, 0, 0] = 1
    assert masks.dice(image(one), image(one), 2) == 1.0
    assert masks.dice(image(one), image(other), 1) == 0.0
    assert math.isnan(masks.dice(image(other), image(other), 3))
    with pytest.raises(ValueError, match="different grids"):
        masks.dice(image(one), image(one, spacing=(1, 1, 2)), 1)


def test_volume_takes_the_voxel_size():
    assert masks.volume_ml(image(three_blocks(), spacing=(0.5, 2.0, 3.0)), 1) == pytest.approx(2 * 5 * 3 * 3 / 1000)


def test_to_grid_goes_by_position_not_by_index():
    # The target is the mask's own region, flipped along x and twice as fine.
    mask = image(three_blocks(), spacing=(2.0, 2.0, 4.0), origin=(10.0, -5.0, 3.0))
    fine = image(
        np.zeros((6, 40, 40), np.float32),
        spacing=(1.0, 1.0, 4.0),
        origin=(10 + 38.5, -5.5, 3.0),
        direction=(-1, 0, 0, 0, 1, 0, 0, 0, 1),
    )
    moved = masks.to_grid(mask, fine)
    assert masks.same_grid(moved, fine)
    expected = np.repeat(np.repeat(three_blocks(), 2, axis=1), 2, axis=2)[:, :, ::-1]
    assert np.array_equal(sitk.GetArrayFromImage(moved), expected)


def test_to_grid_on_an_oblique_grid_finds_each_point():
    angle = 0.5
    turn = (math.cos(angle), -math.sin(angle), 0, math.sin(angle), math.cos(angle), 0, 0, 0, 1)
    mask = image(ball((32, 32, 32), 15))
    turned = image(np.zeros((64, 64, 64), np.float32), direction=turn, origin=(20.0, -8.0, 0.0))
    moved = masks.to_grid(mask, turned)
    indices = np.argwhere(sitk.GetArrayFromImage(moved))[:, ::-1]
    points = np.array([turned.TransformIndexToPhysicalPoint(index.tolist()) for index in indices])
    assert np.all(np.linalg.norm(points - 32, axis=1) <= 15 + math.sqrt(3) / 2)
    assert len(indices) == pytest.approx(4 / 3 * math.pi * 15**3, rel=0.02)


def test_to_grid_is_empty_outside_the_mask():
    mask = image(np.ones((4, 4, 4), np.uint8))
    larger = image(np.zeros((4, 4, 8), np.float32), origin=(-2.0, 0.0, 0.0))
    assert sitk.GetArrayFromImage(masks.to_grid(mask, larger))[0, 0].tolist() == [0, 0, 1, 1, 1, 1, 0, 0]


def test_same_grid_forgives_rounding_only():
    first = image(three_blocks(), spacing=(0.7, 0.7, 3.3))
    assert masks.same_grid(first, image(three_blocks(), spacing=(0.7, 0.7, 3.3), origin=(0.001, 0, 0)))
    assert not masks.same_grid(first, image(three_blocks(), spacing=(0.7, 0.7, 3.3), origin=(0.1, 0, 0)))
    assert not masks.same_grid(first, image(three_blocks(), spacing=(0.7, 0.7, 3.4)))
    assert not masks.same_grid(first, image(three_blocks((6, 20, 21)), spacing=(0.7, 0.7, 3.3)))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (sitk.Image, True),
        (lambda mask: mask[3:9, 2:, 1:5], True),
        (lambda mask: sitk.Flip(sitk.PermuteAxes(mask, (1, 2, 0)), (True, False, True)), True),
        (lambda mask: sitk.ConstantPad(mask, (1, 2, 3), (4, 5, 6)), True),
        (lambda mask: mask[::2], False),
        (lambda mask: mask[::2, ::2, ::2], False),
        (lambda mask: sitk.Expand(mask, (1, 1, 3)), False),
    ],
)
def test_same_lattice_sees_whether_a_voxel_moves(change, same):
    turn = (math.cos(0.5), -math.sin(0.5), 0, math.sin(0.5), math.cos(0.5), 0, 0, 0, 1)
    target = image(three_blocks(), spacing=(0.7, 0.9, 3.3), origin=(4.0, -80.0, 31.0), direction=turn)
    mask = change(target)
    assert masks.same_lattice(mask, target) is same
    mask.SetOrigin(np.array(mask.GetOrigin()) + (0.0, 0.0, 0.3))
    assert not masks.same_lattice(mask, target)


def test_union_and_labels_present():
    mask = image(three_blocks())
    assert masks.labels_present(mask) == [1, 2, 3]
    both = sitk.GetArrayFromImage(masks.union(mask, [1, 3]))
    assert np.array_equal(both, np.isin(three_blocks(), [1, 3]))


def test_good_mask_has_no_findings():
    mask = image(three_blocks())
    assert masks.mask_findings(mask, mask, LABELS) == []


def test_good_mask_on_a_finer_grid_has_no_findings():
    fine = image(np.repeat(three_blocks(), 2, axis=2), spacing=(0.5, 1.0, 1.0), origin=(-0.25, 0.0, 0.0))
    assert masks.mask_findings(fine, image(three_blocks()), LABELS) == []


@pytest.mark.parametrize(
    ("change", "code", "severity"),
    [
        (lambda values: np.where(values == 3, 24, values), "mask_labels", "exclude"),
        (lambda values: np.where(values == 3, 0, values), "mask_empty", "review"),
        (lambda values: values * 0, "mask_empty", "exclude"),
    ],
)
def test_wrong_labels_are_found(change, code, severity):
    target = image(three_blocks())
    mask = image(change(three_blocks()).astype(np.uint8))
    assert (code, severity) in [(row["code"], row["severity"]) for row in masks.mask_findings(mask, target, LABELS)]


@pytest.mark.parametrize(
    ("shift", "share"),
    [
        (7.0, 0.0),  # rows 5-9 come to lie at 12-16 of 0-19
        (-5.0, 0.0),  # at 0-4
        (-5.4, 0.0),  # less than half a voxel over the edge
        (12.0, 0.4),  # at 17-21: two of five rows leave
        (-7.0, 0.4),  # at -2-2
    ],
)
def test_mask_on_another_grid_that_leaves_the_image_is_found(shift, share):
    mask = image(three_blocks(), origin=(0.0, shift, 0.0))
    rows = masks.mask_findings(mask, image(three_blocks()), LABELS)
    assert [(row["code"], row["severity"], row["value"]) for row in rows] == (
        [("mask_grid", "exclude", share)] if share else []
    )
