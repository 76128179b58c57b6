"""Grids, interpolation and the range of values."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from radiomics import imageoperations

from osteon.config.features import Features
from osteon.features.resampling import centered_grid, intensity_mask, resample
from osteon.features.settings import pyradiomics_parameters

SPACING = (0.9, 1.1, 3.3)


def _parameters(**keys) -> dict:
    return pyradiomics_parameters(Features(**({"bin_count": 32, "pad_distance": 4} | keys)))


def _picture(size=(40, 36, 14), spacing=SPACING) -> sitk.Image:
    """Smooth noise on an oblique grid."""
    noise = np.random.default_rng(3).normal(100, 30, size[::-1])
    image = sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(noise.astype(np.float32)), 1.2)
    image.SetSpacing(spacing)
    image.SetOrigin((-20.0, 5.0, 31.0))
    cosine, sine = np.cos(0.3), np.sin(0.3)
    image.SetDirection((cosine, -sine, 0, sine, cosine, 0, 0, 0, 1))
    return image


def _block(image: sitk.Image, *ranges: slice) -> sitk.Image:
    mask = sitk.Image(image.GetSize(), sitk.sitkUInt8)
    mask.CopyInformation(image)
    mask[ranges] = 1
    return mask


def _middle(image: sitk.Image) -> np.ndarray:
    return np.array(image.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in image.GetSize()]))


def _values(image: sitk.Image) -> np.ndarray:
    return sitk.GetArrayFromImage(image)


def test_centered_grid_covers_the_image_and_keeps_its_center():
    image = _picture()
    count, start = centered_grid(image, np.array([1.0, 1.0, 1.0]))
    assert count.tolist() == [36, 40, 47]  # 36.0, 39.6 and 46.2 mm
    end = start + (count - 1) / np.array(SPACING)
    assert (start + end) / 2 == pytest.approx((np.array(image.GetSize()) - 1) / 2)


def test_spacings_are_rounded_as_files_hold_them():
    image = _picture(spacing=(float(np.float32(1.1)), 1.0, 0.5))
    assert centered_grid(image, np.ones(3))[0].tolist() == [44, 36, 7]


def test_the_whole_grid_has_the_image_s_center():
    image = _picture()
    box, _ = resample(image, [_block(image, slice(0, 40), slice(0, 36), slice(0, 14))], _parameters())
    assert box.GetSize() == (36, 40, 47)
    assert _middle(box) == pytest.approx(_middle(image))


def test_the_box_holds_the_values_of_the_whole_image():
    image = _picture()
    part = _block(image, slice(18, 24), slice(15, 20), slice(6, 8))
    whole, _ = resample(image, [_block(image, slice(0, 40), slice(0, 36), slice(0, 14))], _parameters())
    box, (mask,) = resample(image, [part], _parameters())
    assert np.all(np.array(box.GetSize()) < whole.GetSize())
    start = np.array(whole.TransformPhysicalPointToContinuousIndex(box.GetOrigin()))
    assert start == pytest.approx(np.rint(start), abs=1e-6)
    x, y, z = np.rint(start).astype(int)
    nx, ny, nz = box.GetSize()
    same = _values(whole)[z : z + nz, y : y + ny, x : x + nx]
    assert np.abs(_values(box) - same).max() < 1e-4
    # four voxels around the region
    inside = np.argwhere(_values(mask))
    assert np.all(inside.min(axis=0) >= 4)
    assert np.all(inside.max(axis=0) <= np.array([nz, ny, nx]) - 5)


def test_a_linear_mask_keeps_the_volume_and_a_half_is_inside():
    image = sitk.Image([8, 8, 8], sitk.sitkFloat32)
    mask = _block(image, slice(2, 5), slice(2, 5), slice(2, 5))
    _, (fine,) = resample(image, [mask], _parameters(spacing=[0.5, 0.5, 0.5], interpolator="sitkLinear"))
    assert _values(fine).sum() == 6**3 - 8  # 0.75 to the power of 3 is less than a half: the corners
    # twice the spacing puts each new voxel between two old ones: three of them are 0.5, 1, 0.5
    _, (coarse,) = resample(image, [mask], _parameters(spacing=[2.0, 1.0, 1.0], interpolator="sitkLinear"))
    assert _values(coarse).sum() == 2 * 9


def test_several_regions_share_the_box():
    image = _picture()
    first = _block(image, slice(5, 9), slice(5, 9), slice(3, 6))
    second = _block(image, slice(20, 25), slice(20, 25), slice(6, 9))
    box, masks = resample(image, [first, second], _parameters())
    alone, (mask,) = resample(image, [second], _parameters())
    assert len(masks) == 2
    assert masks[1].GetSize() == box.GetSize()
    assert _values(masks[1]).sum() == _values(mask).sum()
    inside = _values(box)[_values(masks[1]) > 0]
    assert inside == pytest.approx(_values(alone)[_values(mask) > 0], rel=1e-6)


def test_corners_are_pyradiomics_own():
    image = _picture()
    mask = _block(image, slice(10, 20), slice(10, 20), slice(4, 9))
    parameters = _parameters(grid="corners", mask_interpolator="nearest")
    box, (region,) = resample(image, [mask], parameters)
    expected, expected_mask = imageoperations.resampleImage(image, mask, **parameters["setting"])
    assert np.array_equal(_values(box), _values(expected))
    assert np.array_equal(_values(region), _values(expected_mask))
    assert box.GetOrigin() == expected.GetOrigin()


@pytest.mark.parametrize("keys", [{"spacing": None}, {"spacing": [0, 0, 0]}, {"spacing": list(SPACING)}])
def test_native_voxels_are_cut_out_and_no_more(keys):
    image = _picture()
    mask = _block(image, slice(10, 20), slice(1, 20), slice(5, 9))
    box, (region,) = resample(image, [mask], _parameters(**keys))
    assert np.array_equal(_values(box), _values(image)[1:13, 0:24, 6:24])
    assert _values(region).sum() == _values(mask).sum()


def test_normalisation_of_a_file_is_pyradiomics_own():
    image = _picture()
    mask = _block(image, slice(10, 20), slice(10, 20), slice(4, 9))
    content = {"setting": {"normalize": True, "normalizeScale": 100, "removeOutliers": 2}}
    box, _ = resample(image, [mask], pyradiomics_parameters(Features(pyradiomics=content)))
    assert box.GetSize() == image.GetSize()
    assert _values(box).max() == pytest.approx(200)


def test_an_empty_region_among_others_stays_empty():
    image = _picture()
    empty = _block(image, slice(0, 0), slice(0, 0), slice(0, 0)) * 0
    _, masks = resample(image, [empty, _block(image, slice(10, 20), slice(10, 20), slice(4, 9))], _parameters())
    assert _values(masks[0]).sum() == 0
    with pytest.raises(ValueError, match="no voxel"):
        resample(image, [empty], _parameters())


def test_range_of_values():
    box = sitk.GetImageFromArray(np.arange(27, dtype=np.float32).reshape(3, 3, 3))
    mask = sitk.Cast(box >= 0, sitk.sitkUInt8)
    kept = intensity_mask(box, mask, _parameters(value_range={"min": 5.0, "max": 20.0}))
    assert _values(kept).sum() == 16
    assert kept.GetPixelID() == mask.GetPixelID()
    assert _values(intensity_mask(box, mask, _parameters(value_range={"max": 3.0}))).sum() == 4
    assert intensity_mask(box, mask, _parameters()) is mask
    assert _values(intensity_mask(box, mask, _parameters(value_range={"min": 26.0}))).sum() == 0
