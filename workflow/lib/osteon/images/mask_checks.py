"""Whether a mask on its image's grid is plausible: pieces, volumes, order from head to foot, edges of the image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import SimpleITK as sitk

from osteon.config.base import Range
from osteon.config.delivery import MaskChecks
from osteon.images.masks import labels_present, volume_ml
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

# Slices lie along the axis whose step is larger than the others by this factor; else along the third.
CLEARLY = 1.5


def implausible(mask: sitk.Image, labels: Mapping[str, int], checks: MaskChecks) -> list[dict]:
    """What is implausible about a mask, as rows of the quality table; empty if nothing is.

    Args:
        mask: label values on the image's grid; positions in LPS, mm.
        labels: name and value of every structure; those that the mask does not have are left out.
        checks: which checks are made, and their limits.

    Returns:
        For review: several pieces of a label, a volume outside the limits, a label at the edge of the slices. A note:
        a label in the first or last slice. Excluding: labels that are not in their order from head to foot, since
        every feature would have the name of another structure.

    Verified against: boxes of known volume, number and place on anisotropic, flipped and oblique grids.
    """
    present = set(labels_present(mask))
    drawn = {name: value for name, value in labels.items() if value in present}
    findings: list[dict] = []
    if checks.one_component:
        findings += _pieces(mask, drawn)
    if checks.volume_ml:
        findings += _volumes(mask, drawn, checks.volume_ml)
    findings += _order(mask, drawn, checks.head_to_foot)
    if checks.inside:
        findings += _edges(mask, drawn)
    return findings


def components_ml(mask: sitk.Image, label: int) -> list[float]:
    """Volumes, mL, of a label's pieces, largest first; voxels that share a corner are one piece."""
    pieces = sitk.ConnectedComponent(sitk.Cast(mask == label, sitk.sitkUInt8), True)
    counts = np.bincount(sitk.GetArrayViewFromImage(pieces).ravel())[1:]
    return sorted((float(count * np.prod(mask.GetSpacing()) / 1000) for count in counts), reverse=True)


def height_mm(mask: sitk.Image, label: int) -> float:
    """Position of a label's centroid along the patient's axis from foot to head (z of LPS), mm."""
    centroid = np.argwhere(sitk.GetArrayViewFromImage(mask) == label).mean(axis=0)[::-1]
    return float(mask.TransformContinuousIndexToPhysicalPoint(centroid.tolist())[2])


def slice_axis(image: sitk.Image) -> int:
    """The axis (0 to 2) along which the slices lie: the one with clearly the largest step, else the third."""
    steps = np.array(image.GetSpacing())
    largest = int(np.argmax(steps))
    return largest if steps[largest] > CLEARLY * np.delete(steps, largest).max() else 2


def _pieces(mask: sitk.Image, drawn: Mapping[str, int]) -> Iterator[dict]:
    for name, value in drawn.items():
        volumes = [_rounded(volume) for volume in components_ml(mask, value)]
        if len(volumes) > 1:
            listed = ", ".join(f"{volume:g}" for volume in volumes[1:6]) + (", ..." if len(volumes) > 6 else "")
            message = f"{name} has {len(volumes)} pieces; beside {volumes[0]:g} mL: {listed} mL"
            yield finding(Reason.MASK_COMPONENTS, "review", message, {name: len(volumes)})


def _volumes(mask: sitk.Image, drawn: Mapping[str, int], limits: Range) -> Iterator[dict]:
    volumes = {name: volume_ml(mask, value) for name, value in drawn.items()}
    outside = {name: _rounded(volume) for name, volume in volumes.items() if not limits.holds(volume)}
    if outside:
        listed = ", ".join(f"{name} has {volume:g} mL" for name, volume in outside.items())
        yield finding(Reason.MASK_VOLUME, "review", f"{listed}; plausible is {_said(limits)}", outside)


def _order(mask: sitk.Image, drawn: Mapping[str, int], head_to_foot: list[str]) -> Iterator[dict]:
    heights = {name: height_mm(mask, drawn[name]) for name in head_to_foot if name in drawn}
    wrong = [f"{lower} lies above {upper}" for upper, lower in pairwise(heights) if heights[lower] >= heights[upper]]
    if wrong:
        found = sorted(heights, key=heights.get, reverse=True)
        yield finding(Reason.MASK_ORDER, "exclude", f"{', '.join(wrong)}; from head to foot: {', '.join(found)}", found)


def _edges(mask: sitk.Image, drawn: Mapping[str, int]) -> Iterator[dict]:
    through = slice_axis(mask)
    array = sitk.GetArrayViewFromImage(mask).transpose()  # axes as in the image
    for severity, where, axes in (
        ("review", "row or column", [axis for axis in range(3) if axis != through]),
        ("note", "slice", [through]),
    ):
        ends = np.concatenate([np.take(array, end, axis).ravel() for axis in axes for end in (0, -1)])
        touching = [name for name, value in drawn.items() if np.any(ends == value)]
        if touching:
            verb = "touches" if len(touching) == 1 else "touch"
            message = f"{', '.join(touching)} {verb} the first or last {where} of the image"
            yield finding(Reason.MASK_BORDER, severity, message, touching)


def _said(limits: Range) -> str:
    ends = [("at least", limits.min), ("at most", limits.max)]
    return " and ".join(f"{word} {value:g} mL" for word, value in ends if value is not None)


def _rounded(volume: float) -> float:
    """Three significant digits."""
    return float(f"{volume:.3g}")
