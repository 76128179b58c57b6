"""The regions that a study's schemes give, by name, and the sides of patients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from osteon.config.features import Roi
from osteon.config.sheets import normalised

SIDES = {"left": ("left", "l", "左", "左侧", "左側"), "right": ("right", "r", "右", "右侧", "右側")}
"""How the diseased side is written in cases.tsv, in any case."""


def side_of(value: str) -> Literal["left", "right"] | None:
    """The side that a cell of cases.tsv names; None if it names none."""
    word = normalised(value).lower()
    return next((side for side, words in SIDES.items() if word in words), None)


def regions_of(name: str, roi: Roi) -> list[str]:
    """Names of the regions that one entry of `rois` makes, in the order of the columns."""
    if roi.scheme == "each":
        return list(roi.labels)
    if roi.scheme == "sides":
        first, second = ("index", "partner") if roi.column else ("left", "right")
        return [name + first, name + second, name + "difference"]
    return [name]


def region_names(rois: Mapping[str, Roi]) -> list[str]:
    """All regions of a study, in the order of the columns."""
    return [region for name, roi in rois.items() for region in regions_of(name, roi)]
