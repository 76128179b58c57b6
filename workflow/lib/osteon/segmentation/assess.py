"""How good a trained model is on cases kept from it, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from osteon.config.segmentation import Segmentation
from osteon.segmentation.evaluate import MaskPair, agreement
from osteon.segmentation.predict import load_model, predict
from osteon.segmentation.train import TrainingCase


def assess_model(
    path: Path,
    cases: Sequence[TrainingCase],
    labels: Mapping[str, int],
    settings: Segmentation,
    folder: Path,
    threads: int = 1,
) -> pd.DataFrame:
    """Predict `cases` with the exported model, exactly as a study would, and compare with their manual masks.

    Predictions stay in `folder`. Returns the table of `evaluate.agreement`.
    """
    model = load_model(path, settings, threads)
    pairs = []
    for case in cases:
        predicted = folder / f"{case.name}_dseg.nii.gz"
        predict(model, case.image, predicted)
        pairs.append(MaskPair(case.center, case.subject, case.mask, predicted))
    return agreement(pairs, labels)


def limits_of(simulated: bool, centers: Sequence[str]) -> list[str]:
    """What a user of the model must know, in sentences."""
    limits = [
        f"It has seen scanners of {len(centers)} hospitals ({', '.join(centers)}); look at masks from others.",
        "The patients kept for validation come from the same hospitals as those it learned from.",
    ]
    if simulated:
        limits.insert(
            0,
            "It learned from simulated patients only. It shows that the road works; it is of no use on "
            "images of people.",
        )
    return limits
