"""Pictures of a mask on its image, for people who decide whether it is right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import SimpleITK as sitk
from PIL import Image
from scipy import ndimage

from osteon.images.masks import to_grid
from osteon.images.preview import slice_picture, slices_for_display

SIDE = 320
GAP = 4
# The lowest tenth, the middle and the highest tenth of a label's voxels: its ends and its broadest place.
SHARES = (0.1, 0.5, 0.9)
CLOSE = 480
"""Longest side of a picture that is cut to the labels, pixels: 300 a printed inch where it is 40 mm wide."""
AROUND = 1.35
"""Side of such a picture by the longest one of the labels."""
LINE = 2
"""Width of its outlines, pixels."""


def outlined_slices(
    image: sitk.Image, mask: sitk.Image | None, colors: Mapping[int, str], flagged: Collection[int] = ()
) -> np.ndarray:
    """Three slices side by side with the outline of every label.

    Args:
        image: the segmented image.
        mask: label values; None shows the image alone.
        colors: '#rrggbb' of each label value.
        flagged: labels that are in doubt. The slices go through these, and one through their stray pieces; without
            any they go through all labels.

    Returns:
        uint8, shape (rows, columns, 3), square pixels, longest side of each slice 320; slices as in `images.preview`.
    """
    slices = slices_for_display(image)
    grey = [slice_picture(slices, index, SIDE) for index in range(len(slices.values))]
    if mask is None:
        labels = np.zeros(slices.values.shape, np.uint8)
    else:
        labels = slices_for_display(to_grid(mask, image)).values
    chosen = _chosen(labels, flagged)
    pictures = [_colored(grey[index], labels[index], colors) for index in chosen]
    gap = np.full((pictures[0].shape[0], GAP, 3), 255, np.uint8)
    return np.concatenate([part for picture in pictures for part in (picture, gap)][:-1], axis=1)


def outlined_close(image: sitk.Image, masks: Sequence[tuple[sitk.Image, Mapping[int, str]]]) -> np.ndarray | None:
    """The slice with the largest area of labels, cut to them and a margin, with the outlines of one or more masks.

    Args:
        image: any sequence of the patient.
        masks: label values on the image's grid (`masks.to_grid`), and '#rrggbb' of each value; the outlines of a later
            mask cover those of the ones before. The first decides on the slice.

    Returns:
        uint8, shape (rows, columns, 3), square pixels, longest side `CLOSE`; None if no mask has a label in the image.
    """
    slices = slices_for_display(image)
    labels = [slices_for_display(mask).values for mask, _ in masks]
    areas = next((sizes for one in labels if (sizes := (one > 0).sum(axis=(1, 2))).any()), None)
    if areas is None:
        return None
    index = int(np.argmax(areas))
    box = _surroundings(np.any([one[index] > 0 for one in labels], axis=0), slices.spacing)
    close = replace(slices, values=slices.values[index : index + 1, box[0], box[1]])
    picture = np.repeat(slice_picture(close, 0, CLOSE)[:, :, None], 3, axis=2)
    for one, (_, colors) in zip(labels, masks, strict=True):
        _outline(picture, one[index][box], colors, LINE)
    return picture


def _surroundings(inside: np.ndarray, spacing: tuple[float, float]) -> tuple[slice, slice]:
    """Rows and columns of a square, in mm, around what is inside, as far as the image reaches."""
    ends = [np.nonzero(inside.any(axis=1 - axis))[0][[0, -1]] for axis in (0, 1)]
    side = AROUND * max((last - first + 1) * step for (first, last), step in zip(ends, spacing, strict=True))
    cuts = []
    for (first, last), step, size in zip(ends, spacing, inside.shape, strict=True):
        low = round((first + last + 1) / 2 - side / step / 2)
        cuts.append(slice(max(0, low), min(size, low + round(side / step))))
    return cuts[0], cuts[1]


def _chosen(labels: np.ndarray, flagged: Collection[int]) -> list[int]:
    """Numbers of three slices, ascending."""
    inside = np.isin(labels, list(flagged))
    inside = inside if inside.any() else labels > 0
    if not inside.any():
        return [round(share * (len(labels) - 1)) for share in (0.25, 0.5, 0.75)]
    chosen = [int(place) for place in np.quantile(np.nonzero(inside)[0], SHARES, method="nearest")]
    stray = [place for label in flagged for place in _stray(labels == label)]
    if stray and stray[0] not in chosen:
        nearest = min((0, 2), key=lambda end: abs(chosen[end] - stray[0]))
        chosen[nearest] = stray[0]
    return sorted(chosen)


def _stray(label: np.ndarray) -> list[int]:
    """The middle slice of the second largest piece, if there is one."""
    pieces, count = ndimage.label(label, np.ones((3, 3, 3)))
    if count < 2:
        return []
    second = np.argsort(np.bincount(pieces.ravel())[1:])[-2] + 1
    return [int(np.median(np.nonzero(pieces == second)[0]))]


def _colored(grey: np.ndarray, labels: np.ndarray, colors: Mapping[int, str]) -> np.ndarray:
    """The picture in color with the border of each label, one pixel wide, inside it."""
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    _outline(picture, labels, colors, 1)
    return picture


def _outline(picture: np.ndarray, labels: np.ndarray, colors: Mapping[int, str], width: int) -> None:
    """Draw the border of each label, `width` pixels wide and inside it, into a picture in color."""
    rows, columns, _ = picture.shape
    fine = np.asarray(Image.fromarray(labels.astype(np.int32)).resize((columns, rows), Image.Resampling.NEAREST))
    for value, color in colors.items():
        inside = fine == value
        border = inside & ~ndimage.binary_erosion(inside, iterations=width)
        picture[border] = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
