"""Abdomen, back, flanks and the content of the spinal canal, painted into a tissue map.

All lengths are mm. `behind` is the distance behind the front wall of the canal; `ahead` the distance behind
the front of the vertebral bodies, so negative values lie before the spine.
"""

from __future__ import annotations

import numpy as np

from osteon.phantom.anatomy import ABDOMEN_GRID, MUSCLE_GRID, Anatomy
from osteon.phantom.canvas import TissueMap
from osteon.phantom.geometry import Points
from osteon.phantom.parameters import Tissue
from osteon.phantom.random_fields import sample


def sacral_share(level: np.ndarray) -> np.ndarray:
    """0 above S1, rising to 1 in the lower sacrum."""
    return np.clip((level - 7.6) / 2.2, 0, 1)


def at_disc(level: np.ndarray) -> np.ndarray:
    """1 at the middle of discs, -1 at the middle of bodies."""
    return -np.cos(2 * np.pi * level)


def body_front(points: Points, anatomy: Anatomy) -> np.ndarray:
    """Distance behind the front of the vertebral bodies."""
    column = anatomy.column
    depth = np.interp(points.level, np.arange(column.levels), 2 * column.half_depth)
    return points.behind + depth.astype(np.float32)


def skin_depth(points: Points, anatomy: Anatomy) -> np.ndarray:
    """Depth of the skin of the back behind the canal's front wall."""
    build = anatomy.build
    lower = 1 + 0.45 * np.clip((points.level - 4) / 4, 0, 1.2)
    return _back_depth(points, anatomy) + build.subcutaneous * lower * 0.95 + 1.5


def _back_depth(points: Points, anatomy: Anatomy) -> np.ndarray:
    """Depth of the fascia of the back, smoothed over the spinous processes."""
    beside = 3.5 * np.clip((np.abs(points.x) - 5) / 12, 0, 1)
    return (anatomy.build.back_depth + beside) * (1 - 0.5 * sacral_share(points.level)) - 2.5 * np.clip(
        3 - points.level, 0, 3
    )


def paint_abdomen(canvas: TissueMap, points: Points, anatomy: Anatomy) -> None:
    """Bowel and fat, the fat before the spine, aorta with its bifurcation at L4, inferior vena cava."""
    index = np.flatnonzero(points.behind <= 0)
    at = points.subset(index)
    bowel = sample(anatomy.abdomen, at.x / ABDOMEN_GRID, at.y / ABDOMEN_GRID, at.z / ABDOMEN_GRID)
    canvas.fat[index] = np.clip(0.42 + 0.42 * bowel, 0.04, 0.9)
    ahead = body_front(at, anatomy)
    near = np.flatnonzero((ahead < 2) & (ahead > -32))
    index, at, ahead = index[near], at.subset(near), ahead[near]
    canvas.fill(index[(ahead < 0) & (ahead > -7 - 5 * sacral_share(at.level))], Tissue.EPIDURAL_FAT, 0.8)

    split = np.clip(at.level - 5.9, 0, 3)  # levels below the aortic bifurcation
    depth = ahead + 12.5 - 3.5 * split
    left_artery, right_artery = np.hypot(depth, at.x - 8 - 13 * split), np.hypot(depth, at.x - 8 + 22 * split)
    cava = np.hypot(1.25 * depth, at.x + 13 + 9 * split)
    wall = np.minimum(np.minimum(left_artery, right_artery), cava) - (9.5 - 3 * np.minimum(split, 1))
    above_pelvis = at.level < 8.6
    canvas.fill(index[(wall < 0) & above_pelvis], Tissue.VESSEL, 0)
    canvas.fill(index[(np.abs(wall) < 0.8) & above_pelvis], Tissue.CORTEX, 0)


def paint_back(canvas: TissueMap, points: Points, anatomy: Anatomy) -> None:
    """Muscles with fat streaks, the ligaments between the spinous processes, fascia, fat, skin, air."""
    index = np.flatnonzero(points.behind > 0)
    at, build = points.subset(index), anatomy.build
    streaks = sample(anatomy.muscle, at.x / MUSCLE_GRID, at.y / MUSCLE_GRID, at.z / MUSCLE_GRID)
    sacral, aside, behind = sacral_share(at.level), np.abs(at.x), at.behind
    skin = skin_depth(at, anatomy)
    # The fascia follows the tips of the spinous processes near the midline.
    fascia = _back_depth(at, anatomy) + 1.6 * at_disc(at.level) * np.clip(1 - aside / 8, 0, 1) * (1 - sacral)

    near_canal = 0.25 * np.exp(-(((behind - build.canal_depth - 6) / 4) ** 2))
    streak_fat = (0.20 + 0.6 * build.muscle_fat) * np.clip(streaks - 0.55 + build.muscle_fat, 0, 2)
    muscle_fat = build.muscle_fat + streak_fat + 0.05 * streaks + 0.35 * sacral + near_canal
    canvas.fill(index, Tissue.MUSCLE, np.clip(muscle_fat, 0.02, 0.9))
    midline = (aside < 4.5) & (behind > build.canal_depth + 2)
    canvas.fill(index[midline], Tissue.LIGAMENT, np.clip(0.28 + 0.20 * streaks[midline], 0.03, 0.85))

    under_skin = (behind >= fascia) & (behind < skin)
    septum = (np.abs(streaks) < 0.06) & (behind < skin - 3)
    canvas.fill(index[under_skin], Tissue.SUBCUTANEOUS_FAT, 0.93)
    canvas.fill(index[under_skin & septum], Tissue.SUBCUTANEOUS_FAT, 0.72)
    canvas.fill(index[np.abs(behind - fascia) < 0.8], Tissue.CORTEX, 0)
    canvas.fill(index[(behind >= skin) & (behind < skin + 1.8)], Tissue.SKIN, 0.1)
    canvas.fill(index[behind >= skin + 1.8], Tissue.AIR, 0)


def paint_flanks(canvas: TissueMap, points: Points, anatomy: Anatomy) -> None:
    """Beside the bodies: psoas from L1 down, fat above it."""
    index = np.flatnonzero((points.behind < 2) & (points.behind > -50) & (np.abs(points.x) > 19))
    at = points.subset(index)
    beside = body_front(at, anatomy) > -4
    psoas = at.level > 3.2
    canvas.fill(index[beside & psoas], Tissue.MUSCLE, 0.1)
    canvas.fill(index[beside & ~psoas], Tissue.EPIDURAL_FAT, 0.8)


def paint_canal(canvas: TissueMap, points: Points, anatomy: Anatomy) -> None:
    """Epidural fat, yellow ligament, dural sac with cord, conus and cauda equina."""
    build = anatomy.build
    index = np.flatnonzero(
        (points.behind > 0.2)
        & (points.behind < build.canal_depth + 4.2)
        & (np.abs(points.x) < build.canal_half_width + 1.5)
    )
    at = points.subset(index)
    sacral, aside, behind, level = sacral_share(at.level), np.abs(at.x), at.behind, at.level
    depth = build.canal_depth * (1 - 0.35 * sacral)
    half_width = build.canal_half_width * (1 - 0.2 * sacral)
    canvas.fill(index[(behind < depth + 3) & (aside < half_width + 1.5)], Tissue.EPIDURAL_FAT, 0.85)
    flavum = (behind > depth + 1.2) & (behind < depth + 4.2) & (aside < half_width - 1)
    canvas.fill(index[flavum], Tissue.LIGAMENT, 0.12)

    # The sac is an ellipse; fat lies before it at L5-S1 and behind it at the discs.
    front = 1 + 5.5 * np.clip((level - 7) / 1.3, 0, 1)
    back = depth + 0.8 - 2.2 * np.clip(at_disc(level), 0, 1)
    middle = (front + back) / 2
    half_depth = np.maximum((back - front) / 2, 0.1) * np.clip((10.2 - level) / 1.2, 0, 1) + 1e-3
    radius = np.hypot((behind - middle) / half_depth, aside / (half_width - 1.4))
    above_end = level < 10.1
    canvas.fill(index[(radius < 1 + 0.7 / half_depth) & above_end], Tissue.CORTEX, 0)
    sac = (radius < 1) & above_end
    canvas.fill(index[sac], Tissue.FLUID, 0)

    # The cord swells above the conus and tapers within three quarters of a level.
    taper = np.clip((build.conus_level + 0.25 - level) / 0.75, 0, 1) ** 0.6
    swelling = 1 + 0.12 * np.exp(-(((level - build.conus_level + 0.9) / 0.6) ** 2))
    size = taper * swelling + 1e-3
    offset = behind - middle - 0.6 - 1.3 * (1 - taper)
    cord = sac & (np.hypot(offset / (3.7 * size), at.x / (4.6 * size)) < 1)
    canvas.fill(index[cord], Tissue.CORD, 0)
    _paint_roots(canvas, index, at, anatomy, sac & ~cord, middle, half_depth)


def _paint_roots(
    canvas: TissueMap,
    index: np.ndarray,
    at: Points,
    anatomy: Anatomy,
    inside: np.ndarray,
    middle: np.ndarray,
    half_depth: np.ndarray,
) -> None:
    """Roots of the cauda equina: strands that lie at the back of the sac and thin out downwards."""
    start = anatomy.build.conus_level - 1.2
    rooted = np.flatnonzero(inside & (at.level > start))
    index, at, middle, half_depth = index[rooted], at.subset(rooted), middle[rooted], half_depth[rooted]
    strands = sample(anatomy.roots, at.x / 0.8, at.behind / 0.8, at.level * 6)
    toward_back = np.clip(1.3 * (at.behind - middle) / half_depth + 0.55, 0, 1)
    leaving = np.clip(1 - 0.11 * (at.level - 4), 0.2, 1)
    beginning = np.clip((at.level - start) / 1.2, 0, 1)
    canvas.roots[index] = np.clip(0.52 + 0.42 * strands, 0, 0.95) * toward_back * leaving * beginning
