"""How many grey levels a region has after discretisation; one level makes every texture feature a constant."""

from __future__ import annotations

import logging

import numpy as np
from radiomics import imageoperations

logger = logging.getLogger(__name__)


def grey_levels(values: np.ndarray, setting: dict) -> int:
    """Number of grey levels from the lowest to the highest value, both included, by PyRadiomics' own bin edges.

    With a bin width (fixed bin size) it depends on the range; with a bin count (fixed bin number) it is that count,
    or 1 for a constant region.

    Args:
        values: finite intensities inside the region, any shape, at least one.
        setting: PyRadiomics' 'setting' section.
    """
    ends = np.array([np.min(values), np.max(values)], dtype=float)
    lowest, highest = np.digitize(ends, imageoperations.getBinEdges(ends, **setting))
    return int(highest - lowest + 1)


def warn_of_one_level(levels: int, sequence: str, roi: str, image_type: str) -> None:
    """Log a warning that names the remedy if a region has a single grey level."""
    if levels == 1:
        logger.warning(
            "%s, region %s, image %s: one grey level after discretisation, so its texture features are "
            "constants. Lower features.bin_width, write features.bin_count, or scale the intensities.",
            sequence,
            roi,
            image_type,
        )
