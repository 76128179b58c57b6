"""What the simulation draws from: tissues, anatomy, presets, hospitals, demographics, cohorts."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import Literal

import numpy as np
import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from osteon.config.base import Label, Section

Group = Literal["no", "yes"]
Pair = tuple[float, float]


class Tissue(IntEnum):
    """Tissues of the tissue map; the names in lower case are the keys of `tissues` in the YAML file."""

    AIR = 0
    SUBCUTANEOUS_FAT = 1
    MUSCLE = 2
    CORTEX = 3
    VERTEBRAL_BODY = 4
    POSTERIOR_ELEMENT = 5
    DISC = 6
    FLUID = 7
    CORD = 8
    ABDOMEN = 9
    VESSEL = 10
    EPIDURAL_FAT = 11
    ROOT = 12
    SKIN = 13
    VERTEBRAL_VEIN = 14
    LIGAMENT = 15


class Relaxation(Section):
    """Proton density (fluid = 1) and relaxation times in ms at [1.5 T, 3 T]."""

    density: float = Field(ge=0)
    t1: Pair
    t2: Pair

    def times(self, field: float) -> Pair:
        """T1 and T2 in ms at the field strength in tesla."""
        column = 0 if field < 2 else 1
        return self.t1[column], self.t2[column]


class ClippedNormal(Section):
    """A normal distribution that is clipped to [low, high]."""

    mean: float
    sd: float = Field(gt=0)
    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """One value."""
        return float(np.clip(rng.normal(self.mean, self.sd), self.low, self.high))


class AnatomyParameters(Section):
    """Averages per level from T10 to S4 and distributions over patients, mm and degrees."""

    levels: list[str]
    body_height: list[float]
    body_depth: list[float]
    body_width: list[float]
    body_angle: list[float]
    body_wedge: list[float]
    disc_height: list[float]
    disc_degeneration: list[float]
    masked_levels: dict[str, int]
    individual: dict[str, ClippedNormal]
    size_by_sex: dict[Literal["male", "female"], float]
    haemangioma_rate: float = Field(ge=0, le=1)
    marrow_texture_grid: float = Field(gt=0)

    @model_validator(mode="after")
    def _lengths(self):
        for name in ("body_height", "body_depth", "body_width", "body_angle", "body_wedge"):
            if len(getattr(self, name)) != len(self.levels):
                raise ValueError(f"anatomy.{name} needs {len(self.levels)} values, one per level")
        for name in ("disc_height", "disc_degeneration"):
            if len(getattr(self, name)) != len(self.levels) - 1:
                raise ValueError(f"anatomy.{name} needs {len(self.levels) - 1} values, one per disc")
        return self


class Preset(Section):
    """Resolution of the images and of the anatomy behind them."""

    matrix: int = Field(ge=64)
    model_matrix: int = Field(ge=64)
    slices: int | None = Field(None, ge=1)
    subslices: Literal[1, 2, 3] = 2
    acquisition: float = Field(1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _finer_model(self):
        if self.model_matrix < self.matrix:
            raise ValueError("model_matrix must be at least matrix: the anatomy is finer than the image")
        return self


class PulseSequence(Section):
    """One fast spin-echo protocol; times in ms, matrix readout x phase."""

    tr: float = Field(gt=0)
    te: float = Field(gt=0)
    te_published: float | None = None
    matrix: tuple[int, int]
    echo_train: int = Field(ge=1)
    averages: float = Field(2, gt=0)
    fast_recovery: bool = False
    fat_saturation: bool = False
    description: str


class LocalizerHabit(Section):
    """How a hospital names its localizer."""

    description: str = "3-pl Loc"
    image_type: list[str] = ["ORIGINAL", "PRIMARY", "LOCALIZER"]


class Hospital(Section):
    """One scanner and what its hospital does with it; lengths in mm, field in tesla, bandwidth in Hz per pixel."""

    demographics: str
    manufacturer: str
    model: str
    field: float = Field(gt=0)
    fov: float = Field(gt=0)
    thickness: float = Field(gt=0)
    gap: float = Field(ge=0)
    slices: int = Field(ge=3)
    noise: float = Field(ge=0)
    bandwidth: float = Field(gt=0)
    coil_decay: float = Field(62, gt=0)
    filter_cutoff: float = Field(0.92, gt=0)
    scan_options: list[str] = []
    image_type: list[str] = ["ORIGINAL", "PRIMARY", "OTHER"]
    localizer: LocalizerHabit = LocalizerHabit()
    sequences: dict[Label, PulseSequence]


class Baseline(Section):
    """Demographics of one group: [median, interquartile range] of age and BMI, counts of the rest."""

    n: int = Field(gt=0)
    age: Pair
    bmi: Pair
    male: int
    smoking: int
    alcohol: int
    diabetes: int
    diabetes_n: int | None = None

    def share(self, name: str) -> float:
        """Proportion of 'male', 'smoking', 'alcohol' or 'diabetes'."""
        known = self.diabetes_n if name == "diabetes" and self.diabetes_n else self.n
        return getattr(self, name) / known


class CohortPart(Section):
    """Patients of one hospital who follow one published set."""

    hospital: Label
    demographics: str | None = None
    """Default: those of the hospital."""
    patients: int | None = Field(None, gt=0)
    """Default: as many as the published set has."""
    set: Literal["train", "test"] | None = None
    """Set of the published split."""


class CohortPlan(Section):
    """A cohort over several hospitals, whose tables are kept with the project."""

    parts: list[CohortPart] = Field(min_length=1)
    batch_size: int = Field(gt=0)
    seed: int = Field(ge=0)
    source: str
    read_again: int = Field(0, ge=0)
    """Patients of the first part whose masks a second reader revises and the first one draws again."""


class Parameters(Section):
    """Everything the simulation draws from."""

    coupling: float = Field(ge=0, le=1)
    osteoporosis_below: float
    tissues: dict[str, Relaxation]
    fat: Relaxation
    chemical_shift_hz_per_tesla: float
    disc_hydration_t2_ms: float
    anatomy: AnatomyParameters
    presets: dict[str, Preset]
    hospitals: dict[Label, Hospital]
    demographics: dict[str, dict[Group, Baseline]]
    female_to_male_rate: float = Field(ge=0, le=1)
    bone_density: dict[Group, ClippedNormal]
    cohorts: dict[str, CohortPlan]

    @field_validator("tissues")
    @classmethod
    def _all_tissues(cls, tissues: dict[str, Relaxation]) -> dict[str, Relaxation]:
        expected = {tissue.name.lower() for tissue in Tissue}
        if set(tissues) != expected:
            raise ValueError(f"tissues must name exactly {sorted(expected)}")
        return tissues

    @model_validator(mode="after")
    def _references(self):
        for name, hospital in self.hospitals.items():
            if hospital.demographics not in self.demographics:
                raise ValueError(
                    f"hospitals.{name}.demographics: '{hospital.demographics}' is not one of "
                    f"{sorted(self.demographics)}"
                )
        for name, plan in self.cohorts.items():
            unknown = {part.hospital for part in plan.parts} - set(self.hospitals)
            if unknown:
                raise ValueError(f"cohorts.{name}.parts: {sorted(unknown)} are not among {sorted(self.hospitals)}")
        return self

    def hospital(self, name: str) -> Hospital:
        """The hospital of that name; ValueError names those there are."""
        return _named(self.hospitals, name, "hospital")

    def preset(self, name: str) -> Preset:
        """The preset of that name; ValueError names those there are."""
        return _named(self.presets, name, "preset")

    def cohort(self, name: str) -> CohortPlan:
        """The cohort of that name; ValueError names those there are."""
        return _named(self.cohorts, name, "cohort")


def _named(choices: dict, name: str, kind: str):
    if name not in choices:
        raise ValueError(f"unknown {kind} '{name}'; choose one of {', '.join(choices)}")
    return choices[name]


def load_parameters(path: str | Path) -> Parameters:
    """Read and check the YAML file; ValueError says which key is wrong."""
    try:
        return Parameters.model_validate(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ValueError(f"{path}: {error}") from error
