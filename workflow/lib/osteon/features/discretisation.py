"""How many grey levels a region has after discretisation; one level makes every texture feature a constant."""

from __future__ import annotations

import logging
import math

import numpy as np

logger = logging.getLogger(__name__)

# PyRadiomics' default, used when the settings name neither a width nor a count.
DEFAULT_BIN_WIDTH = 25.0


def grey_levels(values: np.ndarray, setting: dict) -> int:
    """Number of grey levels from the lowest to the highest value, as PyRadiomics discretises them.

    With a bin width w (fixed bin size): floor(max / w) - floor(min / w) + 1. With a bin count (fixed bin number):
    that count, or 1 for a constant region. PyRadiomics documents both in `imageoperations.getBinEdges`; a test
    compares with its `binImage`.

    Args:
        values: finite intensities inside the region, any shape, at least one.
        setting: PyRadiomics' 'setting' section.
    """
    low, high = float(np.min(values)), float(np.max(values))
    if setting.get("binCount") is not None:
        return 1 if low == high else int(setting["binCount"])
    width = float(setting.get("binWidth", DEFAULT_BIN_WIDTH))
    return math.floor(high / width) - math.floor(low / width) + 1


def warn_of_one_level(levels: int, sequence: str, roi: str, image_type: str) -> None:
    """Log a warning that names the remedy if a region has a single grey level."""
    if levels == 1:
        logger.warning("%s, region %s, image %s: one grey level after discretisation, so its texture features are "
                       "constants. Lower features.bin_width, write features.bin_count, or scale the intensities.",
                       sequence, roi, image_type)
