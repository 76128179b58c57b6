"""The front wall of the spinal canal as a coordinate system: depth behind it and level along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from osteon.phantom.column import Column

EXTENT = 180.0  # mm from the origin to each side
STEP = 2.0  # mm; both maps are nearly linear, so a coarse grid is enough


@dataclass(frozen=True)
class CanalMap:
    """Maps over the sagittal plane (posterior, superior), square, STEP mm.

    `behind` is the signed distance to the posterior walls of the bodies in mm (positive in the canal and the
    back); `level` is the continuous level, whole numbers at the middles of the bodies, growing downwards.
    """

    behind: np.ndarray
    level: np.ndarray

    def at(self, y: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Depth behind the wall (mm) and level at points given in mm."""
        place = [(y + EXTENT) / STEP, (z + EXTENT) / STEP]
        return tuple(
            ndimage.map_coordinates(grid, place, order=1, mode="nearest", output=np.float32)
            for grid in (self.behind, self.level)
        )


def map_canal(column: Column) -> CanalMap:
    """Fit a smooth curve through the posterior walls and measure every point of the plane against it."""
    path, path_level = _wall(column)
    axis = np.arange(-EXTENT, EXTENT + STEP / 2, STEP)
    y, z = np.meshgrid(axis, axis, indexing="ij")
    points = np.stack([y.ravel(), z.ravel()], axis=1)
    distance, nearest = cKDTree(path).query(points)
    downwards = np.gradient(path, axis=0)
    normal = np.stack([-downwards[:, 1], downwards[:, 0]], axis=1)  # points to the back
    is_behind = ((points - path[nearest]) * normal[nearest]).sum(axis=1) >= 0
    behind = np.where(is_behind, distance, -distance).reshape(y.shape)
    level = path_level[nearest].reshape(y.shape)
    return CanalMap(*(ndimage.gaussian_filter(grid.astype(np.float32), 0.6) for grid in (behind, level)))


def _wall(column: Column) -> tuple[np.ndarray, np.ndarray]:
    """Points every fraction of a millimetre along the canal's front wall, and the level at each."""
    share = 0.46  # of the body's height, above and below its middle
    knots, levels = [], []
    for i in range(column.levels):
        wall = column.center[i] + column.posterior[i] * (column.half_depth[i] + 0.2)
        for side in (share, -share):
            knots.append(wall + column.superior[i] * column.height[i] * side)
            levels.append(i - side)
    # Straight on beyond both ends, so that every image lies within the map.
    knots = [knots[0] + 3 * (knots[0] - knots[1]), *knots, knots[-1] + 4 * (knots[-1] - knots[-2])]
    levels = [levels[0] - 3, *levels, levels[-1] + 4]
    knots = np.array(knots)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    along = np.linspace(0, length[-1], 1600)
    path = ndimage.gaussian_filter1d(CubicSpline(length, knots)(along), 12, axis=0, mode="nearest")
    return path, np.interp(along, length, levels)
