"""Pictures of an image for people who look through hundreds: one slice as a thumbnail, a dozen as a montage.

Slices lie as radiologists hang them: head up; axial and coronal with the patient's right at the left, axial with the
front at the top; sagittal with the front at the left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from PIL import Image

from osteon.tables.files import atomic_path, file_sha256

THUMBNAIL_SIDE = 160
MONTAGE_SIDE = 220
MONTAGE_SLICES = 12
MONTAGE_COLUMNS = 4
# Percentiles of the whole volume that become black and white, so that slices of one image can be compared.
MR_WINDOW = (1.0, 99.5)
# HU that become black and white in CT: fat, muscle and trabecular bone are all told apart.
CT_WINDOW = (-200.0, 400.0)
# Percentiles are taken from at most about this many voxels: more change no picture, only the time.
VOXELS_LOOKED_AT = 100_000
# A thumbnail of 160 pixels then takes about 5 kB, a montage of twelve slices about 60 kB.
JPEG_QUALITY = 75

# Plane by the axis (in numpy's order z, y, x of an image in LPS) along which slices are stacked.
PLANES = ("axial", "coronal", "sagittal")


@dataclass(frozen=True)
class Slices:
    """The slices of an image as they are looked at.

    `values` has shape (slices, rows, columns); axial slices run from head to foot, coronal ones from front to back,
    sagittal ones from the patient's right to left. `spacing` is the distance of rows and of columns, mm. `window`
    holds the values that become black and white.
    """

    plane: str
    values: np.ndarray
    spacing: tuple[float, float]
    window: tuple[float, float]


def slices_for_display(image: sitk.Image, modality: str = "") -> Slices:
    """Slices along the axis with the largest spacing; of equal spacings, along the axis with the fewest voxels.

    An oblique image is shown in the plane that it is closest to, without resampling.

    Args:
        image: one volume.
        modality: DICOM's Modality; 'CT' takes a fixed window, everything else a window from the image's percentiles.
    """
    image = sitk.DICOMOrient(image, "LPS")
    values = sitk.GetArrayFromImage(image)
    window = CT_WINDOW if modality == "CT" else _window(values)
    spacing = image.GetSpacing()[::-1]
    # spacings within 1 % are equal: headers round them
    axis = max(range(3), key=lambda k: (spacing[k] > 0.99 * max(spacing), -values.shape[k]))
    values = np.moveaxis(values, axis, 0)
    # in LPS z grows towards the head, while slices and rows are shown from head to foot
    values = values[::-1] if PLANES[axis] == "axial" else values[:, ::-1]
    rows, columns = (spacing[k] for k in range(3) if k != axis)
    return Slices(PLANES[axis], values, (rows, columns), window)


def thumbnail(slices: Slices) -> np.ndarray:
    """The middle slice: uint8, square pixels, longest side 160."""
    return slice_picture(slices, len(slices.values) // 2, THUMBNAIL_SIDE)


def montage(slices: Slices) -> np.ndarray:
    """Up to twelve evenly spaced slices in rows of four: uint8, square pixels, longest side of each 220."""
    count = min(len(slices.values), MONTAGE_SLICES)
    chosen = np.linspace(0, len(slices.values) - 1, count).round().astype(int)
    cells = [slice_picture(slices, index, MONTAGE_SIDE) for index in chosen]
    height, width = cells[0].shape
    columns = min(count, MONTAGE_COLUMNS)
    grid = np.zeros((-(-count // columns) * height, columns * width), np.uint8)
    for position, cell in enumerate(cells):
        top, left = position // columns * height, position % columns * width
        grid[top : top + height, left : left + width] = cell
    return grid


def slice_picture(slices: Slices, index: int, side: int) -> np.ndarray:
    """One slice in grey: uint8, square pixels, longest side `side`.

    Values that are not finite, and everything in an image of one value, are black.
    """
    values, (low, high) = slices.values[index], slices.window
    finite = np.isfinite(values)
    scaled = (np.where(finite, values, low) - low) * (255 / (high - low) if high > low else 0)
    grey = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    lengths = np.array(grey.shape) * slices.spacing
    rows, columns = np.maximum(1, np.rint(side * lengths / lengths.max())).astype(int)
    return np.asarray(Image.fromarray(grey).resize((columns, rows), Image.Resampling.BICUBIC))


def write_previews(image: sitk.Image, folder: str | Path, stem: str, modality: str = "") -> dict[str, object]:
    """Write `{stem}_thumb.jpg` and `{stem}_montage.jpg`.

    Returns:
        'plane' of the slices, and under 'thumb' and 'montage' the file's name ('path') and 'sha256'.
    """
    slices = slices_for_display(image, modality)
    written: dict[str, object] = {"plane": slices.plane}
    for kind, picture in (("thumb", thumbnail(slices)), ("montage", montage(slices))):
        path = Path(folder) / f"{stem}_{kind}.jpg"
        write_picture(picture, path)
        written[kind] = {"path": path.name, "sha256": file_sha256(path)}
    return written


def write_picture(picture: np.ndarray, path: str | Path) -> None:
    """Write a grey picture atomically; the suffix says whether JPEG or PNG. Same picture, same bytes."""
    with atomic_path(path) as temporary:
        Image.fromarray(picture).save(temporary, quality=JPEG_QUALITY)


def _window(values: np.ndarray) -> tuple[float, float]:
    """Percentiles of the finite values; their extremes where the percentiles are equal (a small bright object)."""
    step = max(1, values.size // VOXELS_LOOKED_AT)
    while math.gcd(step, values.shape[-1]) > 1:  # else some columns would never be looked at
        step += 1
    seen = values.reshape(-1)[::step]
    seen = seen[np.isfinite(seen)]
    if seen.size == 0:
        return 0.0, 0.0
    low, high = np.percentile(seen, MR_WINDOW)
    return (float(low), float(high)) if high > low else (float(seen.min()), float(seen.max()))
