"""Agreement of predicted with manual masks, per case and label."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import SimpleITK as sitk

from osteon.images.io import read_image
from osteon.images.masks import dice, to_grid, volume_ml
from osteon.images.surface import surface_distances
from osteon.tables.reasons import Reason

COLUMNS = [
    "subject",
    "center",
    "label",
    "how",
    "dice",
    "hd95_mm",
    "asd_mm",
    "volume_truth_ml",
    "volume_predicted_ml",
    "volume_error_percent",
    "voxel_edge_mm",
    "reason",
]
UNSEEN = "unseen"
UNKNOWN = "unknown"
CROSS_VALIDATION = "cross_validation"


@dataclass(frozen=True)
class MaskPair:
    """A case's manual and predicted mask."""

    center: str
    subject: str
    truth: Path
    predicted: Path | None
    """None: the network made no mask that could be used."""
    how: str = UNSEEN
    """How the prediction was made: the case was 'unseen' by the model, it is 'unknown' whether it was, or the model's
    'cross_validation' kept it out."""
    reason: str = ""
    """Why there is no predicted mask."""


@dataclass(frozen=True)
class Unevaluated:
    """A case with a manual mask that is compared with nothing."""

    center: str
    subject: str
    how: str
    """What its mask is: 'trained_on', 'manual' or 'corrected'."""
    reason: Reason


def agreement(pairs: Iterable[MaskPair | Unevaluated], labels: Mapping[str, int]) -> pd.DataFrame:
    """One row per case and label.

    Dice; the 95th percentile of the surface distance and the average one, mm; both volumes, mL; the error of the
    volume, per cent of the manual one; the largest voxel edge, mm. The manual mask is brought to the predicted one's
    grid if it has another.

    Where a value is missing there is a `reason`: a label that was not drawn is not judged; one that was drawn and not
    predicted has Dice 0, an error of -100 % and no distances.
    """
    rows = [row for pair in pairs for row in _rows(pair, labels)]
    return pd.DataFrame(rows, columns=COLUMNS)


def overlap(first: sitk.Image, second: sitk.Image, label: int) -> dict[str, float]:
    """Dice, and where both masks have the label the distances of its surfaces; one grid."""
    values = {"dice": dice(first, second, label), "hd95_mm": math.nan, "asd_mm": math.nan}
    inside = [sitk.GetArrayViewFromImage(mask) == label for mask in (first, second)]
    if all(mask.any() for mask in inside):
        distances = surface_distances(*inside, first.GetSpacing()[::-1])
        values |= {"hd95_mm": distances.hd95_mm, "asd_mm": distances.asd_mm}
    return values


def _rows(pair: MaskPair | Unevaluated, labels: Mapping[str, int]) -> Iterable[dict]:
    case = {"subject": pair.subject, "center": pair.center, "how": pair.how}
    if isinstance(pair, Unevaluated):
        yield from ({**case, "label": name, "reason": str(pair.reason)} for name in labels)
        return
    truth = read_image(pair.truth)
    predicted = truth * 0 if pair.predicted is None else read_image(pair.predicted)
    truth = to_grid(truth, predicted)
    case["voxel_edge_mm"] = max(truth.GetSpacing())
    for name, value in labels.items():
        drawn, found = volume_ml(truth, value), volume_ml(predicted, value)
        volumes = {"volume_truth_ml": drawn, "volume_predicted_ml": found}
        if drawn == 0:
            yield {**case, "label": name, **volumes, "reason": str(Reason.LABEL_NOT_DRAWN)}
            continue
        missed = (pair.reason or str(Reason.LABEL_NOT_PREDICTED)) if found == 0 else ""
        yield {
            **case,
            "label": name,
            **overlap(truth, predicted, value),
            **volumes,
            "volume_error_percent": 100 * (found / drawn - 1),
            "reason": missed,
        }
