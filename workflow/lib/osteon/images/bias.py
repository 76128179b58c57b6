"""Bias-field correction."""

from __future__ import annotations

import SimpleITK as sitk

from osteon.config.imaging import BiasCorrection
from osteon.images.foreground import foreground


def n4(image: sitk.Image, settings: BiasCorrection) -> sitk.Image:
    """The image divided by its slow intensity drift (N4), as Float32.

    The field is fitted to the foreground of the image shrunk by `settings.shrink` (in the slice plane only
    where there are too few slices to shrink) and evaluated on the full grid; the image itself is not resampled.
    N4: Tustison et al., IEEE Trans. Med. Imaging 29, 1310 (2010), as in SimpleITK. Raises IntensityConstant.
    """
    full = sitk.Cast(image, sitk.sitkFloat32)
    mask = foreground(full)
    factors = [settings.shrink if size >= 16 * settings.shrink else 1 for size in full.GetSize()]
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    corrector.SetMaximumNumberOfIterations(settings.iterations)
    corrector.Execute(sitk.Shrink(full, factors), sitk.Shrink(mask, factors))
    field = sitk.Cast(sitk.Exp(corrector.GetLogBiasFieldAsImage(full)), sitk.sitkFloat32)
    return full / field
