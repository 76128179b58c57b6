"""Where the slices lie, and the patient's own coordinates at their pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from osteon.phantom.anatomy import WARP_GRID, Anatomy
from osteon.phantom.random_fields import sample

COARSE_STEP = 4.5  # mm; the coordinates are smooth, so they are computed on this grid and interpolated


@dataclass(frozen=True)
class SliceStack:
    """Parallel square slices in LPS millimetres; `rotation` is (3, 3), `middle` the middle of the stack.

    Columns run to the back, rows downwards, slices to the left: the directions form a right-handed system.
    """

    pixels: int
    pixel_spacing: float
    slices: int
    slice_spacing: float
    rotation: np.ndarray
    middle: np.ndarray

    @property
    def row_direction(self) -> np.ndarray:
        """Direction in which the column index grows."""
        return self.rotation @ np.array([0.0, 1.0, 0.0])

    @property
    def column_direction(self) -> np.ndarray:
        """Direction in which the row index grows."""
        return self.rotation @ np.array([0.0, 0.0, -1.0])

    @property
    def normal(self) -> np.ndarray:
        """Direction in which the slice index grows."""
        return np.cross(self.row_direction, self.column_direction)

    def position(self, index: int) -> np.ndarray:
        """Middle of the first pixel of a slice (ImagePositionPatient), mm."""
        return self.corner(index, 0.0, self.pixels)

    def corner(self, index: int, offset: float, pixels: int) -> np.ndarray:
        """Middle of the first pixel if the slice, moved by `offset` mm along the normal, had `pixels` per side."""
        side = self.pixels * self.pixel_spacing
        to_corner = (self.row_direction + self.column_direction) * (side - side / pixels) / 2
        along = (index - (self.slices - 1) / 2) * self.slice_spacing + offset
        return self.middle + self.normal * along - to_corner

    def planes(self, index: int, offsets: tuple[float, ...], pixels: int) -> Planes:
        """The planes at `offsets` mm around a slice, with `pixels` per side."""
        step = self.pixels * self.pixel_spacing / pixels
        corners = np.array([self.corner(index, offset, pixels) for offset in offsets])
        count = len(offsets)
        return Planes(
            corners,
            np.tile(self.row_direction * step, (count, 1)),
            np.tile(self.column_direction * step, (count, 1)),
            pixels,
        )


@dataclass(frozen=True)
class Planes:
    """Square planes: first pixels and steps per column and per row, each (planes, 3) in mm."""

    corner: np.ndarray
    per_column: np.ndarray
    per_row: np.ndarray
    pixels: int


@dataclass(frozen=True)
class Points:
    """Coordinates of all pixels, flat, float32; `shape` is (planes, rows, columns).

    x is mm to the left of the column's middle, y and z are mm to the back and up from L3, `behind` is mm
    behind the front wall of the canal, `level` the continuous level.
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    behind: np.ndarray
    level: np.ndarray
    shape: tuple[int, int, int]

    def subset(self, index: np.ndarray | slice) -> Points:
        """The points of a flat index, as one row."""
        x = self.x[index]
        return Points(x, self.y[index], self.z[index], self.behind[index], self.level[index], (1, 1, x.size))

    def plane(self, number: int) -> Points:
        """The points of one plane."""
        _, rows, columns = self.shape
        points = self.subset(slice(number * rows * columns, (number + 1) * rows * columns))
        return replace(points, shape=(1, rows, columns))


def rotation(about_y: float, about_z: float) -> np.ndarray:
    """Rotation by two small angles in radians: first about the front-back axis, then about the long axis."""
    cy, sy, cz, sz = np.cos(about_y), np.sin(about_y), np.cos(about_z), np.sin(about_z)
    first = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    second = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return second @ first


def locate(planes: Planes, anatomy: Anatomy) -> Points:
    """The patient's coordinates at every pixel, with the anatomy's small irregular displacement."""
    step = float(np.linalg.norm(planes.per_column[0]))
    nodes = np.linspace(0, planes.pixels - 1, int(np.ceil((planes.pixels - 1) * step / COARSE_STEP)) + 1)
    x, y, z = (
        planes.corner[:, axis, None, None]
        + planes.per_row[:, axis, None, None] * nodes[:, None]
        + planes.per_column[:, axis, None, None] * nodes
        for axis in range(3)
    )
    place = [(coordinate / WARP_GRID) for coordinate in (x, y, z)]
    x, y, z = (coordinate + sample(field, *place) for coordinate, field in zip((x, y, z), anatomy.warp, strict=True))
    behind, level = anatomy.canal.at(y, z)
    column = anatomy.column
    x = x - np.interp(level, np.arange(column.levels), column.sideways)
    fine = [interpolate(field.astype(np.float32), nodes, planes.pixels).ravel() for field in (x, y, z, behind, level)]
    return Points(*fine, shape=(len(planes.corner), planes.pixels, planes.pixels))


def interpolate(field: np.ndarray, nodes: np.ndarray, count: int) -> np.ndarray:
    """Bilinear interpolation of (planes, nodes, nodes) to (planes, count, count) at 0, 1, ... count - 1."""
    place = np.interp(np.arange(count), nodes, np.arange(len(nodes)))
    lower = np.minimum(place.astype(int), len(nodes) - 2)
    share = (place - lower).astype(np.float32)
    rows = field[:, lower] * (1 - share)[:, None] + field[:, lower + 1] * share[:, None]
    return rows[..., lower] * (1 - share) + rows[..., lower + 1] * share


def box_average(image: np.ndarray, count: int) -> np.ndarray:
    """Square image averaged into (count, count) pixels by the overlap of the pixels' areas, float64."""
    for axis in (0, 1):
        moved = np.moveaxis(image, axis, -1)
        fine = moved.shape[-1]
        integral = np.concatenate([np.zeros((*moved.shape[:-1], 1)), np.cumsum(moved, axis=-1)], axis=-1)
        edges = np.arange(count + 1) * fine / count
        lower = np.minimum(edges.astype(int), fine - 1)
        at_edges = integral[..., lower] + (edges - lower) * moved[..., lower]
        image = np.moveaxis(np.diff(at_edges, axis=-1) * count / fine, -1, axis)
    return image
