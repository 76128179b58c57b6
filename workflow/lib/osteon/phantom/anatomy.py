"""One patient's anatomy: everything that is drawn once and does not depend on the scanner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from osteon.phantom.canal import CanalMap, map_canal
from osteon.phantom.column import Column, draw_column
from osteon.phantom.parameters import Parameters
from osteon.phantom.random_fields import gaussian_field

MUSCLE_GRID = 2.0  # mm
ABDOMEN_GRID = 3.0  # mm
WARP_GRID = 8.0  # mm


@dataclass(frozen=True)
class Focus:
    """A haemangioma or focal fat: place within the body (posterior, superior, left of its middle) and radius, mm."""

    level: int
    place: tuple[float, float, float]
    radius: float


@dataclass(frozen=True)
class Marrow:
    """Marrow of the bodies: mean fat fraction, texture per level around it, and fatty foci."""

    density_seen: float
    fat_fraction: float
    texture: list[np.ndarray]
    texture_grid: float
    foci: list[Focus]


@dataclass(frozen=True)
class Build:
    """Soft tissue sizes in mm; muscle fat as a fraction; the conus as a level."""

    canal_depth: float
    canal_half_width: float
    conus_level: float
    back_depth: float
    subcutaneous: float
    muscle_fat: float


@dataclass(frozen=True)
class Anatomy:
    """One patient, in LPS millimetres around the middle of L3."""

    column: Column
    canal: CanalMap
    marrow: Marrow
    build: Build
    muscle: np.ndarray
    abdomen: np.ndarray
    roots: np.ndarray
    warp: list[np.ndarray]


def draw_anatomy(participant: Mapping, parameters: Parameters) -> Anatomy:
    """Draw the patient from age, sex, bmi, vbmd and seed of the participant.

    The same participant has the same anatomy at every hospital and preset. The images never see the density
    itself but three latent variables (fat, texture, shape) that correlate with it by `parameters.coupling`.
    """
    rng = np.random.default_rng([int(participant["seed"]), 1])
    individual = {name: distribution.draw(rng) for name, distribution in parameters.anatomy.individual.items()}
    size = individual["size"] * parameters.anatomy.size_by_sex[participant["sex"]]
    seen_by_fat, seen_by_texture, seen_by_shape = _latent_densities(participant, parameters, rng)
    frailty = float(np.clip((90 - seen_by_shape) / 60, 0, 1))
    column = draw_column(parameters.anatomy, size, individual["lordosis"], float(participant["age"]), frailty, rng)
    return Anatomy(
        column=column,
        canal=map_canal(column),
        marrow=_draw_marrow(participant, parameters, column, seen_by_fat, seen_by_texture, rng),
        build=_draw_build(participant, individual, size, rng),
        muscle=gaussian_field(rng, (32, 160, 160), [(1, (0.8, 0.75, 4.5))]),
        abdomen=gaussian_field(rng, (24, 108, 108), [(1, (2.4, 3.0, 2.6))]),
        roots=gaussian_field(rng, (32, 32, 60), [(1, (0.9, 0.9, 9))]),
        warp=[gaussian_field(rng, (16, 48, 48), [(sd, (1.7, 1.7, 1.7))]) for sd in (0.35, 0.75, 0.65)],
    )


def _latent_densities(participant: Mapping, parameters: Parameters, rng: np.random.Generator) -> np.ndarray:
    """Three noisy views of the bone density, mg/cm3, with the correlation `coupling` to it."""
    threshold, coupling = parameters.osteoporosis_below, parameters.coupling
    population_sd = 34.0
    noise = population_sd * np.sqrt(1 - coupling**2) * rng.standard_normal(3)
    return np.clip(threshold + coupling * (float(participant["vbmd"]) - threshold) + noise, 10, 210)


def _draw_build(participant: Mapping, individual: dict[str, float], size: float, rng: np.random.Generator) -> Build:
    age, bmi, male = float(participant["age"]), float(participant["bmi"]), participant["sex"] == "male"
    subcutaneous = 5 + 1.35 * (bmi - 19) * (0.9 if male else 1.15) + rng.normal(0, 2.5)
    muscle_fat = 0.10 + 0.006 * (age - 60) + 0.006 * (bmi - 23) + (0 if male else 0.04) + rng.normal(0, 0.05)
    return Build(
        canal_depth=individual["canal_depth"] * (1.03 if male else 1),
        canal_half_width=individual["canal_half_width"],
        conus_level=individual["conus_level"],
        back_depth=individual["back_depth"] * size,
        subcutaneous=float(np.clip(subcutaneous, 4, 45)),
        muscle_fat=float(np.clip(muscle_fat, 0.04, 0.5)),
    )


def _draw_marrow(
    participant: Mapping,
    parameters: Parameters,
    column: Column,
    seen_by_fat: float,
    seen_by_texture: float,
    rng: np.random.Generator,
) -> Marrow:
    """Less bone means more fat and a coarser, stronger texture at a fine and a coarse scale."""
    by_sex = -0.01 if participant["sex"] == "male" else 0.015
    fat = 0.575 - 0.0017 * (seen_by_fat - 80) + 0.0025 * (float(participant["age"]) - 68) + by_sex
    fat_fraction = float(np.clip(fat + rng.normal(0, 0.045), 0.25, 0.82))

    loss = 85 - seen_by_texture
    fine_sd, fine_scale, coarse_sd, coarse_scale = np.exp(rng.normal(0, 0.18, 4)) * [
        np.clip(0.070 + 0.00055 * loss, 0.025, 0.14),
        np.clip(1.1 + 0.006 * loss, 0.7, 1.9),
        np.clip(0.053 + 0.00045 * loss, 0.02, 0.11),
        np.clip(5.1 + 0.025 * loss, 3, 8.5),
    ]
    grid = parameters.anatomy.marrow_texture_grid
    components = [(fine_sd, np.array([1, 1.5, 1]) * fine_scale / grid), (coarse_sd, np.full(3, coarse_scale / grid))]
    texture = []
    for level in range(column.levels):
        extent = np.array([2 * column.half_depth[level], column.height[level], 2 * column.half_width[level]])
        shape = tuple(8 * int(np.ceil((n + 6) / 8)) for n in extent / grid)  # even sizes make a quick FFT
        texture.append(gaussian_field(rng, shape, components) + np.float32(rng.normal(0, 0.012)))

    foci = []
    for level in range(1, column.first_sacral):
        if rng.random() < parameters.anatomy.haemangioma_rate:
            place = (
                rng.uniform(-0.5, 0.4) * column.half_depth[level],
                rng.uniform(-0.2, 0.2) * column.height[level],
                rng.uniform(-0.5, 0.5) * column.half_width[level],
            )
            foci.append(Focus(level, place, rng.uniform(3.5, 7.5)))
    return Marrow(float(seen_by_fat), fat_fraction, texture, grid, foci)
