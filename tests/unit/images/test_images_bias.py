"""N4 removes a planted field."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.imaging import BiasCorrection
from osteon.images.bias import n4, shrink_factors
from osteon.images.foreground import IntensityConstant


@pytest.fixture(scope="module")
def body():
    """Ellipsoid of two tissues in air with noise; a field that falls from 1.5 to 0.5 along one axis."""
    generator = np.random.default_rng(3)
    z, y, x = np.ogrid[:12, :96, :96]
    inside = ((x - 48) / 40) ** 2 + ((y - 48) / 44) ** 2 + ((z - 6) / 9) ** 2 < 1
    tissue = np.where((x - 48) ** 2 + (y - 48) ** 2 < 15**2, 1400.0, 1000.0) * inside
    field = np.broadcast_to(1.5 - y / 96, tissue.shape)
    values = tissue * field + generator.normal(0, 15, tissue.shape)
    return np.abs(values).astype(np.float32), inside & (tissue == 1000), field


@pytest.mark.slow
def test_planted_field_is_removed(body):
    values, region, _ = body
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((2.0, 2.0, 5.0))
    corrected = n4(image, BiasCorrection(shrink=4, iterations=[30, 30, 30]))
    after = sitk.GetArrayFromImage(corrected)
    before_cv, after_cv = (data[region].std() / data[region].mean() for data in (values, after))
    assert before_cv > 0.15
    assert after_cv < 0.05
    assert (corrected.GetSpacing(), corrected.GetSize()) == (image.GetSpacing(), image.GetSize())


@pytest.mark.slow
def test_result_repeats(body):
    image = sitk.GetImageFromArray(body[0])
    settings = BiasCorrection(shrink=4, iterations=[10, 10])
    first, second = (sitk.GetArrayFromImage(n4(image, settings)) for _ in range(2))
    assert np.array_equal(first, second)


def test_constant_image_is_refused():
    with pytest.raises(IntensityConstant, match="value 7"):
        n4(sitk.Image(8, 8, 8, sitk.sitkInt16) + 7, BiasCorrection())


@pytest.mark.slow
def test_result_does_not_depend_on_the_number_of_threads(body):
    image = sitk.GetImageFromArray(body[0][:, ::2, ::2])
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    results = []
    try:
        for threads in (1, 2, 5):
            sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
            results.append(sitk.GetArrayFromImage(n4(image, BiasCorrection(shrink=4, iterations=[10, 10, 10]))))
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


@pytest.mark.parametrize(
    ("size", "spacing", "shrink", "factors"),
    [
        ((320, 320, 15), (0.875, 0.875, 4.0), 4, [4, 4, 1]),  # thick slices stay
        ((256, 256, 160), (1.0, 1.0, 1.0), 4, [4, 4, 4]),
        ((256, 256, 40), (1.0, 1.0, 1.0), 4, [4, 4, 2]),  # at least 16 voxels are left
        ((512, 512, 64), (0.5, 0.5, 1.0), 4, [4, 4, 2]),
        ((20, 20, 20), (1.0, 1.0, 1.0), 4, [1, 1, 1]),
        ((256, 256, 160), (1.0, 1.0, 1.0), 1, [1, 1, 1]),
    ],
)
def test_thick_and_few_slices_are_not_shrunk(size, spacing, shrink, factors):
    image = sitk.Image(size, sitk.sitkUInt8)
    image.SetSpacing(spacing)
    assert shrink_factors(image, shrink) == factors
