"""Who trains and who tests: made once, by patient, and read by everything that learns."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

TRAIN, TEST = "train", "test"
FINAL = "final"


def make_splits(development: pd.DataFrame, *, hold_out: float, folds: int, seed: int) -> pd.DataFrame:
    """Split development patients into training and internal test, and the training patients into folds.

    Both are stratified by center and outcome. The result depends on the set of patients, not on
    the order of the rows.

    Args:
        development: columns subject, center, outcome (0 or 1); one row per patient.
        hold_out: share of patients kept for the internal test.
        folds: number of folds among the training patients.
        seed: seed of the random order.

    Returns:
        subject, center, set ('train' or 'test'), fold (0 to folds - 1; empty for test patients),
        sorted by center and subject.

    Raises:
        ValueError: a subject twice, a group of one patient, or too few patients for the hold-out or
            the folds; the message names the group and what to change.
    """
    if development["subject"].duplicated().any():
        twice = development.loc[development["subject"].duplicated(), "subject"].iloc[0]
        raise ValueError(f"splits: subject {twice!r} is there twice; a patient must be in one set only")
    patients = development[["subject", "center", "outcome"]].astype({"subject": str, "center": str})
    patients = patients.sort_values(["center", "subject"], ignore_index=True)
    strata = patients["center"] + " with outcome " + patients["outcome"].astype(int).astype(str)
    _check_strata(patients, strata, hold_out)
    train, _ = train_test_split(patients, test_size=hold_out, random_state=seed, stratify=strata)
    _check_folds(train["outcome"], folds)
    # Training patients lie in random order within each group; dealing them out like cards gives every fold the
    # same share of each group, and of each outcome even where a group is smaller than the number of folds.
    dealt = train.sort_values(["outcome", "center"], kind="stable").index
    fold = pd.Series(pd.NA, index=patients.index, dtype="Int64")
    fold[dealt] = np.arange(len(dealt)) % folds
    return patients[["subject", "center"]].assign(set=np.where(fold.isna(), TEST, TRAIN), fold=fold)


def fold_numbers(splits: pd.DataFrame) -> list[int]:
    """The folds, in order."""
    return sorted(int(number) for number in splits["fold"].dropna().unique())


def scope_of(fold: int | None) -> str:
    """Name of what is fitted on all training patients (None) or on those outside a fold."""
    return FINAL if fold is None else f"fold {fold}"


def scopes(splits: pd.DataFrame) -> dict[str, list[str]]:
    """Subjects that may be seen by what is fitted: for the final model, and for each left-out fold."""
    train = splits[splits["set"] == TRAIN]
    allowed = {FINAL: sorted(train["subject"])}
    for fold in fold_numbers(splits):
        allowed[scope_of(fold)] = sorted(train.loc[train["fold"] != fold, "subject"])
    return allowed


def subjects_of(splits: pd.DataFrame, role: str, fold: int | None = None) -> list[str]:
    """Subjects of a set ('train' or 'test'), or of one fold of it."""
    chosen = splits[splits["set"] == role]
    return sorted(chosen["subject"] if fold is None else chosen.loc[chosen["fold"] == fold, "subject"])


def _check_strata(patients: pd.DataFrame, strata: pd.Series, hold_out: float) -> None:
    if patients["outcome"].nunique() < 2:
        raise ValueError(
            f"splits: all {len(patients)} development patients have the same outcome; "
            "a model needs patients with and without it"
        )
    counts = strata.value_counts()
    if counts.min() < 2:
        raise ValueError(
            f"splits: center {counts.idxmin()} has 1 patient; a split by center and outcome needs at "
            "least 2. Add patients, or give the center the role 'external'"
        )
    held = int(np.ceil(hold_out * len(patients)))
    if min(held, len(patients) - held) < len(counts):
        raise ValueError(
            f"splits: a hold-out of {hold_out} keeps {held} of {len(patients)} patients for the test, but "
            f"there are {len(counts)} groups by center and outcome; change validation.hold_out or add "
            "patients"
        )


def _check_folds(outcome: pd.Series, folds: int) -> None:
    for value, count in outcome.value_counts().items():
        if count < 2 * folds:
            raise ValueError(
                f"splits: {count} training patients with outcome {int(value)} are too few for {folds} "
                "folds; each fold needs at least 2. Lower validation.folds to "
                f"{max(2, count // 2)} or add patients"
            )
