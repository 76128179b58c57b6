"""PyRadiomics' feature classes on one discretisation, which they share instead of each making its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import SimpleITK as sitk
from radiomics import getFeatureClasses, imageoperations


def family_values(
    image: sitk.Image, mask: sitk.Image, image_type: str, families: Mapping[str, list[str]], setting: dict
) -> dict[str, float]:
    """Features of one region on one image; those of its shape are left out.

    Args:
        image: cropped to the region.
        mask: 1 inside, same grid.
        image_type: first part of the names.
        families: features by family, PyRadiomics' 'featureClass'; an empty list means all that are not deprecated.
        setting: PyRadiomics' settings for this image type; their label is 1.

    Returns:
        Values by '<image type>_<family>_<feature>', bit for bit those of PyRadiomics' `computeFeatures`.
    """
    inside = sitk.GetArrayViewFromImage(mask) > 0
    levels, _ = imageoperations.binImage(sitk.GetArrayFromImage(image), inside, **setting)
    shared = {**setting, "discretised": (levels, np.unique(levels[inside]))}
    values = {}
    for family, members in families.items():
        if family == "shape":
            continue
        features = _sharing(family)(image, mask, **shared)
        for name in members or ():
            features.enableFeatureByName(name)
        values |= {f"{image_type}_{family}_{name}": value for name, value in features.execute().items()}
    return values


@cache
def _sharing(family: str) -> type:
    """A feature class that is given its grey levels."""
    original = getFeatureClasses()[family]

    class Sharing(original):
        def _applyBinning(self, matrix):
            levels, present = self.settings["discretised"]
            self.coefficients["grayLevels"] = present
            self.coefficients["Ng"] = int(present.max())
            return levels.copy()

    Sharing.__module__ = original.__module__  # by which PyRadiomics names its log
    return Sharing
