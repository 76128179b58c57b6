"""Perturbations of image and mask: known geometry, known amounts, and a seed of their own."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.images.masks import dice
from osteon.images.perturb import (
    ANGLE,
    CONTOUR_SD,
    Sampling,
    generator,
    noise_sd,
    noisy,
    redrawn,
    resized,
    rotated,
    sampled,
    signed_distance,
    translated,
)

SPACING = (1.5, 1.0, 3.0)
SIZE = (24, 30, 12)
ANGLED = tuple(np.linalg.qr(np.array([[1, 0.2, 0.1], [-0.2, 1, 0.3], [0.1, -0.2, 1]]))[0].ravel())


def volume(array: np.ndarray, spacing=SPACING, direction=ANGLED) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetDirection(direction)
    image.SetOrigin((-20.0, 5.0, 40.0))
    return image


@pytest.fixture
def image() -> sitk.Image:
    array = np.random.default_rng(0).normal(100, 10, SIZE[::-1])
    return volume(array.astype(np.float32))


@pytest.fixture
def mask() -> sitk.Image:
    """Two blocks that touch."""
    array = np.zeros(SIZE[::-1], np.uint8)
    array[3:9, 8:15, 6:18] = 1
    array[3:9, 15:22, 6:18] = 2
    return volume(array)


def plain(image: sitk.Image) -> np.ndarray:
    return sitk.GetArrayFromImage(image)


def own_grid(**changes) -> Sampling:
    settings = {"spacing": None, "interpolator": sitk.sitkBSpline, "nearest": False, "corners": False, "margin": None}
    return Sampling(**settings | changes)


@pytest.mark.parametrize("corners", [True, False])
def test_moved_by_one_voxel_is_the_next_voxel(image, mask, corners):
    moved, moved_mask = sampled(image, mask, own_grid(corners=corners), shift=(1.0, 0.0, -1.0))
    np.testing.assert_allclose(plain(moved)[1:, :, :-1], plain(image)[:-1, :, 1:], atol=1e-3)
    np.testing.assert_array_equal(plain(moved_mask)[1:, :, :-1], plain(mask)[:-1, :, 1:])
    assert moved.TransformIndexToPhysicalPoint((0, 0, 1)) == pytest.approx(
        image.TransformIndexToPhysicalPoint((1, 0, 0))
    )


def test_not_moved_is_the_grid_of_the_features(image, mask):
    """The same voxels as the extraction's own resampling, so that the shift is what is said."""
    from osteon.config.features import Features
    from osteon.features.resampling import resample
    from osteon.features.settings import pyradiomics_parameters

    union = sitk.Cast(mask > 0, sitk.sitkUInt8)
    for grid in ("centers", "corners"):
        features = Features(bin_count=32, spacing=[2.0, 2.0, 2.0], grid=grid, pad_distance=3)
        box, (region,) = resample(image, [union], pyradiomics_parameters(features))
        ours, labels = sampled(image, mask, own_grid(spacing=(2.0, 2.0, 2.0), corners=grid == "corners", margin=6.0))
        placed = sitk.Resample(ours, box, sitk.Transform(), sitk.sitkNearestNeighbor, np.nan)
        np.testing.assert_allclose(plain(placed)[2:-2, 2:-2, 2:-2], plain(box)[2:-2, 2:-2, 2:-2], atol=0.05)
        np.testing.assert_array_equal(
            plain(sitk.Resample(labels, box, sitk.Transform(), sitk.sitkNearestNeighbor)) > 0, plain(region)
        )


def test_a_turn_keeps_the_content_in_its_place(image, mask):
    """A linear ramp in space is sampled at the turned positions; the labels keep center and volume."""
    where = np.stack(np.meshgrid(*(np.arange(size) for size in SIZE), indexing="ij"), axis=-1).reshape(-1, 3)
    points = np.array([image.TransformIndexToPhysicalPoint(index) for index in where.tolist()])
    ramp = volume((points @ [1.0, 2.0, -3.0]).reshape(SIZE).transpose(2, 1, 0))
    turned, labels = sampled(
        ramp, mask, own_grid(spacing=(1.0, 1.0, 1.0), margin=2.0, interpolator=sitk.sitkLinear), angle=6.0
    )
    for index in np.argwhere(plain(labels))[::200, ::-1].tolist():
        point = np.array(turned.TransformIndexToPhysicalPoint(index))
        assert turned[index] == pytest.approx(point @ [1.0, 2.0, -3.0], abs=1e-3)
    before, after = sitk.LabelShapeStatisticsImageFilter(), sitk.LabelShapeStatisticsImageFilter()
    before.Execute(mask)
    after.Execute(labels)
    for label in (1, 2):
        assert after.GetPhysicalSize(label) == pytest.approx(before.GetPhysicalSize(label), rel=0.05)
        assert after.GetCentroid(label) == pytest.approx(before.GetCentroid(label), abs=0.2)
    axes = [np.reshape(grid.GetDirection(), (3, 3)) for grid in (image, turned)]
    np.testing.assert_allclose(axes[1][:, 2], axes[0][:, 2])  # about the axis across the slices
    assert np.rad2deg(np.arccos(axes[0][:, 0] @ axes[1][:, 0])) == pytest.approx(6.0)


def test_the_drawn_amounts(image, mask):
    moved, _ = translated(image, mask, own_grid(), generator(1, "A1"))
    steps = np.array(image.TransformPhysicalPointToContinuousIndex(moved.GetOrigin()))
    assert ((np.abs(steps) >= 0.25) & (np.abs(steps) <= 0.5)).all()
    turned, _ = rotated(image, mask, own_grid(), generator(1, "A1"))
    cosine = np.reshape(turned.GetDirection(), (3, 3))[:, 0] @ np.reshape(image.GetDirection(), (3, 3))[:, 0]
    assert ANGLE[0] <= np.rad2deg(np.arccos(cosine)) <= ANGLE[1]


def test_outside_of_the_image_is_its_nearest_voxel(mask):
    flat = volume(np.full(SIZE[::-1], 7.0, np.float32))
    turned, _ = sampled(flat, mask, own_grid(), shift=(0.4, 0.4, 0.4), angle=7.0)
    np.testing.assert_allclose(plain(turned), 7.0, atol=1e-4)


@pytest.mark.parametrize("sd", [2.0, 15.0])
def test_noise_is_estimated_and_added(sd):
    random = np.random.default_rng(3)
    _, y, x = np.mgrid[:16, :96, :96]
    body = (y - 48.0) ** 2 + (x - 48.0) ** 2 < 40**2
    smooth = np.where(body, 200 + 30 * np.sin(x / 12) * np.cos(y / 15), 5.0)
    image = volume((smooth + random.normal(0, sd, smooth.shape) * body).astype(np.float32), spacing=(1.0, 1.0, 4.0))
    assert noise_sd(image) == pytest.approx(sd, rel=0.15)
    difference = plain(noisy(image, random)) - plain(image)
    assert difference.std() == pytest.approx(noise_sd(image), rel=0.03)
    assert abs(difference.mean()) < 0.05 * sd


def test_an_image_of_one_value_has_no_noise(mask):
    flat = volume(np.full(SIZE[::-1], 7.0, np.float32))
    np.testing.assert_array_equal(plain(noisy(flat, generator(0))), plain(flat))


@pytest.mark.parametrize("share", [0.15, -0.15])
def test_volumes_change_as_said_at_the_contour(mask, share):
    changed = plain(resized(mask, share, generator(5)))
    before = plain(mask)
    for label in (1, 2):
        assert np.sum(changed == label) == round((1 + share) * np.sum(before == label))
    if share > 0:
        assert (changed[before > 0] == before[before > 0]).all()  # never into the other label
    else:
        assert (before[changed > 0] == changed[changed > 0]).all()
    steps = np.array(SPACING[::-1])
    for label in (1, 2):
        moved = np.abs(signed_distance(before == label, steps))[(changed == label) != (before == label)]
        assert 0 < moved.max() <= 1.5  # at the contour, and in mm: half a slice is 1.5


def test_the_surface_lies_between_voxels():
    inside = np.zeros((4, 9, 9), bool)
    inside[:, :, 4:] = True
    depth = signed_distance(inside, np.array([3.0, 1.0, 2.0]))
    assert depth[1, 4].tolist() == [-7.0, -5.0, -3.0, -1.0, 1.0, 3.0, 5.0, 7.0, 9.0]


@pytest.mark.slow
def test_redrawn_contours_differ_by_what_is_said(mask):
    steps = np.array([1.0, 1.0, 1.0])
    z, y, x = np.mgrid[:40, :48, :48]
    ball = (z - 20.0) ** 2 + (y - 24.0) ** 2 + (x - 24.0) ** 2 < 14**2
    truth = volume(ball.astype(np.uint8), spacing=(1.0, 1.0, 1.0))
    found = [redrawn(truth, generator(seed)) for seed in range(5)]
    moved = [signed_distance(plain(drawn) > 0, steps) - signed_distance(ball, steps) for drawn in found]
    at_contour = np.abs(signed_distance(ball, steps)) < 0.6
    assert np.std([displacement[at_contour] for displacement in moved]) == pytest.approx(CONTOUR_SD, rel=0.25)
    assert np.mean([plain(drawn).sum() for drawn in found]) == pytest.approx(ball.sum(), rel=0.03)
    assert all(0.85 < dice(truth, drawn, 1) < 0.99 for drawn in found)
    assert set(np.unique(plain(redrawn(mask, generator(2))))) == {0, 1, 2}


def test_same_seed_same_bytes_other_case_other_change(image, mask):
    def all_of(*names):
        pairs = [
            translated(image, mask, own_grid(), generator(9, *names)),
            rotated(image, mask, own_grid(), generator(9, *names)),
        ]
        masks = [resized(mask, 0.1, generator(9, *names)), redrawn(mask, generator(9, *names))]
        images = [noisy(image, generator(9, *names)), *(item for pair in pairs for item in pair), *masks]
        return [plain(item).tobytes() + repr((item.GetOrigin(), item.GetDirection())).encode() for item in images]

    assert all_of("A", "1") == all_of("A", "1")
    assert all(one != other for one, other in zip(all_of("A", "1"), all_of("A", "2"), strict=True))
    assert generator(9, "A1").random() != generator(9, "A", "1").random()


def test_a_mask_without_labels_stays_empty(image):
    empty = volume(np.zeros(SIZE[::-1], np.uint8))
    for changed in (
        resized(empty, 0.2, generator(0)),
        redrawn(empty, generator(0)),
        sampled(image, empty, own_grid())[1],
    ):
        assert not plain(changed).any()
