"""Smooth periodic random fields: trabecular texture, muscle streaks, bowel, field inhomogeneity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import fft, ndimage


def gaussian_field(
    rng: np.random.Generator, shape: tuple[int, int, int], components: Sequence[tuple[float, Sequence[float]]]
) -> np.ndarray:
    """Periodic Gaussian random field with mean 0, float32.

    Each component is (standard deviation, sigma of the smoothing kernel per axis in voxels). Independent
    fields add their power spectra, so one white field filtered with the root of the summed spectrum has the
    distribution of the sum of the components.
    """
    frequencies = [fft.fftfreq(n) for n in shape]
    power = np.zeros((shape[0], shape[1], shape[2] // 2 + 1), np.float32)
    for sd, sigmas in components:
        axes = [np.exp(-((2 * np.pi * sigma * f) ** 2)) for f, sigma in zip(frequencies, sigmas, strict=True)]
        scale = sd**2 / np.prod([axis.mean() for axis in axes])
        half = axes[2][: power.shape[2]]
        power += (scale * axes[0][:, None, None] * axes[1][None, :, None] * half).astype(np.float32)
    power[0, 0, 0] = 0
    white = rng.standard_normal(shape, dtype=np.float32)
    return fft.irfftn(fft.rfftn(white) * np.sqrt(power), s=shape).astype(np.float32)


def sample(field: np.ndarray, *coordinates: np.ndarray) -> np.ndarray:
    """Linear interpolation of a periodic field at voxel coordinates, one array per axis."""
    return ndimage.map_coordinates(field, coordinates, order=1, mode="grid-wrap", output=np.float32)
