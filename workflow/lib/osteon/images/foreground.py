"""The foreground of an MR image: the body, without the air around it."""

from __future__ import annotations

import SimpleITK as sitk


class IntensityConstant(ValueError):
    """The image has one value everywhere: there is no foreground and nothing to scale."""


def foreground(image: sitk.Image) -> sitk.Image:
    """Mask (0/1, UInt8) of the voxels above Otsu's threshold of this image.

    Otsu, IEEE Trans. SMC 9, 62 (1979), as in SimpleITK with 200 bins. Raises IntensityConstant.
    """
    limits = sitk.MinimumMaximumImageFilter()
    limits.Execute(image)
    if limits.GetMinimum() == limits.GetMaximum():
        raise IntensityConstant(f"every voxel of the image has the value {limits.GetMinimum():g}")
    return sitk.OtsuThreshold(image, 0, 1, 200)
