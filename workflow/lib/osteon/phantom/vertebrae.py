"""Discs, posterior elements and vertebral bodies as implicit surfaces, painted into a tissue map.

Every part works in the level's own axes: u to the back, w up, x to the left, mm from the body's middle.
Distances are negative inside.
"""

from __future__ import annotations

import numpy as np

from osteon.phantom.anatomy import Anatomy
from osteon.phantom.canvas import TissueMap
from osteon.phantom.column import Column
from osteon.phantom.geometry import Points
from osteon.phantom.parameters import Tissue
from osteon.phantom.random_fields import sample

CORTEX_THICKNESS = 0.75


def rounded_box(radius: float, *beyond: np.ndarray) -> np.ndarray:
    """Signed distance to a box with rounded edges; `beyond` is how far a point lies beyond each pair of faces."""
    inner = np.maximum.reduce(beyond) + radius
    outer = np.sqrt(sum(np.maximum(b + radius, 0) ** 2 for b in beyond))
    return np.minimum(inner, 0) + outer - radius


def smooth_union(a: np.ndarray, b: np.ndarray, blend: float) -> np.ndarray:
    """Union of two distances with a rounded seam of `blend` mm (polynomial smooth minimum, Quilez)."""
    share = np.clip(0.5 + 0.5 * (b - a) / blend, 0, 1)
    return b * (1 - share) + a * share - blend * share * (1 - share)


def superellipse(u: np.ndarray, x: np.ndarray, exponent: float | np.ndarray) -> np.ndarray:
    """Radius of a superellipse with unit half axes; 1 on its edge."""
    return (np.abs(u) ** exponent + np.abs(x) ** exponent) ** (1 / exponent)


def _local(at: Points, origin: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Axes of a level: u to the back, w up."""
    y, z = at.y - np.float32(origin[0]), at.z - np.float32(origin[1])
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return y * cosine + z * sine, z * cosine - y * sine


def paint_discs(canvas: TissueMap, points: Points, anatomy: Anatomy) -> None:
    """Discs with nucleus, cleft, annulus and bulge; thick enough to reach the bodies painted over them."""
    column = anatomy.column
    near = np.flatnonzero((points.behind > -50) & (points.behind < 8) & (np.abs(points.x) < 32))
    spine = points.subset(near)
    for i in range(column.levels - 1):
        chosen = np.flatnonzero(np.abs(spine.level - (i + 0.5)) < 0.8)
        index, at = near[chosen], spine.subset(chosen)
        below_upper = column.center[i] - column.superior[i] * column.height[i] / 2
        above_lower = column.center[i + 1] + column.superior[i + 1] * column.height[i + 1] / 2
        u, w = _local(at, (below_upper + above_lower) / 2, (column.angle[i] + column.angle[i + 1]) / 2)
        half_depth = (column.half_depth[i] + column.half_depth[i + 1]) / 2
        half_width = (column.half_width[i] + column.half_width[i + 1]) / 2
        bulge, height = column.disc_bulge[i], column.disc_height[i]
        reach = np.where(u > 0, half_depth + bulge, half_depth + 0.3 + 0.5 * bulge)
        radius = superellipse(u / reach, at.x / (half_width + 0.8), 2.6)
        inside = (radius < 1) & (np.abs(w) < height / 2 + 3.5)
        nucleus = np.clip((0.86 - np.hypot(radius, 0.775 * w / (0.75 * height))) / 0.32, 0, 1)
        nucleus = nucleus**2 * (3 - 2 * nucleus)
        cleft = 1 - 0.35 * np.exp(-((w / 1.2) ** 2)) * np.clip(1 - 1.6 * radius, 0, 1)
        hydration = column.disc_hydration[i] * nucleus * cleft * (1 if i < column.first_sacral else 0.2)
        canvas.fill(index[inside], Tissue.DISC, 0)
        canvas.hydration[index[inside]] = hydration[inside]
        canvas.fill(index[inside & (radius > 0.93)], Tissue.CORTEX, 0)  # outer annulus


def pedicles(
    u: np.ndarray, w: np.ndarray, aside: np.ndarray, half_depth: float, height: float, canal_half_width: float
) -> np.ndarray:
    """Distance to both pedicles: ellipses beside the canal, extruded backwards."""
    across = np.hypot((w - 0.19 * height) / 1.5, aside - canal_half_width - 4.2) - 4.8
    return np.maximum(across, np.abs(u - half_depth - 4) - 12)


def _posterior_distance(u: np.ndarray, w: np.ndarray, aside: np.ndarray, level: int, anatomy: Anatomy) -> np.ndarray:
    """Distance to spinous process, laminae, pedicles and articular processes of one vertebra."""
    column, build = anatomy.column, anatomy.build
    half_depth, height = column.half_depth[level], column.height[level]
    lumbar_from = 3
    start = half_depth + build.canal_depth + 4.5
    length = (24 + 5 * (level > lumbar_from)) * build.back_depth / 40
    along = (u - start) / length
    droop = 0.55 if level < lumbar_from else 0.20  # thoracic processes point further down
    tilt = -0.36 * height - droop * np.maximum(u - start, 0)
    half_height = (6 + 4.2 * np.clip(along, 0, 1) ** 0.7) * (height / 27)
    spinous = rounded_box(2.4, (np.abs(along - 0.5) - 0.5) * length, np.abs(w - tilt) - half_height, aside - 4.4)
    lamina = rounded_box(
        2.4,
        np.abs(u - (half_depth + build.canal_depth + 2.5 - 0.16 * w)) - 3.4,
        np.abs(w + 0.38 * height) - 0.34 * height,
        aside - 15,
    )
    pedicle = pedicles(u, w, aside, half_depth, height, build.canal_half_width)
    articular = rounded_box(
        4.0,
        np.abs(u - (half_depth + 15.5 + 0.22 * w)) - 5.6,
        np.abs(w + 0.14 * height) - 0.62 * height,
        np.abs(aside - build.canal_half_width - 5.2) - 5.8,
    )
    return smooth_union(smooth_union(spinous, lamina, 2.5), smooth_union(pedicle, articular, 3.5), 2.5)


def paint_posterior_elements(canvas: TissueMap, points: Points, anatomy: Anatomy) -> None:
    """Posterior elements of the mobile vertebrae with facet joints; fat and a root in each foramen."""
    column, build, marrow = anatomy.column, anatomy.build, anatomy.marrow
    near = np.flatnonzero((points.behind > -12) & (points.behind < 64) & (np.abs(points.x) < 30))
    spine = points.subset(near)
    for i in range(column.first_sacral):
        chosen = np.flatnonzero((spine.level > i - 0.9) & (spine.level < i + 1.8))
        index, at = near[chosen], spine.subset(chosen)
        u, w = _local(at, column.center[i], column.angle[i])
        aside, half_depth, height = np.abs(at.x), column.half_depth[i], column.height[i]
        distance = _posterior_distance(u, w, aside, i, anatomy)
        bone = distance < 0
        canvas.fill(index[bone], Tissue.POSTERIOR_ELEMENT, float(np.clip(marrow.fat_fraction + 0.06, 0.2, 0.9)))
        facet = (np.abs(w + 0.5 * height + 0.9 * (u - half_depth - 13)) < 0.8) & (aside > 10)
        canvas.fill(index[bone & ((distance > -1.1) | facet)], Tissue.CORTEX, 0)
        side = aside - build.canal_half_width
        foramen = (
            ~bone
            & (u > half_depth)
            & (u < half_depth + 11)
            & (side > 0)
            & (side < 11)
            & (w < 0.1 * height)
            & (w > -0.9 * height)
        )
        canvas.fill(index[foramen], Tissue.EPIDURAL_FAT, 0.85)
        root = np.hypot(1.1 * (u - half_depth - 5.5), 0.85 * (w + 0.2 * height)) < 2.9
        canvas.fill(index[foramen & root], Tissue.ROOT, 0.05)


def _body_distance(
    u: np.ndarray, w: np.ndarray, x: np.ndarray, level: int, column: Column
) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the whole surface of a body and to its endplates: waisted, biconcave, wedged, rounded."""
    mobile = level < column.first_sacral
    height, half_depth, half_width = column.height[level], column.half_depth[level], column.half_width[level]
    relative = 2 * w / height
    middle = np.clip(1 - relative**2, 0, 1)
    depth = half_depth * (1 - (0.075 if mobile else 0.02) * middle)
    width = half_width * (1 - (0.11 if mobile else 0.03) * middle)
    if not mobile:
        depth = depth * (1 + 0.10 * relative)  # the sacrum tapers downwards
    hollow_back = 1 + 0.05 * np.clip(u / half_depth, 0, 1) * np.clip(1 - (2 * x / half_width) ** 2, 0, 1)
    exponent = np.where(u > 0, np.float32(3.6), np.float32(2.4))  # flat behind, round in front
    radius = superellipse(u * hollow_back / depth, x / width, exponent)
    half_height = (
        height / 2
        - column.concavity[level] * np.clip(1 - (radius / 0.88) ** 2, 0, 1)
        - 0.5 * column.wedge[level] * u / half_depth
    )
    endplate = np.abs(w) - half_height
    return rounded_box(2.0, (radius - 1) * np.minimum(depth, width), endplate), endplate


def paint_bodies(canvas: TissueMap, points: Points, anatomy: Anatomy) -> None:
    """Bodies: cortex, marrow with its texture and fatty foci, basivertebral veins."""
    column = anatomy.column
    near = np.flatnonzero((points.behind > -50) & (points.behind < 6) & (np.abs(points.x) < 32))
    spine = points.subset(near)
    for i in range(column.levels):
        u, w = _local(spine, column.center[i], column.angle[i])
        chosen = np.flatnonzero(
            (np.abs(u) < column.half_depth[i] + 1)
            & (np.abs(w) < column.height[i] / 2 + 4)
            & (np.abs(spine.x) < column.half_width[i] + 1)
        )
        u, w, x = u[chosen], w[chosen], spine.x[chosen]
        distance, endplate = _body_distance(u, w, x, i, column)
        inside = np.flatnonzero(distance < 0)
        index = near[chosen[inside]]
        _paint_body(canvas, index, u[inside], w[inside], x[inside], distance[inside], endplate[inside], i, anatomy)


def _paint_body(
    canvas: TissueMap,
    index: np.ndarray,
    u: np.ndarray,
    w: np.ndarray,
    x: np.ndarray,
    distance: np.ndarray,
    endplate: np.ndarray,
    level: int,
    anatomy: Anatomy,
) -> None:
    """Fill the inside of one body."""
    column, marrow = anatomy.column, anatomy.marrow
    half_depth, height, half_width = column.half_depth[level], column.height[level], column.half_width[level]
    mobile, aside, grid = level < column.first_sacral, np.abs(x), marrow.texture_grid
    texture = sample(marrow.texture[level], (u + half_depth) / grid, (w + height / 2) / grid, (x + half_width) / grid)
    around_vein = np.exp(-(((u - 0.75 * half_depth) / (0.55 * half_depth)) ** 2 + (w / 5) ** 2 + (x / 9) ** 2))
    fat = marrow.fat_fraction + texture + 0.10 * around_vein + 0.05 * np.exp(np.clip(endplate, -30, 0) / 3)
    for focus in marrow.foci:
        if focus.level == level:
            away = np.sqrt((u - focus.place[0]) ** 2 + (w - focus.place[1]) ** 2 + (x - focus.place[2]) ** 2)
            fat += 0.28 * np.clip(1.6 - away / focus.radius, 0, 1)
    canvas.fill(index, Tissue.VERTEBRAL_BODY, np.clip(fat, 0.03, 0.95))
    canvas.marrow[index] = 1 - 0.5 * texture  # trabeculae displace marrow where there is less fat
    canvas.roots[index] = 0
    canvas.body[index] = level + 1

    cortex = distance > -CORTEX_THICKNESS
    if mobile:  # open towards the pedicles
        cortex &= pedicles(u, w, aside, half_depth, height, anatomy.build.canal_half_width) > -1.2
        toward_back = np.clip((u - 0.45 * half_depth) / half_depth, 0, 1)
        vein = (
            (np.abs(w + 0.3 + 0.6 * np.sin(0.5 * u)) < 0.35 + 2.2 * toward_back)
            & (u > 0.40 * half_depth)
            & (aside < 1.2 + 5 * np.clip(u / half_depth - 0.5, 0, 1))
        )
        canvas.fill(index[vein & ~cortex], Tissue.VERTEBRAL_VEIN, 0.35)
    canvas.fill(index[cortex], Tissue.CORTEX, 0)
    canvas.marrow[index[cortex]] = 1
    canvas.body[index[cortex]] = 0
