"""Sequences, and what is done to each image before masks and features."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from osteon.config.base import Section


class Sequence(Section):
    """One role that a series can play in the study."""

    description: str = ""
    """Name in tables and figures."""


class BiasCorrection(Section):
    """N4 bias-field correction (SimpleITK)."""

    enabled: bool = True
    """Correct the slow intensity drift of surface coils."""
    shrink: int = Field(4, ge=1, le=8)
    """The field is fitted to voxels of this many times the shortest edge; thick slices stay as they are."""
    iterations: list[int] = Field([50, 50, 50], min_length=1)
    """Iterations per resolution level; each level halves what the field can follow. With fewer than 3 levels little is
    corrected."""


class Intensity(Section):
    """Intensity normalisation."""

    method: Literal["none", "minmax", "zscore", "robust"] = "robust"
    """none; minmax: the whole image to 0-1; zscore and robust, (x - median) / IQR: of the foreground, then scale and
    shift."""
    scale: float = Field(100.0, gt=0)
    """Multiplied after normalisation, so that a bin width has the usual size (zscore and robust)."""
    shift: float = 300.0
    """Added after scaling, so that first-order energies stay positive (zscore and robust)."""


class Registration(Section):
    """Rigid registration (SimpleITK) of the other sequences to the segmented one, where patients moved between them."""

    method: Literal["none", "rigid"] = "none"
    """none: masks reach the other sequences through physical space alone; rigid: corrected by a rigid registration."""
    max_shift_mm: float = Field(10.0, gt=0)
    """A larger displacement of the image's center is implausible: the registration is refused and none is applied."""
    max_angle: float = Field(10.0, gt=0)
    """The same for the rotation, degrees."""


class Preprocess(Section):
    """What is done to each image before features."""

    bias_correction: BiasCorrection = BiasCorrection()
    """N4 settings."""
    intensity: Intensity = Intensity()
    """Normalisation settings."""
    registration: Registration = Registration()
    """How masks reach the other sequences."""
