"""Negative controls: regions whose voxels have changed places, so that only their values and their shape are left."""

from __future__ import annotations

import hashlib

import numpy as np
import SimpleITK as sitk


def shuffled(image: sitk.Image, region: sitk.Image, seed: int, name: str) -> sitk.Image:
    """A copy of the image with the voxels inside the region in random order; outside nothing changes.

    Args:
        image: any pixel type.
        region: 1 inside, on the image's grid.
        seed: of the case.
        name: of the region; regions of one case are shuffled independently.
    """
    values = sitk.GetArrayFromImage(image)
    inside = sitk.GetArrayViewFromImage(region) > 0
    values[inside] = np.random.default_rng(seed_of(seed, name)).permutation(values[inside])
    result = sitk.GetImageFromArray(values)
    result.CopyInformation(image)
    return result


def seed_of(seed: int, name: str) -> int:
    """A seed that depends on another seed and a name, the same on every machine."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8])
