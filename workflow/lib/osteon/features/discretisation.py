"""How many grey levels a region has after discretisation; one level makes every texture feature a constant."""

from __future__ import annotations

import numpy as np
from radiomics import imageoperations

TEXTURES = ("glcm", "glrlm", "glszm", "gldm", "ngtdm")
"""Feature families that are computed from grey levels and not from intensities."""
FIRST_ORDER = ("Entropy", "Uniformity")
"""First-order features that are, too: their histogram is the discretised image."""


def discretised(values: np.ndarray, setting: dict) -> dict:
    """Grey levels of a region, with what they follow from.

    Args:
        values: finite intensities inside the region, any shape, at least one.
        setting: PyRadiomics' 'setting' section, as it holds for this image type.

    Returns:
        levels: number of grey levels from the lowest to the highest value, both included, by PyRadiomics' own bin
        edges: floor(max / width) - floor(min / width) + 1 with a bin width (fixed bin size); the bin count, or 1 for
        a constant region, with a bin count (fixed bin number). range: highest minus lowest intensity. And bin_width
        or bin_count.
    """
    ends = np.array([np.min(values), np.max(values)], dtype=float)
    lowest, highest = np.digitize(ends, imageoperations.getBinEdges(ends, **setting))
    count = setting.get("binCount")
    # edges in the place of a count: a bin width whose first level begins at the range of values (filters.filtered)
    by_width = count is None or isinstance(count, list)
    used = {"bin_width": float(setting.get("binWidth", 25))} if by_width else {"bin_count": int(count)}
    return {"levels": int(highest - lowest + 1), "range": float(ends[1] - ends[0]), **used}


def needs_levels(feature: str) -> bool:
    """Whether a feature, '<image type>_<family>_<name>', is computed from grey levels."""
    family, name = feature.rsplit("_", 2)[-2:]
    return family in TEXTURES or (family == "firstorder" and name in FIRST_ORDER)


def withheld(feature: str, levels: int, one_level: str) -> bool:
    """Whether a feature has no value because its region has a single grey level, on which it is a constant.

    Args:
        feature: '<image type>_<family>_<name>'.
        levels: grey levels of the region on that image type.
        one_level: `features.one_level`: refuse, or report (then the constant is kept).
    """
    return levels == 1 and one_level == "refuse" and needs_levels(feature)
