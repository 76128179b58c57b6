"""The foreground of an image: the body, without the air around it."""

from __future__ import annotations

import SimpleITK as sitk

from osteon.images.threads import one_thread


class IntensityConstant(ValueError):
    """The image has one value everywhere: there is no foreground and nothing to scale."""


def foreground(image: sitk.Image) -> sitk.Image:
    """Mask (0/1, UInt8) of the voxels above the mean of this image.

    The threshold of Nyúl et al., IEEE Trans. Med. Imaging 19, 143 (2000). Otsu's, between two classes, is no
    threshold for every contrast: in T2 and fat-suppressed images it parts fluid and fat from all the rest, so that
    on phantoms 0 to 75 % of the vertebrae were foreground; above the mean it is 83 to 98 %, in every contrast.
    Raises IntensityConstant.
    """
    statistics = sitk.StatisticsImageFilter()
    with one_thread():  # the mean is a sum
        statistics.Execute(sitk.Cast(image, sitk.sitkFloat64))
    if statistics.GetMinimum() == statistics.GetMaximum():
        raise IntensityConstant(f"every voxel of the image has the value {statistics.GetMinimum():g}")
    return image > statistics.GetMean()
