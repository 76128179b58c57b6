"""Inputs of a model that are the outcome under another name: copies are refused, near copies are announced."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from osteon.modelling.patients import Patients
from osteon.modelling.task import Task

logger = logging.getLogger(__name__)

NEAR_COLUMNS = ["column", "association", "patients"]
# An input that follows the outcome this closely is announced: it may be honest in a small study, or a consequence.
NEAR = 0.95
# A correlation with a number that differs from 1 by less is a copy in another unit.
ROUNDING = 1e-9


def refuse_outcome_copies(patients: Patients, clinical: Sequence[str], features: Sequence[str], task: Task) -> None:
    """Refuse inputs that are the outcome.

    Of classes, a copy has one and the same value in all patients of a class, and not the same in all classes, whatever
    the values are; of a number, it is correlated with it perfectly. Two patients of each class are needed (three of a
    number), and values of half of all, so that a feature with hardly any value is not taken for a copy.

    Raises:
        ValueError: names the first copy.
    """
    for table, columns in ((patients.clinical, clinical), (patients.features, features)):
        copies = [name for name, copy in _copies(table[list(columns)], patients.outcome, task).items() if copy]
        if copies:
            raise ValueError(f"column {copies[0]!r} is a copy of the outcome; remove it from the inputs")


def near_copies(patients: Patients, clinical: Sequence[str], features: Sequence[str], task: Task) -> pd.DataFrame:
    """Inputs that follow the outcome closely, the closest first; each is written to the log.

    Returns:
        column, association (see `associations`) and patients (those with a value).
    """
    table = pd.concat([patients.clinical[list(clinical)], patients.features[list(features)]], axis=1)
    found = associations(table, patients.outcome, task)
    near = found[found > NEAR].sort_values(ascending=False, kind="stable")
    counts = table[near.index].notna().sum()
    for column, value in near.items():
        logger.warning(
            "column %r follows the outcome closely (association %.3f in %d patients): is it known before the outcome?",
            *(column, value, counts[column]),
        )
    return pd.DataFrame(
        {"column": near.index, "association": near.to_numpy(), "patients": counts.to_numpy()}, columns=NEAR_COLUMNS
    )


def associations(table: pd.DataFrame, outcome: pd.Series, task: Task) -> pd.Series:
    """How closely each column follows the outcome, from 0 to 1; NaN where it cannot be told.

    Of two classes |2 AUC - 1|, which is 1 for every separation, while a rank correlation with two balanced classes
    stays below 0.87; of several the largest one of a class against the others; of a number |Spearman's rho|.

    Args:
        table: (n, p) columns; missing values are left out.
        outcome: (n,) codes or numbers.
        task: kind of the outcome.
    """
    known = table.notna().to_numpy()
    ranks = table.rank().to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        if task.kind == "continuous":
            other = pd.DataFrame(np.where(known, outcome.to_numpy(dtype=float)[:, None], np.nan)).rank().to_numpy()
            found = np.abs(_correlations(ranks, other, known))
        else:
            codes = outcome.to_numpy()
            classes = [1] if task.kind == "binary" else np.unique(codes)
            found = np.max([_separations(ranks, known, codes == code) for code in classes], axis=0)
    return pd.Series(found, index=table.columns)


def _separations(ranks: np.ndarray, known: np.ndarray, positive: np.ndarray) -> np.ndarray:
    n1, n0 = known[positive].sum(axis=0), known[~positive].sum(axis=0)
    auc = (np.nansum(ranks[positive], axis=0) - n1 * (n1 + 1) / 2) / (n1 * n0)
    return np.abs(2 * auc - 1)


def _correlations(first: np.ndarray, second: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Pearson's correlation by column, of the rows that are known."""
    count = known.sum(axis=0)
    x, y = (np.where(known, part - np.where(known, part, 0).sum(axis=0) / count, 0) for part in (first, second))
    return (x * y).sum(axis=0) / np.sqrt((x**2).sum(axis=0) * (y**2).sum(axis=0))


def _copies(table: pd.DataFrame, outcome: pd.Series, task: Task) -> pd.Series:
    enough = 2 * table.count() >= len(table)
    if task.kind == "continuous":
        known = table.notna().to_numpy()
        values, target = table.to_numpy(dtype=float), outcome.to_numpy(dtype=float)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.abs(_correlations(values, np.broadcast_to(target, values.shape), known))
        return enough & (table.count() >= 3) & (found > 1 - ROUNDING)
    groups = table.groupby(outcome)
    least, most = groups.min(), groups.max()
    return enough & (groups.count() > 1).all() & (least == most).all() & (least.nunique() > 1)
