"""Bias-field correction."""

from __future__ import annotations

import SimpleITK as sitk

from osteon.config.imaging import BiasCorrection
from osteon.images.foreground import foreground
from osteon.images.threads import one_thread

# Of the shrunk image, along an axis that is shrunk: the spline of the finest level must not follow single voxels.
LEAST_VOXELS = 16


def n4(image: sitk.Image, settings: BiasCorrection) -> sitk.Image:
    """The image divided by its slow intensity drift (N4), as Float32.

    The field is fitted to the foreground of the shrunk image and evaluated on the full grid; the image itself is not
    resampled. One thread, so that the values do not depend on the machine's cores.
    N4: Tustison et al., IEEE Trans. Med. Imaging 29, 1310 (2010), as in SimpleITK. Verified against the known field
    of phantoms (tests/bench/bench_n4.py). Raises IntensityConstant.
    """
    full = sitk.Cast(image, sitk.sitkFloat32)
    mask = foreground(full)
    factors = shrink_factors(full, settings.shrink)
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    corrector.SetMaximumNumberOfIterations(settings.iterations)
    with one_thread():
        corrector.Execute(sitk.Shrink(full, factors), sitk.Shrink(mask, factors))
    field = sitk.Cast(sitk.Exp(corrector.GetLogBiasFieldAsImage(full)), sitk.sitkFloat32)
    return full / field


def shrink_factors(image: sitk.Image, shrink: int) -> list[int]:
    """How much each axis is shrunk: voxels become about `shrink` times the shortest edge long, in all directions.

    Thick slices are that long already and stay as they are. No axis is left with fewer than LEAST_VOXELS voxels.
    """
    edge = shrink * min(image.GetSpacing()) * 1.001  # spacings that only rounding parts are equal
    return [
        max(1, min(int(edge / spacing), size // LEAST_VOXELS))
        for spacing, size in zip(image.GetSpacing(), image.GetSize(), strict=True)
    ]
