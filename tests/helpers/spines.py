"""Columns of boxes as masks of vertebrae, each case a little different; and their status files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from osteon.images.io import write_image
from osteon.segmentation.quality import describe
from osteon.tables.status import CaseStatus

LABELS = {"L1": 1, "L2": 2, "L3": 3}
SPACING = (1.5, 1.5, 4.0)
SAGITTAL = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
"""Rows run from head to foot, columns from front to back, slices from right to left."""


def spine(number: int) -> np.ndarray:
    """Mask (slice, row, column) of a case; number 0, 1, ... draws its size and place."""
    random = np.random.default_rng([77, number])
    array = np.zeros((12, 96, 64), np.uint8)
    top, size = 18 + random.integers(-1, 2), 14 + random.integers(-1, 3)
    for label in LABELS.values():
        start = top + (label - 1) * (size + 8)
        array[3:9, start : start + size + random.integers(0, 2), 20 : 36 + random.integers(-1, 3)] = label
    return array


def as_image(array: np.ndarray) -> sitk.Image:
    """An array on the grid of these cases."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(SPACING)
    image.SetDirection(SAGITTAL)
    return image


def picture_of(array: np.ndarray) -> sitk.Image:
    """An image in which bodies are brighter than what is around them."""
    return as_image((40 + 100 * (array > 0)).astype(np.int16))


def segmented(array: np.ndarray, center: str, subject: str, disagreement=None, source="predicted") -> CaseStatus:
    """Status of the segmentation stage with the numbers of a mask."""
    labels = describe(as_image(array), picture_of(array), LABELS)
    extra = {"source": source, "quality": {"labels": labels, "disagreement": disagreement}}
    return CaseStatus(center, subject, "segment", files={"mask": {"path": "mask.nii.gz", "sha256": ""}}, extra=extra)


def cohort(count: int, center: str = "A") -> list[CaseStatus]:
    """That many normal cases."""
    return [segmented(spine(number), center, f"{center}{number}") for number in range(count)]


def save(array: np.ndarray, path: Path, spacing=SPACING) -> Path:
    """Write an array as an image."""
    image = sitk.GetImageFromArray(array.astype(np.uint8))
    image.SetSpacing(spacing)
    write_image(image, path)
    return path
