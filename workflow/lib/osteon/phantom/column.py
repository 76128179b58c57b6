"""The vertebral column of one patient: sizes, angles and places of bodies and discs from T10 to S4."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.phantom.parameters import AnatomyParameters

REFERENCE = "L3"  # the middle of its body is the origin of the patient's coordinates


@dataclass(frozen=True)
class Column:
    """Bodies (one value per level) and discs (one fewer); mm, in the sagittal plane (posterior, superior).

    `center`, `superior` and `posterior` are (levels, 2): the middle of each body and its unit axes.
    """

    height: np.ndarray
    half_depth: np.ndarray
    half_width: np.ndarray
    angle: np.ndarray
    concavity: np.ndarray
    wedge: np.ndarray
    center: np.ndarray
    superior: np.ndarray
    posterior: np.ndarray
    sideways: np.ndarray
    disc_height: np.ndarray
    disc_hydration: np.ndarray
    disc_bulge: np.ndarray
    reference: int
    first_sacral: int

    @property
    def levels(self) -> int:
        """Number of vertebrae."""
        return len(self.height)


def draw_column(
    parameters: AnatomyParameters, size: float, lordosis: float, age: float, frailty: float, rng: np.random.Generator
) -> Column:
    """Draw a column; `size` scales all lengths, `frailty` from 0 to 1 hollows and wedges the bodies."""
    levels = len(parameters.levels)
    sacral, reference = parameters.levels.index("S1"), parameters.levels.index(REFERENCE)
    mobile = np.arange(levels) < sacral

    def lengths(average: list[float], spread: float) -> np.ndarray:
        return np.array(average) * size * rng.normal(1, spread, len(average))

    height = lengths(parameters.body_height, 0.02)
    half_depth = lengths(parameters.body_depth, 0.025) / 2
    half_width = lengths(parameters.body_width, 0.02) / 2
    hollow = rng.normal(1, 0.3, levels) + frailty * np.abs(rng.normal(0, 1.1, levels))
    concavity = np.where(mobile, np.clip(hollow, 0.4, 4), 0.3)
    # Osteoporotic wedging concerns the levels around the thoracolumbar junction.
    crushed = frailty * np.abs(rng.normal(0, 0.4, levels)) * (np.arange(levels) < 5)
    wedge = np.array(parameters.body_wedge) + rng.normal(0, 0.35, levels) * mobile - crushed
    angle = np.deg2rad(
        np.array(parameters.body_angle) * lordosis + rng.normal(0, 1.4, levels) * mobile + rng.normal(0, 2)
    )

    degeneration = np.clip(
        rng.normal(0.55 + 0.012 * (age - 68), 0.17, levels - 1) + np.array(parameters.disc_degeneration), 0.05, 1
    )
    disc_height = lengths(parameters.disc_height, 0.07) * (1 - 0.42 * np.clip(degeneration - 0.45, 0, 1))
    disc_bulge = np.clip(rng.normal(0.4, 0.5, levels - 1) + 2.2 * np.clip(degeneration - 0.5, 0, 1), 0, 3.2)

    superior = np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    posterior = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    center = _stack(height, disc_height, superior, reference)
    # Neighbours are aligned at their posterior walls, not at their middles.
    center += posterior * (half_depth[reference] - half_depth)[:, None]
    scoliosis = rng.normal(0, 2.2) * np.sin(np.linspace(-0.9, 0.9, levels) * np.pi + rng.uniform(0, 2 * np.pi))
    return Column(
        height,
        half_depth,
        half_width,
        angle,
        concavity,
        wedge,
        center,
        superior,
        posterior,
        scoliosis,
        disc_height,
        1 - degeneration,
        disc_bulge,
        reference,
        sacral,
    )


def _stack(height: np.ndarray, disc_height: np.ndarray, superior: np.ndarray, reference: int) -> np.ndarray:
    """Middles of the bodies, stacked up and down from the reference level; a disc takes the mean direction."""
    center = np.zeros((len(height), 2))
    between = superior[:-1] + superior[1:]
    between /= np.linalg.norm(between, axis=1, keepdims=True)
    steps = (superior[:-1] * height[:-1, None] + superior[1:] * height[1:, None]) / 2 + between * disc_height[:, None]
    for level in range(reference - 1, -1, -1):
        center[level] = center[level + 1] + steps[level]
    for level in range(reference + 1, len(height)):
        center[level] = center[level - 1] - steps[level - 1]
    return center
