"""Filters of one image: their names, their edges, and the grey levels that go with them."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from radiomics import imageoperations

from osteon.config.features import Features
from osteon.features.filters import filtered, log_image, mean_image
from osteon.features.resampling import resample
from osteon.features.settings import pyradiomics_parameters

ALL = ["original", "log", "wavelet", "square", "gradient", "mean"]


def _image(values: np.ndarray, spacing=(1.0, 1.0, 1.0)) -> sitk.Image:
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(spacing)
    return image


def _noise(size=(60, 58, 56)) -> sitk.Image:
    noise = np.random.default_rng(5).normal(200, 40, size)
    return sitk.SmoothingRecursiveGaussian(_image(noise.astype(np.float32)), 1.0)


def _ball(image: sitk.Image, radius: float = 7.0) -> sitk.Image:
    z, y, x = np.indices(image.GetSize()[::-1])
    middle = [(n - 1) / 2 for n in image.GetSize()]
    inside = (x - middle[0]) ** 2 + (y - middle[1]) ** 2 + (z - middle[2]) ** 2 < radius**2
    mask = sitk.GetImageFromArray(inside.astype(np.uint8))
    mask.CopyInformation(image)
    return mask


def _by_name(box: sitk.Image, mask: sitk.Image, parameters: dict) -> dict[str, np.ndarray]:
    inside = sitk.GetArrayFromImage(mask) > 0
    return {name: sitk.GetArrayFromImage(image)[inside] for image, name, _ in filtered(box, mask, parameters)}


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["recursive", "sampled", "ibsi"])
def test_the_box_gives_the_values_of_the_whole_image(kernel):
    """With 15 voxels around the region, all filters up to sigma 3 see what they need."""
    image = _noise()
    mask = _ball(image)
    parameters = pyradiomics_parameters(Features(bin_count=32, image_types=ALL, log_kernel=kernel, spacing=None))
    box, (region,) = resample(image, [mask], parameters)
    assert np.all(np.array(box.GetSize()) < image.GetSize())
    inside, outside = _by_name(box, region, parameters), _by_name(image, mask, parameters)
    for name, values in inside.items():
        if name == "square":  # scaled by the largest value of the image that it is given
            values = values * (outside[name].max() / values.max())
        share = np.abs(values - outside[name]).max() / np.ptp(outside[name])
        # the recursive filter reaches to the edge of the box; the others end before it
        assert share < (2e-3 if kernel == "recursive" and name.startswith("log") else 1e-6), name


def test_pyradiomics_filters_are_its_own():
    image = _noise((20, 21, 22))
    mask = _ball(image)
    parameters = pyradiomics_parameters(Features(bin_count=32, image_types=ALL[1:5], log_kernel="recursive"))
    setting = parameters["setting"]
    expected = [
        *imageoperations.getLoGImage(image, mask, sigma=[1.0, 2.0, 3.0], **setting),
        *imageoperations.getWaveletImage(image, mask, wavelet="coif1", **setting),
        *imageoperations.getSquareImage(image, mask, **setting),
        *imageoperations.getGradientImage(image, mask, **setting),
    ]
    ours = filtered(image, mask, parameters)
    assert [name for _, name, _ in ours] == [name for _, name, _ in expected]
    for (first, name, _), (second, _, _) in zip(ours, expected, strict=True):
        assert np.array_equal(sitk.GetArrayFromImage(first), sitk.GetArrayFromImage(second)), name


def test_sigma_is_in_mm_on_every_axis():
    """A blob that is round in mm, on a grid of flat voxels: two Gaussians of 4 mm are one of sqrt(32) mm."""
    step = np.array([2.0, 1.0, 1.0])  # z, y, x
    z, y, x = (np.arange(-20, 21) * s for s in step)
    blob = np.exp(-(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2) / (2 * 4.0**2))
    image = _image(blob, (1.0, 1.0, 2.0))
    per_voxel = -np.sum(step**2) / 32 * (16 / 32) ** 1.5
    scaled = -3 * 16 / 32 * (16 / 32) ** 1.5
    assert sitk.GetArrayFromImage(log_image(image, 4.0, 3, False))[20, 20, 20] == pytest.approx(per_voxel, rel=5e-3)
    assert sitk.GetArrayFromImage(log_image(image, 4.0, 3, True))[20, 20, 20] == pytest.approx(scaled, rel=5e-3)
    theirs = next(imageoperations.getLoGImage(image, None, sigma=[4.0]))[0]
    assert sitk.GetArrayFromImage(theirs)[20, 20, 20] == pytest.approx(scaled, rel=1e-2)


def test_two_dimensions_leave_the_slices_apart():
    values = np.zeros((5, 21, 21))
    values[2] = np.random.default_rng(1).normal(size=(21, 21))
    for image in (log_image(_image(values), 2.0, 2, True), mean_image(_image(values), 3, 2)):
        response = sitk.GetArrayFromImage(image)
        assert np.abs(response[2]).max() > 0
        assert not response[[0, 1, 3, 4]].any()


def test_mean_of_a_constant_is_constant_up_to_the_edge():
    assert np.allclose(sitk.GetArrayFromImage(mean_image(_image(np.full((6, 6, 6), 7.5)), 5, 3)), 7.5)


@pytest.mark.parametrize(("first", "expected"), [(0.0, 24), (235.0, 1), (-100.0, 34)])
def test_grey_levels_begin_at_the_range(first, expected):
    """IBSI: 237.2 is in the 24th level of width 10 from 0, whatever else the region holds."""
    values = np.linspace(237.2, 900.0, 27, dtype=np.float32).reshape(3, 3, 3)
    image = _image(values)
    mask = sitk.Cast(image > 0, sitk.sitkUInt8)
    parameters = pyradiomics_parameters(Features(bin_width=10, image_types=ALL, value_range={"min": first}))
    settings = {name: setting for _, name, setting in filtered(image, mask, parameters)}
    levels, _ = imageoperations.binImage(values, values > 0, **settings["original"])
    assert levels.min() == expected
    assert np.array_equal(levels, np.floor((values - first) / 10) + 1)
    # responses of filters have no such range
    assert {name for name, setting in settings.items() if "binCount" in setting} == {"original"}
