"""Normalisation: known answers, and nothing of another image in the result."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.imaging import Intensity
from osteon.images.foreground import IntensityConstant
from osteon.images.intensity import normalise

TISSUE = np.array([100, 200, 300, 400, 500], np.float32)


@pytest.fixture
def image():
    """Half air of value 0, half tissue of 100, 200, ..., 500 in equal parts."""
    values = np.zeros((2, 10, 10), np.float32)
    values[1] = np.resize(TISSUE, (10, 10)) + 1000
    result = sitk.GetImageFromArray(values)
    result.SetOrigin((3.0, 4.0, 5.0))
    return result


@pytest.mark.parametrize(
    ("method", "tissue", "air"),
    [
        ("none", TISSUE + 1000, 0.0),
        ("minmax", (TISSUE + 1000) / 1500, 0.0),
        ("zscore", (TISSUE - 300) / np.sqrt(20000) * 100 + 300, -1300 / np.sqrt(20000) * 100 + 300),
        ("robust", (TISSUE - 300) / 200 * 100 + 300, -1300 / 200 * 100 + 300),
    ],
)
def test_known_answers(image, method, tissue, air):
    result = normalise(image, Intensity(method=method, scale=100, shift=300))
    values = sitk.GetArrayFromImage(result)
    assert values.dtype == np.float32
    assert np.allclose(values[1, 0, :5], tissue, rtol=1e-6)
    assert np.allclose(values[0], air, rtol=1e-6)
    assert result.GetOrigin() == image.GetOrigin()


@pytest.mark.parametrize("method", ["minmax", "zscore", "robust"])
def test_gain_and_offset_of_the_scanner_vanish(image, method):
    # Scaling of the raw values must not matter; an offset must not either, as long as air stays below tissue.
    settings = Intensity(method=method)
    first = sitk.GetArrayFromImage(normalise(image, settings))
    second = sitk.GetArrayFromImage(normalise(image * 3.5 + 20, settings))
    assert np.allclose(first, second, atol=1e-2)


def test_constant_image_is_not_scaled_to_0_1():
    with pytest.raises(IntensityConstant, match="the image has no spread"):
        normalise(sitk.Image(4, 4, 4, sitk.sitkFloat32) + 5, Intensity(method="minmax"))


@pytest.mark.parametrize("method", ["zscore", "robust"])
def test_image_without_spread_is_refused(method):
    constant = sitk.Image(4, 4, 4, sitk.sitkFloat32) + 5
    with pytest.raises(IntensityConstant, match="value 5"):
        normalise(constant, Intensity(method=method))
    two_values = sitk.GetImageFromArray(np.repeat([0.0, 9.0], 32).reshape(4, 4, 4).astype(np.float32))
    with pytest.raises(IntensityConstant, match="no spread"):
        normalise(two_values, Intensity(method=method))
