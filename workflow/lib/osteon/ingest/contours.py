"""RTSTRUCT contours as voxels of an image's grid."""

from __future__ import annotations

import warnings
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset
from skimage.draw import polygon2mask

# A contour lies in a slice if all of its points are within this share of a slice step from the slice's plane.
IN_PLANE = 0.25


class ContoursMisplaced(ValueError):
    """The contours do not lie in slices of the image."""


@dataclass(frozen=True)
class Structure:
    """One drawn structure: its names, and closed polygons of (points, 3) LPS coordinates in mm."""

    names: tuple[str, ...]
    polygons: tuple[np.ndarray, ...]
    frame_of_reference: str


def read_structures(path: str | Path) -> list[Structure]:
    """Read the structures of an RTSTRUCT file.

    Names are ROIName (3006,0026) and, after it, ROIObservationLabel (3006,0085). Only closed planar contours count.

    Raises:
        Exception: whatever pydicom raises on a malformed file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path, force=True)
        observed = {
            int(item.ReferencedROINumber): str(item.get("ROIObservationLabel", ""))
            for item in dataset.get("RTROIObservationsSequence") or []
        }
        drawn = {int(item.ReferencedROINumber): _polygons(item) for item in dataset.get("ROIContourSequence") or []}
        return [
            Structure(
                tuple(name for name in (str(item.get("ROIName", "")), observed.get(int(item.ROINumber), "")) if name),
                drawn.get(int(item.ROINumber), ()),
                str(item.get("ReferencedFrameOfReferenceUID", "")),
            )
            for item in dataset.get("StructureSetROISequence") or []
        ]


def _polygons(item: Dataset) -> tuple[np.ndarray, ...]:
    contours = item.get("ContourSequence") or []
    return tuple(
        np.reshape(np.array(contour.ContourData, dtype=float), (-1, 3))
        for contour in contours
        if str(contour.ContourGeometricType).startswith("CLOSED_PLANAR")
    )


def fill_contours(polygons: tuple[np.ndarray, ...], image: sitk.Image) -> tuple[np.ndarray, int]:
    """Voxels whose centers lie inside the contours.

    A voxel belongs to the structure if its center does (even-odd rule); where one contour of a slice lies inside
    another, it is a hole. Contours that cross are joined; one that is there twice counts once. Slices may lie along
    any axis of the stored image.

    Args:
        polygons: closed polygons of (points, 3) LPS coordinates, mm.
        image: the image whose grid is filled.

    Returns:
        Boolean array in SimpleITK's order (z, y, x), and the number of pairs of contours that cross.

    Raises:
        ContoursMisplaced: a contour lies outside the image, between its slices, or oblique to them.

    Verified against: the masks that the IBSI ships with two soft-tissue sarcoma patients (identical, Dice 1).
    """
    size = np.array(image.GetSize())
    filled = np.zeros(size, dtype=bool)
    drawn: dict[tuple[int, int], list[np.ndarray]] = defaultdict(list)
    steps = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    for polygon in polygons:
        points = np.linalg.solve(steps, (polygon - np.array(image.GetOrigin())).T).T
        axis = int(np.argmin(np.ptp(points, axis=0)))
        height = points[:, axis].mean()
        level = round(height)
        if np.abs(points[:, axis] - level).max() > IN_PLANE:
            raise ContoursMisplaced(f"a contour lies at slice {height:.2f}, which is not in a slice of the image")
        across = [other for other in range(3) if other != axis]
        within = (points[:, across] > -1).all() and (points[:, across] < size[across]).all()
        if not 0 <= level < size[axis] or not within:
            raise ContoursMisplaced("a contour lies outside the image")
        inside = polygon2mask(tuple(size[across]), points[:, across])
        if not any(np.array_equal(inside, other) for other in drawn[axis, level]):
            drawn[axis, level].append(inside)
    crossings = 0
    for (axis, level), areas in drawn.items():
        window = tuple(level if other == axis else slice(None) for other in range(3))
        filled[window] ^= np.logical_xor.reduce(areas)
        for one, other in combinations(areas, 2):
            shared = one & other
            if 0 < np.count_nonzero(shared) < min(np.count_nonzero(one), np.count_nonzero(other)):
                filled[window] |= shared
                crossings += 1
    return filled.transpose(), crossings
