"""Masks as other readers, or the same one later, would draw them: the contour wanders a little."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from osteon.phantom.random_fields import gaussian_field

# Standard deviation of the contour's shift and the length over which it stays alike, mm. Chosen so that two readings
# of the demo's images agree about as well as published ones do (Dice .95 and above).
WANDER, SMOOTHNESS = 0.6, 4.0


def read_again(mask: np.ndarray, spacing: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    """Another reading of a mask.

    The distance of every pixel to the contour, in its slice, gets smooth noise; what is inside then takes the label of
    the nearest labelled pixel.

    Args:
        mask: (slices, rows, columns) of labels, 0 outside.
        spacing: of slices, rows and columns in mm.
        rng: generator of this reading.

    Returns:
        Labels in the same shape. A slice without a label stays empty, and no label appears that the slice had not.
    """
    smooth = [SMOOTHNESS / size for size in spacing]
    noise = gaussian_field(rng, mask.shape, [(WANDER, smooth)])
    drawn = np.zeros_like(mask)
    for index, plane in enumerate(mask):
        if not plane.any():
            continue
        inside = ndimage.distance_transform_edt(plane > 0, sampling=spacing[1:])
        outside, nearest = ndimage.distance_transform_edt(plane == 0, sampling=spacing[1:], return_indices=True)
        # centers of pixels beside the contour are half a pixel away from it
        distance = inside - outside - np.sign(inside - outside) * spacing[1] / 2
        kept = distance + noise[index] > 0
        drawn[index][kept] = plane[tuple(nearest)][kept]
    return drawn
