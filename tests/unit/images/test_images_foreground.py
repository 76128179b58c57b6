"""Foreground: the body in every contrast, whatever the scale of the intensities."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.images.foreground import IntensityConstant, foreground


@pytest.fixture
def fluid_image():
    """As a T2 image: much air, tissue of 300, a little fluid of 2000; Otsu would part fluid and all the rest."""
    values = np.random.default_rng(0).normal(20, 5, (6, 40, 40))
    values[:, 8:32, 8:32] = 300
    values[:, 18:22, 10:30] = 2000
    return values.astype(np.float32)


def test_tissue_is_foreground_beside_bright_fluid(fluid_image):
    image = sitk.GetImageFromArray(fluid_image)
    inside = sitk.GetArrayFromImage(foreground(image))
    assert np.array_equal(inside > 0, fluid_image >= 299)
    assert sitk.GetArrayFromImage(sitk.OtsuThreshold(image, 0, 1, 200)).sum() == 6 * 4 * 20


def test_gain_and_offset_change_nothing(fluid_image):
    first, second = (foreground(sitk.GetImageFromArray(values)) for values in (fluid_image, fluid_image * 3 - 1000))
    assert np.array_equal(sitk.GetArrayFromImage(first), sitk.GetArrayFromImage(second))


def test_constant_image_has_no_foreground():
    with pytest.raises(IntensityConstant, match="value 5"):
        foreground(sitk.Image(4, 4, 4, sitk.sitkInt16) + 5)
