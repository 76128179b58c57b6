"""Names of features that people can read on figures: sequence, image, family and feature; tables keep the columns."""

from __future__ import annotations

import re
from collections.abc import Iterable

from osteon.config.study import Study
from osteon.reporting.language import Say, english

FAMILIES = ("shape", "shape2D", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
"""PyRadiomics' classes of features."""
SEPARATOR = " · "
_LOG = re.compile(r"log-sigma-(\d+)-(\d+)-mm-3D")


def feature_names(columns: Iterable[str], study: Study, say: Say = english) -> dict[str, str]:
    """Name of each feature that Osteon computed; columns of hospitals' own tables are left out and stay as they are.

    'T1_L1L3_log-sigma-2-0-mm-3D_glcm_Contrast' becomes 'T1 · LoG 2 mm · GLCM · Contrast'; the region is named where
    the study has several.

    Args:
        columns: of feature tables.
        study: gives sequences and regions.
        say: the reader's language.
    """
    if not study.sequences or not study.rois:
        return {}
    sequences, regions = ("|".join(map(re.escape, names)) for names in (study.sequences, study.rois))
    form = re.compile(rf"({sequences})_({regions})_([^_]+)_({'|'.join(FAMILIES)})_([^_]+)")
    several = len(study.rois) > 1
    names = {}
    for column in columns:
        if found := form.fullmatch(column):
            sequence, region, image, family, feature = found.groups()
            parts = [sequence, region if several else "", _image(image, say), _family(family, say), feature]
            names[column] = SEPARATOR.join(filter(None, parts))
    return names


def _image(image: str, say: Say) -> str:
    """The image that the feature was computed on; '' for the original."""
    if found := _LOG.fullmatch(image):
        whole, part = found.groups()
        return say("LoG {sigma} mm", sigma=whole if not int(part) else f"{whole}.{part}")
    if image.startswith("wavelet-"):
        return say("wavelet {bands}", bands=image.removeprefix("wavelet-"))
    return "" if image == "original" else image


def _family(family: str, say: Say) -> str:
    words = {"shape": say("shape"), "shape2D": say("shape"), "firstorder": say("first order")}
    return words.get(family, family.upper())
