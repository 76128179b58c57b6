"""Agreement of predicted with manual masks, per case and label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from osteon.images.io import read_image
from osteon.images.masks import dice, to_grid, volume_ml

COLUMNS = ["subject", "center", "label", "dice", "volume_truth_ml", "volume_predicted_ml"]


@dataclass(frozen=True)
class MaskPair:
    """A case's manual and predicted mask."""

    center: str
    subject: str
    truth: Path
    predicted: Path


def agreement(pairs: Iterable[MaskPair], labels: Mapping[str, int]) -> pd.DataFrame:
    """One row per case and label: Dice and both volumes (ml).

    The manual mask is brought to the predicted one's grid if it has another. Dice is NaN, with both volumes 0,
    where neither mask has the label.
    """
    rows = []
    for pair in pairs:
        predicted = read_image(pair.predicted)
        truth = to_grid(read_image(pair.truth), predicted)
        rows += [
            [
                pair.subject,
                pair.center,
                name,
                dice(truth, predicted, value),
                volume_ml(truth, value),
                volume_ml(predicted, value),
            ]
            for name, value in labels.items()
        ]
    return pd.DataFrame(rows, columns=COLUMNS)


def summarise_agreement(table: pd.DataFrame) -> pd.DataFrame:
    """One row per center and label, in the order of the table: number of cases, mean, median and least Dice.

    `bias_percent` is the mean of (predicted - manual) / manual volume; cases without the label in the manual
    mask do not enter it.
    """
    difference = 100 * (table["volume_predicted_ml"] / table["volume_truth_ml"].where(table["volume_truth_ml"] > 0) - 1)
    groups = table.assign(bias_percent=difference).groupby(["center", "label"], sort=False)
    return groups.agg(
        cases=("dice", "count"),
        dice_mean=("dice", "mean"),
        dice_median=("dice", "median"),
        dice_min=("dice", "min"),
        bias_percent=("bias_percent", "mean"),
    ).reset_index()
