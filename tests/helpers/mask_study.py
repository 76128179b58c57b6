"""Tables of mask agreement, made by the functions that make them in a study."""

from __future__ import annotations

import pandas as pd

from osteon.config.segmentation import Targets
from osteon.segmentation.evaluate import COLUMNS
from osteon.segmentation.readers import COLUMNS as READER_COLUMNS
from osteon.segmentation.readers import readers_summary
from osteon.segmentation.summary import agreement_summary


def cases() -> pd.DataFrame:
    """Hospital A is good, C has a Dice of about 0.85 and voxels of 4 mm; one case was trained on."""
    rows = []
    for center, dice, hd95, edge in (("A", 0.96, 1.0, 1.0), ("C", 0.85, 3.0, 4.0)):
        for number in range(6):
            value, distance = dice + 0.002 * number, hd95 + 0.1 * number
            numbers = [value, distance, distance / 3, 20.0, 20.0 - 0.1 * number, -0.5 * number, edge]
            rows += [[f"{center}{number + 1}", center, label, "unseen", *numbers, ""] for label in ("L1", "L2")]
    rows += [["A9", "A", label, "trained_on", *[None] * 7, "trained_on"] for label in ("L1", "L2")]
    return pd.DataFrame(rows, columns=COLUMNS)


def agreement() -> pd.DataFrame:
    """Their summary."""
    return agreement_summary(cases(), Targets(), seed=1)


def readers() -> pd.DataFrame:
    """Summary of two readers of six cases, one of whom read twice."""
    rows = []
    for number in range(6):
        for kind, other, dice in (("inter", "XW-1", 0.93), ("intra", "ML-2", 0.97)):
            numbers = [dice + 0.003 * number, 1.0, 0.3, 20.0, 20.5, 2.5, 4.0]
            rows.append([f"A{number}", "A", "L1", kind, "ML-1", other, *numbers, ""])
    return readers_summary(pd.DataFrame(rows, columns=READER_COLUMNS), seed=1)
