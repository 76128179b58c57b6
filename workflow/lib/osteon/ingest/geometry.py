"""Do the slices of a series form one regular stack? Computed from the headers alone.

Converters close holes, drop shear and average spacings without an error, so nothing is converted
before these checks have passed. All coordinates are DICOM's (LPS), in mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.ingest.rules import Checks
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

# Two slices closer than this lie at one position.
SAME_POSITION_MM = 0.01


@dataclass(frozen=True)
class Plane:
    """One slice: corner position, direction cosines of row and column, pixel spacing (down, across), mm."""

    file: str
    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    rows: int
    columns: int


@dataclass(frozen=True)
class Stack:
    """A regular volume: `affine` takes (column, row, slice) to LPS mm; `size` is in that order.

    `order` sorts the planes along the normal. `scatter` is how far, mm, a corner lies at most from where the affine
    puts it: the rounding of the headers.
    """

    order: tuple[int, ...]
    affine: np.ndarray
    size: tuple[int, int, int]
    scatter: float = 0.0

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Distance of voxel centers along column, row and slice, mm."""
        return tuple(float(step) for step in np.linalg.norm(self.affine[:3, :3], axis=0))


def check_stack(planes: list[Plane], checks: Checks, siblings: list[Plane] = ()) -> tuple[Stack | None, list[dict]]:
    """Check that the planes form one regular stack.

    Projections on the common normal are sorted; the distances between them must be positive and equal within
    max(0.05 mm, 1 %), which is also how far a slice may lie from its place in an even stack, and the corners must lie
    on one line along the normal within 0.1 mm (defaults).

    Args:
        planes: the slices in any order, without identical copies.
        checks: tolerances.
        siblings: slices of other groups with the same SeriesInstanceUID; further echoes have the same orientation
            and matrix, so others show that the series is mixed.

    Returns:
        The stack, or None if any finding excludes it; and the findings, the gravest first.

    Verified against: randomly dropped, duplicated, moved and sheared slices; the `failing` series of the
    dicom2nifti test data.
    """
    files = sorted({plane.file for plane in planes})
    unplaced = [plane.file for plane in planes if not _placed(plane)]
    if unplaced:
        return None, [
            finding(
                Reason.GEOMETRY_MISSING,
                "exclude",
                "position, orientation or pixel spacing is missing or impossible in the header",
                len(unplaced),
                sorted(unplaced),
            )
        ]
    mixed = _mixed([*planes, *(plane for plane in siblings if _placed(plane))], checks)
    if mixed:
        return None, [mixed]
    row, column = (axis / np.linalg.norm(axis) for axis in np.reshape(planes[0].orientation, (2, 3)))
    normal = np.cross(row, column)
    normal /= np.linalg.norm(normal)
    corners = np.array([plane.position for plane in planes])
    heights = corners @ normal
    order = np.argsort(heights, kind="stable")
    steps = np.diff(heights[order])
    distinct = 1 + int(np.sum(steps > SAME_POSITION_MM))
    if distinct < checks.minimum_slices:
        return None, [
            finding(
                Reason.NOT_A_VOLUME,
                "exclude",
                f"{distinct} slice positions; a volume needs {checks.minimum_slices}",
                distinct,
                files,
            )
        ]
    repeated = _repeated(planes, order, steps, distinct)
    if repeated:
        return None, [repeated]
    findings = [*_uneven(planes, order, steps, checks), *_sheared(corners[order], normal, checks)]
    if findings:
        return None, findings
    scatter = np.linalg.norm(corners[order] - np.linspace(corners[order[0]], corners[order[-1]], len(planes)), axis=1)
    affine = np.eye(4)
    affine[:3, 0] = row * planes[0].spacing[1]
    affine[:3, 1] = column * planes[0].spacing[0]
    affine[:3, 2] = (corners[order[-1]] - corners[order[0]]) / (len(planes) - 1)
    affine[:3, 3] = corners[order[0]]
    size = planes[0].columns, planes[0].rows, len(planes)
    return Stack(tuple(int(i) for i in order), affine, size, float(scatter.max())), []


def check_numbering(slices: int, numbers: list[int], promised: int | None, images: int, checks: Checks) -> list[dict]:
    """Look for slices missing at the edge, which leave no gap between positions.

    Args:
        slices: number of slices of the volume.
        numbers: InstanceNumber of every image with this SeriesInstanceUID, other echoes included.
        promised: ImagesInAcquisition (0020,1002), or None.
        images: number of different images with this SeriesInstanceUID.
        checks: `numbering` says what a missing edge slice leads to.

    Returns:
        Findings; empty if nothing speaks against completeness. A numbering that starts so late that the
        stack may be a second block of a longer numbering is left to a person ('review').
    """
    findings = []
    if promised is not None and promised > images:
        findings.append(
            finding(
                Reason.SLICE_MISSING,
                checks.numbering,
                f"the header promises {promised} images (ImagesInAcquisition), {images} are there",
                promised - images,
            )
        )
    if not numbers or len(set(numbers)) != len(numbers):
        return findings  # a number that occurs twice says that the numbers do not count slices
    late = max(0, min(numbers) - 1)
    if late:
        findings.append(
            finding(
                Reason.SLICE_MISSING,
                checks.numbering if late < slices else "review",
                f"the numbering of the images starts at {min(numbers)}",
                late,
            )
        )
    holes = max(numbers) - min(numbers) + 1 - len(numbers)
    if holes:
        findings.append(
            finding(
                Reason.SLICE_MISSING,
                "review",
                f"{holes} number(s) are missing in the numbering of the images",
                holes,
            )
        )
    return findings


def check_declared_spacing(stack: Stack, declared: float | None, thickness: float | None, checks: Checks) -> list[dict]:
    """Compare the distance between slices with SpacingBetweenSlices (0018,0088): is every second slice missing?

    Some vendors write the gap instead of the distance between centers, which is accepted.

    Args:
        stack: the volume.
        declared: SpacingBetweenSlices, mm, or None.
        thickness: SliceThickness, mm, or None.
        checks: tolerances.
    """
    step = stack.spacing[2]
    if not declared or declared <= 0:
        return []
    allowed = {declared, declared + (thickness or 0.0)}
    if any(abs(step - value) <= max(checks.spacing_mm, checks.spacing_share * step) for value in allowed):
        return []
    message = f"slices are {step:.3f} mm apart, the header says {declared:.3f} mm (SpacingBetweenSlices)"
    times = step / declared
    whole = times > 1.5 and abs(times - round(times)) < 0.02 * times and declared >= 0.9 * (thickness or declared)
    if whole:
        return [finding(Reason.SLICE_MISSING, checks.numbering, message, round(step, 4))]
    return [finding(Reason.SPACING_IRREGULAR, "review", message, round(step, 4))]


def _placed(plane: Plane) -> bool:
    if plane.position is None or plane.orientation is None or plane.spacing is None:
        return False
    row, column = np.reshape(plane.orientation, (2, 3))
    unit = abs(np.linalg.norm(row) - 1) < 0.01 and abs(np.linalg.norm(column) - 1) < 0.01
    return bool(unit and abs(row @ column) < 0.001 and min(plane.spacing) > 0)


def _mixed(planes: list[Plane], checks: Checks) -> dict | None:
    """Slices that differ from the most common orientation, matrix or pixel spacing."""
    groups: list[list[Plane]] = []
    for plane in planes:
        for group in groups:
            if _alike(plane, group[0], checks):
                group.append(plane)
                break
        else:
            groups.append([plane])
    if len(groups) == 1:
        return None
    groups.sort(key=len, reverse=True)
    counts = " + ".join(str(len(group)) for group in groups)
    return finding(
        Reason.ORIENTATION_MIXED,
        "exclude",
        f"{len(groups)} orientations, matrices or pixel spacings in the series ({counts} images)",
        len(groups),
        sorted({plane.file for group in groups[1:] for plane in group}),
    )


def _alike(one: Plane, other: Plane, checks: Checks) -> bool:
    return (
        (one.rows, one.columns) == (other.rows, other.columns)
        and np.allclose(one.spacing, other.spacing, rtol=1e-3, atol=0)
        and np.allclose(one.orientation, other.orientation, rtol=0, atol=checks.orientation)
    )


def _repeated(planes: list[Plane], order: np.ndarray, steps: np.ndarray, distinct: int) -> dict | None:
    """More than one slice at a position: a duplicate, or several volumes if every position has the same number."""
    same = np.flatnonzero(steps <= SAME_POSITION_MM)
    if not len(same):
        return None
    files = sorted({planes[order[i + offset]].file for i in same for offset in (0, 1)})
    starts = np.flatnonzero(np.r_[True, steps > SAME_POSITION_MM])
    counts = np.diff(np.r_[starts, len(planes)])
    if counts.min() == counts.max():
        return finding(
            Reason.SEVERAL_VOLUMES,
            "exclude",
            f"each of {distinct} positions holds {counts[0]} different images",
            int(counts[0]),
            files,
        )
    return finding(
        Reason.SLICE_DUPLICATED,
        "exclude",
        f"{int(np.sum(counts > 1))} position(s) hold more than one image with different pixels",
        int(np.sum(counts > 1)),
        files,
    )


def _uneven(planes: list[Plane], order: np.ndarray, steps: np.ndarray, checks: Checks) -> list[dict]:
    """Distances that differ: a missing slice if they are whole multiples of the smallest, else irregular.

    Differences too small to be seen between neighbours add up where they go the same way.
    """
    median = float(np.median(steps))
    tolerance = max(checks.spacing_mm, checks.spacing_share * median)
    heights = np.r_[0.0, np.cumsum(steps)]
    odd = np.flatnonzero(np.abs(steps - median) > tolerance)
    if not len(odd) and np.abs(heights - np.linspace(0, heights[-1], len(heights))).max() <= tolerance:
        return []
    files = sorted({planes[order[i + offset]].file for i in odd for offset in (0, 1)})
    unit = float(steps.min())
    multiples = np.rint(steps / unit)
    if len(odd) and np.all(np.abs(steps - multiples * unit) <= tolerance * multiples):
        missing = int(np.sum(multiples - 1))
        return [
            finding(
                Reason.SLICE_MISSING,
                "exclude",
                f"{missing} slice(s) missing: distances are multiples of {unit:.3f} mm, up to {steps.max():.3f} mm",
                missing,
                files,
            )
        ]
    return [
        finding(
            Reason.SPACING_IRREGULAR,
            "exclude",
            f"distances between slices from {steps.min():.3f} to {steps.max():.3f} mm",
            round(float(np.abs(steps - median).max()), 4),
            files,
        )
    ]


def _sheared(corners: np.ndarray, normal: np.ndarray, checks: Checks) -> list[dict]:
    offsets = corners - corners[0]
    heights = offsets @ normal
    drift = np.linalg.norm(offsets - np.outer(heights, normal), axis=1)
    tolerance = max(checks.shear_mm, checks.shear_share * float(np.ptp(heights)))
    if drift.max() <= tolerance:
        return []
    return [
        finding(
            Reason.SLICES_SHEARED,
            "exclude",
            f"slices are shifted within their plane by up to {drift.max():.2f} mm",
            round(float(drift.max()), 4),
        )
    ]
