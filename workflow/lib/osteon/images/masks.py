"""Masks: bringing them onto an image's grid, what is in them, how far two of them agree."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk


def same_grid(first: sitk.Image, second: sitk.Image, tolerance: float = 0.01) -> bool:
    """True if size, spacing, origin and directions agree within `tolerance` of a voxel."""
    if first.GetSize() != second.GetSize():
        return False
    step = tolerance * min(first.GetSpacing())
    last = [size - 1 for size in first.GetSize()]
    corners = [(i, j, k) for i in (0, last[0]) for j in (0, last[1]) for k in (0, last[2])]
    return all(np.allclose(first.TransformIndexToPhysicalPoint(corner), second.TransformIndexToPhysicalPoint(corner),
                           rtol=0, atol=step) for corner in corners)


def to_grid(mask: sitk.Image, image: sitk.Image) -> sitk.Image:
    """The mask on the image's grid, by nearest neighbour in physical space; outside the mask's grid 0."""
    return sitk.Resample(mask, image, sitk.Transform(), sitk.sitkNearestNeighbor, 0.0, mask.GetPixelID())
