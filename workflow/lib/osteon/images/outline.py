"""Pictures of a mask on its image, for people who decide whether it is right."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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
    rows, columns = grey.shape
    fine = np.asarray(Image.fromarray(labels.astype(np.int32)).resize((columns, rows), Image.Resampling.NEAREST))
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    for value, color in colors.items():
        inside = fine == value
        picture[inside & ~ndimage.binary_erosion(inside)] = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
    return picture
