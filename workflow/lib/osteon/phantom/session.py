"""One visit to a scanner: where the slices were put, how the coil lay, how well the fat was suppressed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.phantom.anatomy import Anatomy
from osteon.phantom.geometry import Points, SliceStack, rotation
from osteon.phantom.parameters import Hospital, Preset
from osteon.phantom.random_fields import gaussian_field, sample
from osteon.phantom.soft_tissue import body_front, skin_depth


@dataclass(frozen=True)
class Session:
    """What differs from visit to visit; per-sequence values are in the order of the hospital's sequences."""

    stack: SliceStack
    thickness: float
    gains: np.ndarray
    motion: np.ndarray
    saturation_depth: float
    saturation_distance: float
    ghost: float
    ghost_phase: float
    residual_fat: float
    coil_shape: np.ndarray
    field_map: np.ndarray


def draw_session(hospital: Hospital, preset: Preset, rng: np.random.Generator) -> Session:
    """Draw a visit. Fewer slices than the hospital's own cover the same width."""
    slices = preset.slices or hospital.slices
    wider = hospital.slices / slices
    tilt = np.deg2rad(rng.normal(0, [1.2, 2.0]))
    middle = np.array([0.0, 14.0, -8.0]) + rng.normal(0, [0.5, 5.0, 5.0])
    stack = SliceStack(
        preset.matrix,
        hospital.fov / preset.matrix,
        slices,
        (hospital.thickness + hospital.gap) * wider,
        rotation(*tilt),
        middle,
    )
    count = len(hospital.sequences)
    residual = rng.normal(0.07, 0.03) if hospital.field > 2 else rng.normal(0.10, 0.04)
    return Session(
        stack=stack,
        thickness=hospital.thickness * wider,
        gains=rng.uniform(0.85, 1.2, count),
        motion=rng.normal(0, 0.25, (count, 2)),
        saturation_depth=rng.uniform(0.62, 0.88),
        saturation_distance=rng.normal(30, 6),
        ghost=abs(rng.normal(0, 0.010)),
        ghost_phase=rng.uniform(0, 2 * np.pi),
        residual_fat=float(np.clip(residual, 0.02, 0.25)),
        coil_shape=rng.normal(0, 1, 6),
        field_map=gaussian_field(rng, (12, 24, 24), [(1, (3, 3, 3))]),
    )


def shading(points: Points, anatomy: Anatomy, hospital: Hospital, session: Session) -> tuple[np.ndarray, np.ndarray]:
    """Two flat maps: sensitivity (surface coil and saturation band), and the share of fat left by fat saturation.

    The spine coil lies under the back: its sensitivity falls with the depth under the skin and towards the
    ends of the field of view. A saturation band before the spine darkens the abdomen.
    """
    depth = np.maximum(skin_depth(points, anatomy) - points.behind, 0)
    planes, rows, columns = points.shape
    along = np.linspace(-1, 1, rows, dtype=np.float32)
    from_middle = np.abs(along)
    tilt, bow, wave, phase, sideways, _ = session.coil_shape
    lengthwise = 0.05 * (tilt * along + bow * (along**2 - 0.3)) + 0.03 * wave * np.sin(3 * along + phase)
    edge = np.clip(1 - 0.22 * np.clip(from_middle - 0.72, 0, 1) / 0.28, 0.6, 1)

    def over_image(profile: np.ndarray) -> np.ndarray:
        return np.broadcast_to(profile.astype(np.float32)[:, None], (planes, rows, columns)).reshape(-1)

    coil = 0.50 + 0.85 * np.exp(-depth / hospital.coil_decay) + over_image(lengthwise)
    coil = coil * over_image(edge) + 0.02 * sideways * points.x / 25
    into_band = (body_front(points, anatomy) + session.saturation_distance) / 3
    saturation = 1 - session.saturation_depth / (1 + np.exp(np.clip(into_band, -30, 30)))

    field = sample(session.field_map, points.x / 14, points.y / 24, points.z / 24)
    at_ends = 0.30 * np.clip((from_middle - 0.82) / 0.18, 0, 1) ** 2
    near_skin = 0.12 * np.clip(1 - depth / 9, 0, 1)
    residual = session.residual_fat * (1 + 0.35 * field) + over_image(at_ends) + near_skin
    return coil * saturation, np.clip(residual, 0.02, 0.8)
