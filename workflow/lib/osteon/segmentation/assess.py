"""How good a trained model is on cases kept from its folds, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from osteon.segmentation.cases import kept_from
from osteon.segmentation.dataset import TrainingCase
from osteon.segmentation.evaluate import CROSS_VALIDATION, MaskPair, agreement
from osteon.tables.files import read_table


def cross_validation(
    cases: Sequence[TrainingCase], plan: Sequence[Mapping], folders: Mapping[int, Path], labels: Mapping[str, int]
) -> pd.DataFrame:
    """Compare the manual mask of every case with that of the fold that did not learn from it.

    Args:
        cases: the training cases.
        plan: from `planning.plan_training`: the fold that each was kept from.
        folders: the predictions of each trained fold; cases that no trained fold was kept from are not compared.
        labels: integer of each structure.

    Returns:
        The table of `evaluate.agreement`.
    """
    return agreement(
        [
            MaskPair(case.center, case.subject, case.mask, folder / case.mask_name, how=CROSS_VALIDATION)
            for fold, folder in folders.items()
            for case in kept_from(fold, cases, plan)
        ],
        labels,
    )


def joined_curves(curves: Mapping[int, Path]) -> pd.DataFrame:
    """The learning curves of all folds in one table, by column fold."""
    tables = [read_table(path).assign(fold=fold) for fold, path in sorted(curves.items())]
    table = pd.concat(tables, ignore_index=True)
    return table[["fold", *(name for name in table.columns if name != "fold")]]


def limits_of(simulated: bool, centers: Sequence[str], unseen: Sequence[int]) -> list[str]:
    """What a user of the model must know, in sentences.

    Args:
        simulated: whether the patients were.
        centers: the hospitals that it learned from.
        unseen: parts of the cases that no fold was kept from, because those folds were not trained.
    """
    limits = [
        f"It has seen scanners of {len(centers)} hospitals ({', '.join(centers)}); look at masks from others.",
        "The patients kept for validation come from the same hospitals as those it learned from.",
        "The model averages its folds, and the agreement is that of each fold alone, on patients that it did not "
        "learn from. The average was not tested: every patient here was learned by one fold or another."
        if not unseen
        else f"Part {', '.join(map(str, unseen))} of the cases was learned by every fold: it was not tested on them.",
    ]
    if simulated:
        limits.insert(
            0,
            "It learned from simulated patients only. It shows that the road works; it is of no use on "
            "images of people.",
        )
    return limits
