"""Intensity normalisation, fitted to one image at a time, so that nothing passes between patients."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from osteon.config.imaging import Intensity
from osteon.images.foreground import IntensityConstant, foreground


def normalise(image: sitk.Image, settings: Intensity) -> sitk.Image:
    """The image on a common intensity scale, as Float32 on the same grid.

    Location and spread come from this image alone, and the whole image is mapped: minmax (x - min) / (max - min) over
    the whole image; zscore (x - mean) / SD and robust (x - median) / interquartile range over its foreground.
    zscore and robust are then multiplied by `settings.scale` and shifted by `settings.shift`.
    Percentiles interpolate linearly, SD divides by n. Raises IntensityConstant if the spread is zero.
    """
    values = sitk.GetArrayFromImage(image).astype(np.float64)
    if settings.method != "none":
        whole = settings.method == "minmax"
        inside = values if whole else values[sitk.GetArrayFromImage(foreground(image)) > 0]
        location, spread = _location_and_spread(inside, settings.method)
        if not spread > 0:
            raise IntensityConstant(
                f"the {'image' if whole else 'foreground'} has no spread ({settings.method}), so it cannot be scaled"
            )
        values = (values - location) / spread
    if settings.method in ("zscore", "robust"):
        values = values * settings.scale + settings.shift
    result = sitk.GetImageFromArray(values.astype(np.float32))
    result.CopyInformation(image)
    return result


def _location_and_spread(values: np.ndarray, method: str) -> tuple[float, float]:
    if method == "minmax":
        return values.min(), values.max() - values.min()
    if method == "zscore":
        return values.mean(), values.std()
    low, median, high = np.percentile(values, (25, 50, 75))
    return median, high - low
