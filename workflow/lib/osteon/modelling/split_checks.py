"""Cohorts that cannot be split, each refused with a sentence on what to change."""

from __future__ import annotations

import numpy as np
import pandas as pd

from osteon.config.modelling import Validation
from osteon.modelling.task import Task

TRAIN, TEST = "train", "test"


def group_names(outcome: pd.Series, task: Task) -> pd.Series:
    """The group of each patient by outcome, as it is called in messages: 1, a class, or 'in quarter 2'."""
    strata = task.strata(outcome)
    if task.kind == "classes":
        return strata.map(lambda code: task.values[int(code)])
    return strata if task.kind == "binary" else "in quarter " + strata


def absent_groups(outcome: pd.Series, task: Task) -> list[str]:
    """What no patient has, in words: an outcome; for a number a second value."""
    if task.kind == "continuous":
        return ["a second value of the outcome"] if outcome.nunique() < 2 else []
    present = set(outcome.astype(int))
    names = range(len(task.values)) if task.kind == "binary" else task.values
    return [f"outcome {name}" for code, name in enumerate(names) if code not in present]


def refuse_one_outcome(outcome: pd.Series, task: Task) -> None:
    """Refuse patients with one outcome only, or without one of the classes."""
    if outcome.nunique() < 2:
        needed = "with and without it" if task.kind == "binary" else "with different ones"
        raise ValueError(
            f"splits: all {len(outcome)} development patients have the same outcome; a model needs patients {needed}"
        )
    if absent := absent_groups(outcome, task):
        raise ValueError(
            f"splits: no development patient has {absent[0]}; add patients, or remove it from outcome.classes"
        )


def refuse_small_strata(strata: pd.Series, hold_out: float) -> None:
    """Refuse groups by center and outcome that cannot be in both sets."""
    counts = strata.value_counts()
    if counts.min() < 2:
        raise ValueError(
            f"splits: center {counts.idxmin()} has 1 patient; a split by center and outcome needs at "
            "least 2. Add patients, or give the center the role 'external'"
        )
    held = int(np.ceil(hold_out * len(strata)))
    if min(held, len(strata) - held) < len(counts):
        raise ValueError(
            f"splits: a hold-out of {hold_out} keeps {held} of {len(strata)} patients for the test, but "
            f"there are {len(counts)} groups by center and outcome; change validation.hold_out or add "
            "patients"
        )


def refuse_uneven_sets(outcome: pd.Series, in_training: pd.Series, day: str, task: Task) -> None:
    """Refuse a temporal split after which an outcome is in one of the sets only."""
    for when, members in ((f"before {day}", outcome[in_training]), (f"on {day} or later", outcome[~in_training])):
        if members.empty:
            raise ValueError(f"splits: no development patient was examined {when}; change validation.hold_out")
        if absent := absent_groups(members, task):
            raise ValueError(
                f"splits: no development patient who was examined {when} has {absent[0]}, but both sets need every "
                "outcome; change validation.hold_out"
            )


def refuse_few_for_folds(outcome: pd.Series, folds: int, task: Task) -> None:
    """Refuse training patients of whom some fold would have fewer than two, of any class."""
    if task.kind == "continuous":
        counts = {"": len(outcome)}
    else:
        counts = {f" with outcome {name}": count for name, count in group_names(outcome, task).value_counts().items()}
    for group, count in counts.items():
        if count < 2 * folds:
            raise ValueError(
                f"splits: {count} training patients{group} are too few for {folds} "
                "folds; each fold needs at least 2. Lower validation.folds to "
                f"{max(2, count // 2)} or add patients"
            )


def refuse_wrong_sets(given: pd.DataFrame, validation: Validation) -> None:
    """Refuse a table of sets, or of earlier splits, that does not fit the settings, which would be ignored."""
    if wrong := sorted(set(given["set"].astype(str)) - {TRAIN, TEST}):
        raise ValueError(f"splits: {wrong[0]!r} in column 'set' of the earlier splits is neither {TRAIN} nor {TEST}")
    if (given["set"] == TEST).any() == (validation.hold_out is None):
        has = "has no" if validation.hold_out else "has a"
        raise ValueError(
            f"splits: the table of earlier splits {has} test set, but validation.hold_out is {validation.hold_out!r}. "
            "Write the settings that it was made with"
        )
