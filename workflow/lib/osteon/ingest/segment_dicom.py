"""DICOM segmentations (SEG): frames put where their headers say, since empty ones are often left out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset

from osteon.images.segments import MaskRefused, Segment
from osteon.tables.reasons import Reason

SEGMENTATION, LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"
"""SOP classes: Segmentation Storage (binary, fractional) and Label Map Segmentation Storage."""

# Frames lie in slices of the image if none is further from one than this share of the distance between slices.
IN_PLANE = 0.02
# Frames of a fractional segmentation count from this share of the largest value on.
HALF = 0.5
# Frames are parallel (parts of unit vectors), one behind the other (pixel edges) and at regular distances (planes)
# within these tolerances; so are the frames and the slices of the image (1 - cosine).
PARALLEL, BEHIND, REGULAR, SAME_NORMAL = 1e-3, 0.1, 0.1, 1e-6
# Frames of one plane differ by rounding only, mm.
SAME_PLANE = 0.01
# More planes than this are an error in the positions, not a patient.
MOST_PLANES = 5000


@dataclass(frozen=True)
class Segmentation:
    """The segments of a SEG file on the file's own grid, and what the file says it was drawn on."""

    grid: sitk.Image
    segments: list[Segment]
    frame_of_reference: str
    series_uids: tuple[str, ...]


@dataclass(frozen=True)
class _Planes:
    """Frames as planes of one stack: directions (3, 3) of column index, row index and plane, steps in mm, the
    position of the first pixel of the first plane, and each frame's plane."""

    directions: np.ndarray
    steps: np.ndarray
    origin: np.ndarray
    levels: np.ndarray


def read_segmentation(path: Path, image: sitk.Image) -> Segmentation:
    """Read a SEG file.

    Each frame comes to lie in the plane that its ImagePositionPatient names: in a slice of the image where the
    frames lie in slices of the image, else in a stack of the file's own spacing. Planes without a frame are empty.
    Fractional frames count from half of MaximumFractionalValue on.

    Args:
        path: the file.
        image: the image that the mask is for.

    Returns:
        The segments, named by SegmentLabel, SegmentDescription and TrackingID.

    Raises:
        MaskRefused: the frames have no position, differ in orientation, or form no regular stack; or pydicom cannot
            read the file.

    Source: DICOM PS3.3, C.8.20 and C.7.6.16. Verified against: files written by highdicom, and its `get_volume`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom warns of every value that strays from the standard
            dataset = pydicom.dcmread(path, force=True)
            pixels = np.reshape(dataset.pixel_array, (-1, dataset.Rows, dataset.Columns))
            planes = _planes(dataset, image)
            return Segmentation(
                _grid(planes, pixels.shape[1:]),
                _segments(dataset, pixels, planes.levels),
                str(dataset.get("FrameOfReferenceUID", "")),
                tuple(str(item.SeriesInstanceUID) for item in dataset.get("ReferencedSeriesSequence") or []),
            )
    except MaskRefused:
        raise
    except Exception as error:  # a malformed file can raise anything inside the reader
        raise MaskRefused(Reason.MASK_UNREADABLE, f"cannot be read as DICOM SEG: {error}") from error


def _segments(dataset: Dataset, pixels: np.ndarray, levels: np.ndarray) -> list[Segment]:
    kind = str(dataset.get("SegmentationType", "BINARY"))
    least = HALF * float(dataset.MaximumFractionalValue) if kind == "FRACTIONAL" else 1
    said = _items(dataset, "SegmentIdentificationSequence")
    of_frame = None if kind == "LABELMAP" else np.array([int(item.ReferencedSegmentNumber) for item in said])
    segments = []
    for item in dataset.SegmentSequence:
        number = int(item.SegmentNumber)
        if kind == "LABELMAP" and number == 0:  # the background may have a description
            continue
        inside = np.zeros((levels.max() + 1, *pixels.shape[1:]), dtype=bool)
        for frame in range(len(pixels)) if of_frame is None else np.flatnonzero(of_frame == number):
            drawn = pixels[frame] == number if of_frame is None else pixels[frame] >= least
            inside[levels[frame]] |= drawn
        names = [str(item.get(key) or "") for key in ("SegmentLabel", "SegmentDescription", "TrackingID")]
        segments.append(Segment(tuple(filter(None, names)), inside))
    return segments


def _planes(dataset: Dataset, image: sitk.Image) -> _Planes:
    positions = _of_frames(dataset, "PlanePositionSequence", "ImagePositionPatient")
    orientations = _of_frames(dataset, "PlaneOrientationSequence", "ImageOrientationPatient")
    spacing = _of_frames(dataset, "PixelMeasuresSequence", "PixelSpacing")
    if np.ptp(orientations, axis=0).max() > PARALLEL or np.ptp(spacing, axis=0).max() > PARALLEL:
        raise MaskRefused(Reason.MASK_GRID, "the frames differ in orientation or pixel spacing")
    along_row, along_column = orientations[0, :3], orientations[0, 3:]
    normal = np.cross(along_row, along_column)
    heights = positions @ normal
    drift = positions - positions[0] - np.outer(heights - heights[0], normal)
    if np.abs(drift).max() > BEHIND * spacing.min():
        raise MaskRefused(Reason.MASK_GRID, "the frames are shifted against each other within their plane")
    start, step = _stack(heights, normal, image, _measures(dataset))
    levels = np.rint((heights - start) / step).astype(int)
    if levels.max() >= MOST_PLANES:
        raise MaskRefused(Reason.MASK_GRID, f"the frames span {levels.max() + 1} planes of {step:g} mm")
    return _Planes(
        np.stack([along_row, along_column, normal], axis=1),
        np.array([spacing[0, 1], spacing[0, 0], step]),
        positions[0] + (start - heights[0]) * normal,
        levels,
    )


def _stack(heights: np.ndarray, normal: np.ndarray, image: sitk.Image, measures: Dataset) -> tuple[float, float]:
    """Height of the lowest plane along the normal, and the distance between planes, mm."""
    directions = np.reshape(image.GetDirection(), (3, 3))
    axis = int(np.argmax(np.abs(normal @ directions)))
    if abs(normal @ directions[:, axis]) > 1 - SAME_NORMAL:
        step = image.GetSpacing()[axis]
        first = np.array(image.GetOrigin()) @ normal
        level = (heights - first) / step
        if np.abs(level - np.rint(level)).max() <= IN_PLANE:
            return first + step * np.rint(level).min(), step
    gaps = np.diff(np.sort(heights))
    gaps = gaps[gaps > SAME_PLANE]
    said = [measures.get(keyword) for keyword in ("SpacingBetweenSlices", "SliceThickness")]
    # the thickness is no distance; it stands in for one where there is a single plane
    for step in filter(None, [gaps.min(), said[0]] if len(gaps) else said):
        level = (heights - heights.min()) / float(step)
        if step > 0 and np.abs(level - np.rint(level)).max() <= REGULAR:
            return float(heights.min()), float(step)
    raise MaskRefused(Reason.MASK_GRID, "the frames do not lie at regular distances")


def _measures(dataset: Dataset) -> Dataset:
    items = _items(dataset, "PixelMeasuresSequence")
    return items[0] if items else Dataset()


def _grid(planes: _Planes, shape: tuple[int, ...]) -> sitk.Image:
    rows, columns = shape
    grid = sitk.Image(columns, rows, int(planes.levels.max()) + 1, sitk.sitkUInt8)
    grid.SetDirection(planes.directions.ravel().tolist())
    grid.SetSpacing(planes.steps.tolist())
    grid.SetOrigin(planes.origin.tolist())
    return grid


def _of_frames(dataset: Dataset, group: str, keyword: str) -> np.ndarray:
    """One value per frame, shape (frames, n), from the frame's own groups or the shared ones."""
    items = _items(dataset, group)
    if len(items) < len(_groups(dataset)) or any(keyword not in item for item in items):
        raise MaskRefused(Reason.MASK_GRID, f"the frames have no {keyword}")
    return np.array([item[keyword].value for item in items], dtype=float)


def _items(dataset: Dataset, group: str) -> list[Dataset]:
    """One item per frame: the frame's own, or the shared one, into which what is the same for all frames may move."""
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    found = [(frame.get(group) or shared.get(group) or [None])[0] for frame in _groups(dataset)]
    return [item for item in found if item is not None]


def _groups(dataset: Dataset) -> list[Dataset]:
    return list(dataset.PerFrameFunctionalGroupsSequence)
