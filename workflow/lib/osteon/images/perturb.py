"""Small changes of an image and its mask, as another session, scanner or reader would have made them.

After Zwanenburg et al., Sci Rep 2019;9:614: the grid moved by part of a voxel or turned, noise of the image's own size
added, the mask grown, shrunk or redrawn. Every change is drawn from a generator of its own, so that a case's changes
depend on the study's seed and the case alone. That paper redraws contours along supervoxels; here the distance to the
contour gets smooth noise, which needs no choice of a segmentation.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pywt
import SimpleITK as sitk
from scipy import ndimage

from osteon.images.foreground import IntensityConstant, foreground
from osteon.images.masks import labels_present

SHIFT = (0.25, 0.5)
"""translate: part of a voxel of the features' grid, along each axis, either way."""
ANGLE = (2.5, 7.5)
"""rotate: degrees, either way, in the plane of the slices."""
VOLUME = 0.15
"""grow and shrink: share of each label's volume."""
CONTOUR_SD = 0.75
"""randomise: standard deviation of the contour's displacement, mm."""
CONTOUR_LENGTH = 3.0
"""randomise: standard deviation, mm, of the Gaussian that smooths the displacement."""
REACH = 12.0
"""Around the labels, mm: as far as a redrawn mask is looked at."""
# Median absolute deviation of a normal distribution with standard deviation 1.
MAD_OF_NORMAL = 0.6744897501960817
# An interpolated mask of exactly one half is inside; sums of floating-point weights miss it by less.
HALF = 0.5 - 1e-6


@dataclass(frozen=True)
class Sampling:
    """The grid that features are computed on, as far as a perturbation must know it."""

    spacing: tuple[float, float, float] | None
    """mm; None, or 0 in an axis, for the image's own."""
    interpolator: int
    """SimpleITK's interpolator of images."""
    nearest: bool
    """Masks by nearest neighbour; otherwise linearly, inside from 0.5 on."""
    corners: bool
    """The grid begins at the corner of the image's first voxel (PyRadiomics); otherwise the centers of both grids are
    aligned (IBSI)."""
    margin: float | None
    """What filters and rings need around the labels, mm; None for the whole image."""


def generator(seed: int, *names: str) -> np.random.Generator:
    """The random numbers of one case and change; any other name gives others."""
    digest = hashlib.sha256("\n".join([str(seed), *names]).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


def translated(
    image: sitk.Image, mask: sitk.Image, sampling: Sampling, random: np.random.Generator
) -> tuple[sitk.Image, sitk.Image]:
    """Image and mask sampled on the features' grid moved by a quarter to half of its voxel along each axis.

    To the features this is the patient moved by as much. Interpolation happens once: sampled at the features' spacing,
    the result is taken as it is.

    Args:
        image: one sequence.
        mask: labels on the image's grid.
        sampling: the features' grid.
        random: of this case.
    """
    shift = random.choice([-1, 1], 3) * random.uniform(*SHIFT, 3)
    return sampled(image, mask, sampling, shift=shift)


def rotated(
    image: sitk.Image, mask: sitk.Image, sampling: Sampling, random: np.random.Generator
) -> tuple[sitk.Image, sitk.Image]:
    """The same, on a grid turned about the center of the labels by 2.5 to 7.5 degrees in the plane of the slices."""
    return sampled(image, mask, sampling, angle=random.choice([-1, 1]) * random.uniform(*ANGLE))


def sampled(
    image: sitk.Image,
    mask: sitk.Image,
    sampling: Sampling,
    *,
    shift: np.ndarray | tuple[float, float, float] = (0.0, 0.0, 0.0),
    angle: float = 0.0,
) -> tuple[sitk.Image, sitk.Image]:
    """Image and mask on the features' spacing, moved and turned.

    Args:
        image: one sequence.
        mask: labels on the image's grid.
        sampling: spacing, interpolation, and how much around the labels is needed.
        shift: in voxels of the new grid, along its axes.
        angle: degrees about the axis with the largest spacing, through the center of the labels.

    Returns:
        The image as 32-bit floats, and the mask; where the turned grid leaves the image, its nearest voxel.
    """
    grid = _moved_grid(image, mask, sampling, np.asarray(shift, dtype=float), angle)
    resampler = sitk.ResampleImageFilter()
    resampler.SetReferenceImage(grid)
    resampler.SetInterpolator(sampling.interpolator)
    resampler.SetUseNearestNeighborExtrapolator(True)
    resampler.SetOutputPixelType(sitk.sitkFloat32)
    return resampler.Execute(sitk.Cast(image, sitk.sitkFloat64)), _labels_on(grid, mask, sampling.nearest)


def _moved_grid(image: sitk.Image, mask: sitk.Image, sampling: Sampling, shift: np.ndarray, angle: float) -> sitk.Image:
    """An image without content: the labels and the margin around them, as far as the image reaches, moved."""
    size, own = np.array(image.GetSize()), np.array(image.GetSpacing())
    wanted = np.array(sampling.spacing or own, dtype=float)
    spacing = np.where(wanted == 0, own, wanted)
    low, high = _bounds(mask) or (np.zeros(3), size - 1.0)
    # mm from the center of the image's first voxel, along its axes: edges of the image, first center of the new grid
    first, last = -0.5 * own, (size - 0.5) * own
    whole = np.ceil(np.round(size * own / spacing, 6))
    start = first + spacing / 2 if sampling.corners else (first + last - (whole - 1) * spacing) / 2
    begin, end = np.zeros(3), whole - 1
    if sampling.margin is not None:
        begin = np.maximum(begin, np.floor(((low - 0.5) * own - sampling.margin - start) / spacing))
        end = np.minimum(end, np.ceil(((high + 0.5) * own + sampling.margin - start) / spacing))
    count = (end - begin + 1).astype(int)
    start = start + (begin + shift) * spacing
    direction = np.reshape(image.GetDirection(), (3, 3))
    origin = np.array(image.GetOrigin()) + direction @ start
    center = np.array(image.GetOrigin()) + direction @ ((low + high) / 2 * own)
    turn = _rotation(direction[:, int(np.argmax(own))], np.deg2rad(angle))
    grid = sitk.Image([int(number) for number in count], sitk.sitkUInt8)
    grid.SetSpacing(spacing.tolist())
    grid.SetDirection((turn @ direction).ravel().tolist())
    grid.SetOrigin((center + turn @ (origin - center)).tolist())
    return grid


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """Rotation matrix about a unit vector, by Rodrigues' formula."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def _bounds(mask: sitk.Image) -> tuple[np.ndarray, np.ndarray] | None:
    """First and last index of the labelled voxels along x, y, z; None without any."""
    inside = np.nonzero(sitk.GetArrayViewFromImage(mask))
    if not inside[0].size:
        return None
    return tuple(np.array([limit(axis) for axis in reversed(inside)]) for limit in (np.min, np.max))


def _labels_on(grid: sitk.Image, mask: sitk.Image, nearest: bool) -> sitk.Image:
    """The labels on another grid; linearly, their union is inside from 0.5 on, split by the larger share."""
    if nearest:
        return sitk.Resample(mask, grid, sitk.Transform(), sitk.sitkNearestNeighbor, 0.0, mask.GetPixelID())
    labels = labels_present(mask)
    result = np.zeros(grid.GetSize()[::-1], dtype=sitk.GetArrayViewFromImage(mask).dtype)
    total, most = np.zeros(result.shape), np.zeros(result.shape)
    for label in labels:
        share = sitk.Resample(sitk.Cast(mask == label, sitk.sitkFloat64), grid, sitk.Transform(), sitk.sitkLinear, 0.0)
        part = sitk.GetArrayViewFromImage(share)
        total += part
        result[part > most] = label
        np.maximum(most, part, out=most)
    result[total < HALF] = 0
    return _like(result, grid)


def noisy(image: sitk.Image, random: np.random.Generator) -> sitk.Image:
    """The image with Gaussian noise of the standard deviation that it has already (`noise_sd`), as 32-bit floats."""
    array = sitk.GetArrayFromImage(image).astype(float)
    array += random.normal(0.0, noise_sd(image), array.shape)
    return _like(array.astype(np.float32), image)


def noise_sd(image: sitk.Image) -> float:
    """Standard deviation of the image's noise: what its finest diagonal wavelet coefficients show in the foreground.

    Median of |HH| / 0.6745 over the slices' coiflet-1 decomposition: Donoho and Johnstone, Biometrika 1994;81:425, for
    images Chang et al., IEEE Trans Image Process 2000;9:1532. Texture of two voxels counts as noise; an image that the
    scanner interpolated seems quieter than it is. 0 for an image of one value.
    """
    try:
        body = np.moveaxis(sitk.GetArrayFromImage(foreground(image)), 2 - int(np.argmax(image.GetSpacing())), 0)
    except IntensityConstant:
        return 0.0
    slices = np.moveaxis(sitk.GetArrayFromImage(image).astype(float), 2 - int(np.argmax(image.GetSpacing())), 0)
    _, (_, _, diagonal) = pywt.dwt2(slices, "coif1", mode="periodization", axes=(1, 2))
    inside = body[:, ::2, ::2][:, : diagonal.shape[1], : diagonal.shape[2]] > 0
    return float(np.median(np.abs(diagonal[inside])) / MAD_OF_NORMAL)


def resized(mask: sitk.Image, share: float, random: np.random.Generator) -> sitk.Image:
    """Each label grown (share above 0) or shrunk by a share of its voxels, at its contour, nearest voxels first.

    A label grows into background alone, and into what lies nearer to it than to any other. Ties are drawn by lot.
    """
    box, steps, place = _box(mask)
    result = box.copy()
    labels = [int(label) for label in np.unique(box) if label]
    depth = {label: signed_distance(box == label, steps) for label in labels}
    for label in labels:
        rank = depth[label]
        if share < 0:
            candidates = np.flatnonzero(box == label)
            order, value = np.lexsort((random.random(candidates.size), rank.ravel()[candidates])), 0
        else:
            others = [depth[other] for other in labels if other != label]
            nearest = np.all([rank >= other for other in others], axis=0) if others else np.full(box.shape, True)
            candidates = np.flatnonzero((box == 0) & nearest)
            order, value = np.lexsort((random.random(candidates.size), -rank.ravel()[candidates])), label
        wanted = round(abs(share) * np.count_nonzero(box == label))
        result.ravel()[candidates[order[:wanted]]] = value
    return _put(mask, place, result)


def redrawn(mask: sitk.Image, random: np.random.Generator) -> sitk.Image:
    """Each label with its contour displaced by smooth noise (`CONTOUR_SD`, `CONTOUR_LENGTH`), as by another reader."""
    box, steps, place = _box(mask)
    result, best = np.zeros_like(box), np.zeros(box.shape)
    for label in (int(label) for label in np.unique(box) if label):
        noise = ndimage.gaussian_filter(random.normal(size=box.shape), CONTOUR_LENGTH / steps, mode="wrap")
        depth = signed_distance(box == label, steps) + CONTOUR_SD * noise / noise.std()
        result[depth > best] = label
        np.maximum(best, depth, out=best)
    return _put(mask, place, result)


def signed_distance(inside: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Distance of each voxel center to the region's surface, mm, positive inside; the surface lies between voxels.

    Args:
        inside: (z, y, x), True in the region.
        steps: spacing along z, y, x, mm.
    """
    return _depth(inside, steps) - _depth(~inside, steps)


def _depth(inside: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Of the voxels inside: the mean of the distances to the nearest center outside and to the nearest boundary voxel.

    The surface lies half way between those two, so that this is right across it, whatever the spacing.
    """
    if inside.all():
        return np.full(inside.shape, np.inf)
    core = ndimage.binary_erosion(inside, border_value=1)
    return (
        ndimage.distance_transform_edt(inside, sampling=steps) + ndimage.distance_transform_edt(core, sampling=steps)
    ) / 2


def _box(mask: sitk.Image) -> tuple[np.ndarray, np.ndarray, tuple[slice, ...]]:
    """The labels with `REACH` around them as an array (z, y, x), the spacing in that order, and where it lies."""
    array, steps = sitk.GetArrayFromImage(mask), np.array(mask.GetSpacing()[::-1])
    bounds = _bounds(mask)
    if bounds is None:
        return array, steps, (slice(None),) * 3
    pad = np.ceil(REACH / steps).astype(int)
    low, high = (limit[::-1] for limit in bounds)
    first, last = np.maximum(low - pad, 0), high + pad + 1
    place = tuple(slice(*map(int, ends)) for ends in zip(first, last, strict=True))
    return array[place], steps, place


def _put(mask: sitk.Image, place: tuple[slice, ...], box: np.ndarray) -> sitk.Image:
    array = sitk.GetArrayFromImage(mask)
    array[place] = box
    return _like(array, mask)


def _like(array: np.ndarray, grid: sitk.Image) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(grid)
    return image
