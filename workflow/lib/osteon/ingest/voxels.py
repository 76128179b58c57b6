"""The converted voxels against a second reader: what pydicom decodes from the very files, rescaled by their headers.

A converter can close holes, scale twice or swap bytes with a return code of 0, so its numbers are not taken on trust.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from osteon.ingest.convert import axes_between
from osteon.ingest.elements import get, item, numbers
from osteon.ingest.enhanced import PER_FRAME, SHARED
from osteon.ingest.header import Frame, Image
from osteon.ingest.stage import SyntaxUnreadable
from osteon.ingest.volume import Volume
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

# Rescaling in 32-bit reals rounds three times at most: slope, product and sum.
ROUNDING = 2.0**-21
# A fitted scale is itself found from rounded values.
FIT_ROUNDING = 1e-5

PHILIPS_BLOCKS = (0x10, 0x11, 0x12, 0x13, 0x14, 0x15)
PHILIPS_CREATOR, PHILIPS_GROUP = "Philips MR Imaging DD 00", 0x2005
PIXELS = (
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "RescaleSlope",
    "RescaleIntercept",
    SHARED,
    PER_FRAME,
    "PixelData",
    "FloatPixelData",
    "DoubleFloatPixelData",
)
READ = [tag_for_keyword(keyword) for keyword in PIXELS] + [
    (PHILIPS_GROUP << 16) + element
    for block in PHILIPS_BLOCKS
    for element in (block, (block << 8) + 0x0E, (block << 8) + 0x0F)
]


class VoxelsDiffer(ValueError):
    """The converted voxels are not those of the files."""


@dataclass(frozen=True)
class Reading:
    """One slice as the second reader finds it: stored values (rows, columns), and how its header scales them.

    `philips` is Philips' scale slope (2005,100E), or None.
    """

    stored: np.ndarray
    slope: float
    intercept: float
    philips: float | None

    def values(self, precise: bool) -> tuple[np.ndarray, float]:
        """The rescaled values, and by how much rounding may change them.

        `precise` gives Philips' value that does not depend on the display, (stored x slope + intercept) /
        (slope x scale slope) (Chenevert et al. 2014, doi:10.1016/j.tranon.2014.05.005).
        """
        slope, intercept = self.slope, self.intercept
        if precise:
            slope, intercept = 1 / self.philips, self.intercept / (self.slope * self.philips)
        if slope == 1 and intercept == 0:
            return self.stored, 0.0
        values = self.stored * np.float64(slope) + intercept
        largest = max(abs(float(self.stored.max())), abs(float(self.stored.min()))) * abs(slope) + abs(intercept)
        return values, ROUNDING * largest


def compare_voxels(volume: Volume, folder: Path, image: sitk.Image) -> list[dict]:
    """Compare a converted image with what pydicom decodes from the volume's files.

    Args:
        volume: the checked volume; its stack says which frame lies where.
        folder: the case's folder, to which the files' paths are relative.
        image: the converted image, in any order and direction of the axes.

    Returns:
        A finding for review if all voxels differ by one positive scale and one offset, a note if Philips' precise
        values could not be had; else none.

    Raises:
        VoxelsDiffer: any other difference.
        SyntaxUnreadable: pydicom cannot decode the files.

    Verified against: the series of six vendors in eight transfer syntaxes that dicom2nifti's test data hold; images
    with one voxel changed, two slices swapped, a flipped axis and a wrong scale are refused.
    """
    slices = _image_slices(volume, image)
    plain = precise = True
    reading = None
    for index, reading in enumerate(second_readings(volume, folder)):
        plain = plain and _equal(slices[index], reading, precise=False)
        precise = precise and reading.philips is not None and _equal(slices[index], reading, precise=True)
        if not (plain or precise):
            return _one_scale(volume, folder, slices)
    if reading is not None and not precise and reading.philips is not None:
        message = "the intensities are Philips' display values; the scales of the frames differ"
        return [finding(Reason.INTENSITY_SCALE, "note", message)]
    return []


def repeated_slices(volume: Volume, image: sitk.Image) -> list[dict]:
    """A finding for review if neighbouring slices have the same voxels, as where an archive sent one for the other.

    Slices of one value are left out: beyond the coil there may be no signal.
    """
    slices = _image_slices(volume, image)
    same = [
        i
        for i in range(1, len(slices))
        if np.array_equal(slices[i - 1], slices[i]) and slices[i].min() < slices[i].max()
    ]
    if not same:
        return []
    files = sorted({volume.slices[i + offset][0].file for i in same for offset in (-1, 0)})
    message = f"{len(same)} slices have the same pixels as their neighbour, at another position"
    return [finding(Reason.SLICE_COPIED, "review", message, len(same), files)]


def second_readings(volume: Volume, folder: Path) -> Iterator[Reading]:
    """Read the slices of a volume with pydicom, in the order of its stack; each file is opened once in a row.

    Raises:
        SyntaxUnreadable: pydicom cannot decode a file.
        VoxelsDiffer: a file decodes to fewer frames than its header has.
    """
    file, dataset, decoded = "", Dataset(), np.empty(0)
    for image, frame in volume.slices:
        if image.file != file:
            file = image.file
            dataset, decoded = _decoded(folder / image.file, image)
        if image.tiles == 1 and frame.index >= len(decoded):
            raise VoxelsDiffer(f"{file}: frame {frame.index + 1} is not among the {len(decoded)} that can be decoded")
        yield _reading(dataset, decoded, image, frame)


def _decoded(path: Path, image: Image) -> tuple[Dataset, np.ndarray]:
    """The header and the stored values (frames, rows, columns)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom warns of padding and of values that stray from the standard
            dataset = pydicom.dcmread(path, force=True, specific_tags=READ)
            if "TransferSyntaxUID" not in dataset.file_meta:
                implicit = dataset.original_encoding[0]
                dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
            stored = dataset.pixel_array
    except FileNotFoundError:
        raise
    except Exception as error:  # decoders raise many kinds of errors
        raise SyntaxUnreadable(image, error) from error
    return dataset, stored if stored.ndim > 2 else stored[np.newaxis]


def _reading(dataset: Dataset, decoded: np.ndarray, image: Image, frame: Frame) -> Reading:
    per_frame = dataset.get(PER_FRAME) or []
    groups = [dataset, item(dataset, SHARED), *([per_frame[frame.index]] if frame.index < len(per_frame) else [])]
    if image.tiles > 1:
        rows, columns = (size // image.tiles for size in decoded.shape[1:3])
        down, across = divmod(frame.index, image.tiles)
        stored = decoded[0, down * rows : (down + 1) * rows, across * columns : (across + 1) * columns]
    else:
        stored = decoded[frame.index]
    slope = intercept = philips = None
    for group in groups:  # a frame's own scale counts more than that of all frames
        transformation = group if group is dataset else item(group, "PixelValueTransformationSequence")
        slope = _number(transformation, "RescaleSlope", slope)
        intercept = _number(transformation, "RescaleIntercept", intercept)
        philips = _philips_scale(group) or philips
    return Reading(stored, 1.0 if slope is None else slope, intercept or 0.0, philips if slope != 0 else None)


def _number(dataset: Dataset, keyword: str, otherwise: float | None) -> float | None:
    value = get(dataset, keyword, numbers)
    return value if isinstance(value, float) else otherwise


def _philips_scale(group: Dataset) -> float | None:
    """Philips' scale slope, at the top or, in enhanced files, in each frame's private item (2005,140F)."""
    for block in PHILIPS_BLOCKS:
        owner = group.get((PHILIPS_GROUP, block))
        if owner is None or not str(owner.value).startswith(PHILIPS_CREATOR):
            continue
        try:
            found = group.get((PHILIPS_GROUP, (block << 8) + 0x0E))
            if found is not None and float(found.value) > 0:
                return float(found.value)
            inner = group.get((PHILIPS_GROUP, (block << 8) + 0x0F))
            if inner is not None and len(inner.value):
                return _philips_scale(inner.value[0])
        except (TypeError, ValueError):
            continue
    return None


def _image_slices(volume: Volume, image: sitk.Image) -> np.ndarray:
    """The image's voxels (slice, row, column) along the stack's axes, without a copy."""
    axes = axes_between(volume.stack, image)
    view = sitk.GetArrayViewFromImage(image).transpose(2, 1, 0)
    view = view.transpose([int(np.flatnonzero(line)[0]) for line in axes])
    flips = tuple(slice(None, None, -1) if line.sum() < 0 else slice(None) for line in axes)
    return view[flips].transpose(2, 1, 0)


def _equal(ours: np.ndarray, reading: Reading, *, precise: bool) -> bool:
    values, rounding = reading.values(precise)
    if values.shape != ours.shape:
        return False
    if not rounding:
        return np.array_equal(ours, values)
    return bool(np.abs(ours - values).max() <= rounding)


def _one_scale(volume: Volume, folder: Path, slices: np.ndarray) -> list[dict]:
    """A finding if one positive scale and one offset make the headers' values the image's, else `VoxelsDiffer`."""
    values = [reading.values(precise=False)[0] for reading in second_readings(volume, folder)]
    if any(value.shape != slices.shape[1:] for value in values):
        raise VoxelsDiffer("the second reader finds another matrix or color")
    theirs, ours = np.stack(values).astype(float), slices.astype(float)
    low, high = np.unravel_index(theirs.argmin(), theirs.shape), np.unravel_index(theirs.argmax(), theirs.shape)
    extent = theirs[high] - theirs[low]
    scale = (ours[high] - ours[low]) / extent if extent else 0.0
    offset = ours[low] - scale * theirs[low]
    apart = np.abs(ours - (scale * theirs + offset))
    if not scale > 0 or apart.max() > FIT_ROUNDING * scale * extent:
        wrong = np.flatnonzero((np.abs(ours - theirs) > FIT_ROUNDING * max(extent, 1e-30)).any(axis=(1, 2)))
        raise VoxelsDiffer(f"{len(wrong)} of {len(values)} slices differ from what a second reader finds in the files")
    message = f"the converted intensities are {scale:.6g} x the headers' values + {offset:.6g}"
    return [finding(Reason.INTENSITY_SCALE, "review", message, round(float(scale), 6))]
