"""Local binary patterns in three dimensions, as PyRadiomics defines them.

PyRadiomics 3.0.1 imports functions for them that SciPy no longer has; without them it leaves the images out.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates, spline_filter
from scipy.special import sph_harm_y
from trimesh.creation import icosphere

# Voxels at a time: bounds the memory for the samples around them (tens of megabytes).
CHUNK = 50_000
# Splines meet equal values with an error of 1e-16 of them. What differs by less than this share is equal: flat places
# would otherwise be described by rounding errors, which differ from machine to machine.
EQUAL = 1e-9


def local_binary_patterns(
    image: np.ndarray, inside: np.ndarray, levels: int = 2, radius: float = 1.0, subdivision: int = 1
) -> dict[str, np.ndarray]:
    """Rotation-invariant descriptors of each voxel's surroundings.

    The image is sampled on a sphere around the voxel (cubic splines, 0 outside the image). Samples that are not below
    the voxel are 1, others 0; their expansion in spherical harmonics has one norm per degree.

    Args:
        image: intensities, shape (z, y, x).
        inside: True for the voxels to be described; others are 0 in the results.
        levels: number of degrees of the harmonics.
        radius: of the sphere, voxels.
        subdivision: how often the icosahedron's faces are divided by four (1 gives 42 samples).

    Returns:
        Images by name, as PyRadiomics calls them: 'lbp-3D-m1' to m<levels>, and 'lbp-3D-k', the samples' excess
        kurtosis (-3 where all are equal, as SciPy gave it when PyRadiomics was written; newer versions give NaN).

    Banerjee et al., ACCV 2012 Workshops, LNCS 7728, doi:10.1007/978-3-642-37410-4_3. Like PyRadiomics, it takes the
    polar angle for the azimuth and reverse, so that the values are PyRadiomics'. Verified against PyRadiomics 3.0.1
    under SciPy 1.14 (tests/reference/test_reference_lbp.py).
    """
    vertices = np.asarray(icosphere(subdivision, radius).vertices)
    azimuth = np.arccos(vertices[:, 2] / radius)
    polar = np.arctan2(vertices[:, 1], vertices[:, 0])
    harmonics = [
        np.column_stack([sph_harm_y(degree, order, polar, azimuth) for order in range(-degree, degree + 1)])
        for degree in range(levels)
    ]
    voxels = np.argwhere(inside)
    values = np.empty((len(voxels), levels + 1))
    coefficients = spline_filter(image.astype(np.float64), order=3)
    for start in range(0, len(voxels), CHUNK):
        here = voxels[start : start + CHUNK]
        samples = map_coordinates(
            coefficients, (here[:, None, :] + vertices).transpose(2, 0, 1), order=3, prefilter=False
        )
        size = EQUAL * np.abs(samples).max(axis=1)
        above = (samples >= (image[tuple(here.T)] - size)[:, None]).astype(float)
        norms = [_norm(above, degree) for degree in harmonics]
        values[start : start + CHUNK] = np.column_stack([*norms, _kurtosis(samples, size)])
    names = [*(f"lbp-3D-m{degree + 1}" for degree in range(levels)), "lbp-3D-k"]
    result = {name: np.zeros(image.shape) for name in names}
    for name, column in zip(names, values.T, strict=True):
        result[name][inside] = column
    return result


def _norm(above: np.ndarray, harmonics: np.ndarray) -> np.ndarray:
    """Root of the summed squares of each pattern's part in one degree; shapes (voxels, samples), (samples, orders).

    The squares are of complex numbers, whose real part is kept, as in PyRadiomics.
    """
    coefficients = above @ harmonics
    products = harmonics.T @ harmonics
    return np.sqrt(np.einsum("vi,ij,vj->v", coefficients, products, coefficients)).real


def _kurtosis(samples: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Excess kurtosis of each row, not corrected for bias; -3 where the standard deviation is not above `size`."""
    squares = (samples - samples.mean(axis=1, keepdims=True)) ** 2
    variance = squares.mean(axis=1)
    flat = variance <= size**2
    ratio = (squares**2).mean(axis=1) / np.where(flat, 1.0, variance**2)
    return np.where(flat, 0.0, ratio) - 3.0
