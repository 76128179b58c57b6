"""Masks: bringing them onto an image's grid, what is in them, how far two of them agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import product

import numpy as np
import SimpleITK as sitk

from osteon.tables.reasons import Reason
from osteon.tables.status import finding


def same_grid(first: sitk.Image, second: sitk.Image, tolerance: float = 0.01) -> bool:
    """True if the sizes agree and every corner lies within `tolerance` of the smallest voxel edge."""
    if first.GetSize() != second.GetSize():
        return False
    step = tolerance * min(first.GetSpacing())
    return bool(np.allclose(_corners(first), _corners(second), rtol=0, atol=step))


def same_lattice(mask: sitk.Image, image: sitk.Image, tolerance: float = 0.01) -> bool:
    """True if every voxel center of the mask's grid is one of the image's lattice, which goes on beyond the image.

    Reordered and flipped axes, a cut-out and slices left out at the ends move no voxel: the lattice is the same.
    `tolerance` is a share of the image's voxel edges.
    """
    axes = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    indices = np.linalg.solve(axes, (_corners(mask) - image.GetOrigin()).T)
    steps = np.linalg.solve(axes, np.reshape(mask.GetDirection(), (3, 3)) * mask.GetSpacing())
    reordered = np.array_equal(np.sort(np.abs(np.rint(steps)), axis=0), np.sort(np.eye(3), axis=0))
    return bool(reordered and np.abs(indices - np.rint(indices)).max() <= tolerance)


def _corners(image: sitk.Image) -> np.ndarray:
    """Physical positions, mm, of the centers of the eight corner voxels, shape (8, 3)."""
    ends = [(0, size - 1) for size in image.GetSize()]
    return np.array([image.TransformIndexToPhysicalPoint(corner) for corner in product(*ends)])


def to_grid(mask: sitk.Image, image: sitk.Image, transform: sitk.Transform | None = None) -> sitk.Image:
    """The mask on the image's grid, by nearest neighbour in physical space; 0 outside the mask's own grid.

    Args:
        mask: labels, drawn on any grid.
        image: gives the grid.
        transform: where a physical point of the mask lies in the image (`registration.rigid_transform`), if the
            patient moved between the two; it must be invertible.
    """
    if transform is None and same_grid(mask, image):
        result = sitk.Image(mask)
        result.CopyInformation(image)
        return result
    backward = sitk.Transform() if transform is None else transform.GetInverse()
    return sitk.Resample(mask, image, backward, sitk.sitkNearestNeighbor, 0.0, mask.GetPixelID())


def labels_present(mask: sitk.Image) -> list[int]:
    """The labels other than 0, ascending."""
    return [int(value) for value in np.unique(sitk.GetArrayViewFromImage(mask)) if value != 0]


def union(mask: sitk.Image, labels: Collection[int]) -> sitk.Image:
    """Mask (0/1, UInt8) of the voxels that have any of the labels."""
    inside = np.isin(sitk.GetArrayViewFromImage(mask), list(labels)).astype(np.uint8)
    result = sitk.GetImageFromArray(inside)
    result.CopyInformation(mask)
    return result


def volume_ml(mask: sitk.Image, label: int) -> float:
    """Volume of a label, millilitres."""
    voxels = np.count_nonzero(sitk.GetArrayViewFromImage(mask) == label)
    return float(voxels * np.prod(mask.GetSpacing()) / 1000)


def dice(truth: sitk.Image, predicted: sitk.Image, label: int) -> float:
    """Dice overlap 2|A∩B| / (|A| + |B|) of one label on one grid; NaN if neither mask has the label.

    Dice, Ecology 26, 297 (1945). Raises ValueError if the grids differ.
    """
    if not same_grid(truth, predicted):
        raise ValueError(
            f"masks on different grids: size {truth.GetSize()} and {predicted.GetSize()}, "
            f"spacing {truth.GetSpacing()} and {predicted.GetSpacing()}; bring one to the other's grid"
        )
    first = sitk.GetArrayViewFromImage(truth) == label
    second = sitk.GetArrayViewFromImage(predicted) == label
    total = np.count_nonzero(first) + np.count_nonzero(second)
    return float(2 * np.count_nonzero(first & second) / total) if total else float("nan")


def mask_findings(mask: sitk.Image, image: sitk.Image, labels: Mapping[str, int]) -> list[dict]:
    """What is wrong with a mask for this image, as rows of the quality table; empty if nothing is.

    Excluding: a label that the study does not know (a label map of another study), no label at all, labelled
    voxels outside the image. For review: some of the labels are absent.
    """
    present = labels_present(mask)
    findings = []
    unknown = sorted(set(present) - set(labels.values()))
    absent = [name for name, value in labels.items() if value not in present]
    if unknown:
        findings.append(
            finding(Reason.MASK_LABELS, "exclude", f"labels {unknown} are not among {dict(labels)}", value=unknown)
        )
    if absent:
        severity = "exclude" if len(absent) == len(labels) else "review"
        findings.append(
            finding(Reason.MASK_EMPTY, severity, f"no voxel has the label of {', '.join(absent)}", value=absent)
        )
    outside = _share_outside(mask, image)
    if outside > 0:
        findings.append(
            finding(
                Reason.MASK_GRID,
                "exclude",
                f"{100 * outside:.1f} % of the labelled voxels lie outside the image",
                value=round(outside, 4),
            )
        )
    return findings


def _share_outside(mask: sitk.Image, image: sitk.Image) -> float:
    """Share of the labelled voxels whose center lies more than half a voxel outside the image."""
    if same_grid(mask, image):
        return 0.0
    indices = np.argwhere(sitk.GetArrayViewFromImage(mask))[:, ::-1]
    if len(indices) == 0:
        return 0.0
    steps = np.array(mask.GetDirection()).reshape(3, 3) * mask.GetSpacing()
    points = indices @ steps.T + mask.GetOrigin()
    axes = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    inside = np.linalg.solve(axes, (points - image.GetOrigin()).T).T
    reach = np.any((inside < -0.5) | (inside > np.array(image.GetSize()) - 0.5), axis=1)
    return float(reach.mean())
