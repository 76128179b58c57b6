"""Previews: what lies where, at which size, in which grey."""

from __future__ import annotations

import hashlib
from itertools import permutations, product

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from osteon.images import preview

R, A, S = 0, 1, 2
"""Axes of a volume in these tests: from the patient's right to left, from front to back, from head to foot."""
TOWARDS_LPS = (1, 1, -1)
"""DICOM's axes run to the left, to the back and to the head."""
SHOWN = {"sagittal": (R, S, A), "coronal": (A, S, R), "axial": (S, A, R)}
"""Axis along the slices, down a slice and across it."""
STORED = [(order, signs) for order in permutations(range(3)) for signs in product((1, -1), repeat=3)]


def image_of(values, spacing, order=(R, A, S), signs=(1, 1, 1)) -> sitk.Image:
    """A volume given along R, A, S, stored with its axes in another order and some of them backwards."""
    stored = np.transpose(values, order)
    direction = np.zeros((3, 3))
    for position, (axis, sign) in enumerate(zip(order, signs, strict=True)):
        stored = stored if sign > 0 else np.flip(stored, position)
        direction[axis, position] = sign * TOWARDS_LPS[axis]
    image = sitk.GetImageFromArray(np.ascontiguousarray(stored.T))
    image.SetSpacing([float(spacing[axis]) for axis in order])
    image.SetDirection(direction.ravel())
    return image


def marked(plane: str) -> tuple[np.ndarray, list[float]]:
    """A volume with thick slices of the plane, bright near the top and a third from the left of every slice."""
    along, down, across = SHOWN[plane]
    shape, spacing = [0, 0, 0], [1.0, 1.0, 1.0]
    shape[along], shape[down], shape[across] = 7, 48, 48
    spacing[along] = 4.0
    values = np.zeros(shape, np.float32)
    place = [slice(None)] * 3
    place[down], place[across] = slice(2, 8), slice(13, 19)
    values[tuple(place)] = 100
    return values, spacing


@pytest.mark.slow
@pytest.mark.parametrize("plane", SHOWN)
def test_every_storage_is_shown_the_same_way_round(plane):
    values, spacing = marked(plane)
    for order, signs in STORED:
        slices = preview.slices_for_display(image_of(values, spacing, order, signs))
        picture = preview.thumbnail(slices)
        rows, columns = np.nonzero(picture > 127)
        assert slices.plane == plane, (order, signs)
        assert (rows.mean() / picture.shape[0], columns.mean() / picture.shape[1]) == pytest.approx(
            (5 / 48, 16 / 48), abs=0.02
        ), (order, signs)


@pytest.mark.slow
@pytest.mark.parametrize("plane", SHOWN)
def test_slices_run_from_right_front_and_head(plane):
    along, _, _ = SHOWN[plane]
    values, spacing = marked(plane)
    shape = [1, 1, 1]
    shape[along] = 7
    values = values + np.arange(7, dtype=np.float32).reshape(shape)
    for order, signs in STORED:
        slices = preview.slices_for_display(image_of(values, spacing, order, signs))
        means = [float(one.mean()) for one in slices.values]
        assert means == sorted(means), (order, signs)


def test_oblique_slices_are_shown_in_the_nearest_plane():
    values, spacing = marked("sagittal")
    image = image_of(values, spacing)
    turn = sitk.Euler3DTransform((0, 0, 0), 0.1, 0.15, 0.2)
    direction = np.array(turn.GetMatrix()).reshape(3, 3) @ np.array(image.GetDirection()).reshape(3, 3)
    straight = preview.thumbnail(preview.slices_for_display(image))
    image.SetDirection(direction.ravel())
    slices = preview.slices_for_display(image)
    assert slices.plane == "sagittal"
    np.testing.assert_array_equal(preview.thumbnail(slices), straight)


def test_pixels_are_square():
    """A ball in voxels of 1 x 2 mm is a disc, and the longest side has its length."""
    across, down = np.meshgrid(np.arange(100) * 1.0, np.arange(40) * 2.0)
    disc = ((across - 50) ** 2 + (down - 40) ** 2 < 30**2).astype(np.float32)
    values = np.repeat(disc.T[None], 5, axis=0)
    picture = preview.thumbnail(preview.slices_for_display(image_of(values, (5, 1, 2))))
    assert picture.shape == (round(160 * 80 / 100), 160)
    rows, columns = np.nonzero(picture > 127)
    assert np.ptp(rows) == pytest.approx(1.6 * 60, abs=4)
    assert np.ptp(columns) == pytest.approx(1.6 * 60, abs=4)


def test_equal_spacings_the_shortest_axis_is_along_the_slices():
    values = np.random.default_rng(0).random((30, 40, 50)).astype(np.float32)
    assert preview.slices_for_display(image_of(values, (1, 1, 1))).plane == "sagittal"
    assert preview.slices_for_display(image_of(values, (0.999, 1.0, 1.001))).plane == "sagittal"
    assert preview.slices_for_display(image_of(values, (1, 1, 1.1))).plane == "axial"


def test_window_is_taken_from_percentiles():
    values = np.arange(8 * 50 * 50, dtype=np.float32).reshape(8, 50, 50)
    low, high = preview.slices_for_display(image_of(values, (3, 1, 1))).window
    assert (low, high) == pytest.approx((0.01 * values.size, 0.995 * values.size), rel=0.001)


def test_every_column_is_looked_at():
    """More voxels than are looked at, in rows as long as the stride would be: one bright column must still count."""
    values = np.zeros((4, 200, 1024), np.float32)
    values[:, :, 1001] = 50
    assert values.size // preview.VOXELS_LOOKED_AT == 8
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((1, 1, 5))
    assert preview.slices_for_display(image).window == (0, 50)


def test_ct_has_a_fixed_window():
    values = np.full((5, 30, 30), -1000, np.int16)
    values[:, 10:20], values[:, 20:] = 100, 3000
    picture = preview.thumbnail(preview.slices_for_display(image_of(values, (3, 1, 1)), "CT"))
    assert (picture[:, 10] == 0).all()
    assert (picture[:, 80] == 128).all()
    assert (picture[:, 150] == 255).all()


def test_small_bright_object_is_seen():
    values = np.zeros((7, 60, 60), np.float32)
    values[:, 30, 30] = 9
    assert preview.thumbnail(preview.slices_for_display(image_of(values, (3, 1, 1)))).max() > 100


def test_constant_image_is_black():
    slices = preview.slices_for_display(image_of(np.full((5, 20, 30), 7, np.int16), (3, 1, 1)))
    assert preview.thumbnail(slices).max() == 0
    assert preview.montage(slices).max() == 0


def test_values_that_are_not_finite_are_black_and_change_nothing_else():
    values = np.random.default_rng(1).random((5, 160, 160)).astype(np.float32) + 1
    whole = preview.thumbnail(preview.slices_for_display(image_of(values, (3, 1, 1))))
    values[:, :40, :40] = np.nan
    values[:, :40, 40:80] = np.inf
    holed = preview.thumbnail(preview.slices_for_display(image_of(values, (3, 1, 1))))
    assert (holed[:80, :40] == 0).all()
    assert np.abs(holed[:, 41:].astype(int) - whole[:, 41:]).max() <= 4
    nothing = image_of(np.full((5, 20, 20), np.nan, np.float32), (3, 1, 1))
    assert preview.thumbnail(preview.slices_for_display(nothing)).max() == 0


@pytest.mark.parametrize(
    ("count", "cells", "last"), [(1, (1, 1), 1), (5, (2, 4), 5), (12, (3, 4), 12), (31, (3, 4), 31)]
)
def test_montage_goes_from_the_first_slice_to_the_last(count, cells, last):
    values = np.broadcast_to(np.arange(1, count + 1, dtype=np.float32).reshape(-1, 1, 1), (count, 40, 40))
    slices = preview.Slices("sagittal", values, (1.0, 1.0), (0.0, 255.0))
    picture = preview.montage(slices)
    assert picture.shape == (cells[0] * 220, cells[1] * 220)
    seen = picture[110::220, 110::220].ravel()
    seen = seen[seen > 0]
    assert len(seen) == min(count, 12)
    assert (seen[0], seen[-1]) == (1, last)
    assert len(set(np.diff(seen))) <= 2


def test_same_image_same_bytes(tmp_path):
    values, spacing = marked("sagittal")
    image = image_of(values + np.random.default_rng(2).random(values.shape).astype(np.float32), spacing)
    first = preview.write_previews(image, tmp_path, "sub-A1_T1", "MR")
    second = preview.write_previews(image, tmp_path / "again", "sub-A1_T1", "MR")
    assert first == second
    assert first["plane"] == "sagittal"
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["sub-A1_T1_montage.jpg", "sub-A1_T1_thumb.jpg"]
    for kind in ("thumb", "montage"):
        content = (tmp_path / first[kind]["path"]).read_bytes()
        assert first[kind]["sha256"] == hashlib.sha256(content).hexdigest()
    with Image.open(tmp_path / "sub-A1_T1_thumb.jpg") as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "L", (160, 160))
