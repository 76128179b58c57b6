"""Dots that stand for patients: stacked so that none hides another, and shaded by a value; nothing is random."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

# From light to dark, so that grey prints keep the order; both ends are told apart by colour-blind readers.
SHADES = LinearSegmentedColormap.from_list("values", ["#E69F00", "#a8708a", "#003a60"], N=32)
SIZES = (4.0, 3.4, 2.8, 2.3, 1.9, 1.6)
"""Diameters of dots that are tried, points."""
ENDS = (5, 95)
"""Percentiles of the values beyond which the shade stays the same."""
POINT = 1 / 72


def dot_size(rows: list[np.ndarray], room: float) -> float:
    """The largest diameter, points, with which two thirds of the rows of dots fit into `room` inches unsqueezed.

    Args:
        rows: of each row the positions along it, inches.
        room: height of a row, inches.
    """
    for size in SIZES[:-1]:
        fitting = sum(_tallest(row, size * POINT) * size * POINT <= room for row in rows)
        if 3 * fitting >= 2 * len(rows):
            return size
    return SIZES[-1]


def stacked(positions: np.ndarray, values: np.ndarray, size: float, room: float) -> tuple[np.ndarray, np.ndarray]:
    """Places of dots that form columns of one dot's width, sorted by value in each.

    Args:
        positions: (n,) along the row, inches.
        values: (n,) what sorts the dots of a column, the smallest below.
        size: diameter, points.
        room: height of the row, inches. Where a column is higher, the whole row is squeezed, so that heights still
            compare.

    Returns:
        (n,) places along the row, at most half a dot from the positions, and (n,) places across it, from its middle,
        inches.
    """
    width = size * POINT
    column = np.round(positions / width).astype(int)
    order = np.lexsort((values, column))
    _, start, count = np.unique(column[order], return_index=True, return_counts=True)
    rank = np.arange(len(order)) - np.repeat(start, count)
    across = np.empty(len(order))
    across[order] = rank - (np.repeat(count, count) - 1) / 2
    squeeze = min(1.0, room / (max(count, default=1) * width))
    return column * width, across * width * squeeze


def shade(values: np.ndarray) -> np.ndarray:
    """(n,) from 0 to 1: where a value lies between low and high ones; 0.5 where all are the same."""
    low, high = np.percentile(values, ENDS)
    if high <= low:
        low, high = values.min(), values.max()
    return np.clip((values - low) / (high - low), 0, 1) if high > low else np.full(len(values), 0.5)


def _tallest(positions: np.ndarray, width: float) -> int:
    return int(np.unique(np.round(positions / width), return_counts=True)[1].max(initial=0))
