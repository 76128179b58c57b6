"""How far a model disagrees with itself on one case, where there is no manual mask to compare with.

Compared is on the grid on which the network predicts, so that nothing is resampled a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import SimpleITK as sitk

# nnunetv2's readers that turn every image so that its first axis runs from left to right.
REORIENTING = "WithReorient"


def least_dice(
    mask: np.ndarray, others: Sequence[np.ndarray], labels: Mapping[str, int | None]
) -> dict[str, float | None]:
    """Least Dice of each label between a mask and several others; null where no mask has the label.

    Args:
        mask: label numbers.
        others: the same, of the same shape.
        labels: name and number of each label; null stands for one that the network does not know.
    """
    found = {}
    for name, number in labels.items():
        values = [] if number is None else [_dice(mask == number, other == number) for other in others]
        known = [value for value in values if value is not None]
        found[name] = round(min(known), 6) if known else None
    return found


def _dice(first: np.ndarray, second: np.ndarray) -> float | None:
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2 * int(np.count_nonzero(first & second)) / total if total else None


def side_axis(image: sitk.Image, reader: str, transpose: Sequence[int]) -> int:
    """The axis of the network's array (channel, z, y, x) that lies closest to the patient's left and right.

    Args:
        image: the image.
        reader: name of nnunetv2's reader class.
        transpose: order of the array's axes in the plans (transpose_forward).
    """
    direction = np.abs(np.reshape(image.GetDirection(), (3, 3))[0])
    axis = 0 if reader.endswith(REORIENTING) else int(np.argmax(direction))
    return list(transpose).index(2 - axis) + 1


def nothing_to_compare(compare: str, predictor: Any, axis: int) -> str | None:
    """Why a comparison says nothing about this model, or None if it does.

    Args:
        compare: folds or mirrored.
        predictor: nnunetv2's nnUNetPredictor.
        axis: from `side_axis`.
    """
    if compare == "folds" and len(predictor.list_of_parameters) < 2:
        return "the model has one fold"
    if compare == "mirrored" and len(predictor.configuration_manager.patch_size) == 2 and axis == 1:
        return "the network sees one slice at a time, and the slices lie from left to right"
    return None
