"""Files that are there twice: identical copies are dropped, different pixels at one position are kept as a defect."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom

from osteon.ingest.header import Image
from osteon.ingest.series import Series
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
WHEN = ("TemporalPositionIdentifier", "AcquisitionNumber", "DiffusionBValue")


def without_copies(series: Series, folder: Path) -> tuple[Series, list[dict]]:
    """Drop images that repeat another one of the series: same place, same pixels, with or without the same UID.

    Files are opened only where two share a position, so a clean series costs nothing. Images with different
    pixels at one position stay, for the geometry checks to refuse.

    Args:
        series: a series.
        folder: the case's folder, to which the images' paths are relative.

    Returns:
        The series without copies, and a note that names them.
    """
    places: dict[tuple, list[Image]] = defaultdict(list)
    for image in series.images:
        places[_place(image)].append(image)
    copies: list[str] = []
    for members in places.values():
        kept: list[Image] = []
        for image in members:
            if any(_same_pixels(image, other, folder) for other in kept):
                copies.append(image.file)
            else:
                kept.append(image)
    if not copies:
        return series, []
    images = tuple(image for image in series.images if image.file not in copies)
    return replace(series, images=images), [
        finding(
            Reason.SLICE_COPIED,
            "note",
            f"{len(copies)} identical copies of images were left out",
            len(copies),
            sorted(copies),
        )
    ]


def _place(image: Image) -> tuple:
    """Where and when: two time points of a slice without signal have the same pixels, and are no copies."""
    when = tuple(image.tags.get(keyword) for keyword in WHEN)
    return when, tuple(
        (tuple(np.round(frame.position or (), 2)), tuple(np.round(frame.orientation or (), 3)))
        for frame in image.frames
    )


def _same_pixels(one: Image, other: Image, folder: Path) -> bool:
    first, second = (pydicom.dcmread(folder / image.file, force=True) for image in (one, other))
    if one.transfer_syntax == other.transfer_syntax:
        return all(first.get(keyword) == second.get(keyword) for keyword in PIXELS)
    try:
        return np.array_equal(first.pixel_array, second.pixel_array)
    except Exception:  # what cannot be decoded cannot be shown to be equal; decoders raise many kinds of errors
        return False
