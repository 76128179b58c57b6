"""Tables of the penalties of LASSO and elastic net: coefficients along the path, and what cross-validation said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from osteon.modelling.selection.chain import StepPaths
from osteon.modelling.selection.linear import Path, chosen
from osteon.modelling.task import Task

PATH_COLUMNS = ["signature", "step", "class", "lambda", "feature", "coefficient"]
CV_COLUMNS = [
    *("signature", "step", "class", "loss", "mixture", "folds", "lambda", "mean", "se", "features"),
    *("least", "one_se", "chosen"),
]
YES, NO = "yes", "no"


@dataclass(frozen=True)
class PenaltyTables:
    """What chose the features of a model's signatures; empty where no step of the selection has a penalty."""

    path: pd.DataFrame
    """signature, step (place in the chain of steps), class (empty unless the outcome has several), lambda, feature,
    coefficient of the scaled feature. Only coefficients that are not 0 have a row."""
    cv: pd.DataFrame
    """signature, step, class, loss (squared or logistic), mixture (share of the L1 penalty), folds, lambda, mean and
    se of the errors over the folds, features with a coefficient when fitted to all training patients, least, one_se,
    chosen (yes or no): the penalty with the least error, the largest within one standard error, and the one taken."""


def penalty_tables(signatures: Sequence[tuple[str, list[StepPaths]]], task: Task) -> PenaltyTables:
    """Both tables from the paths that the steps kept: same patients, folds and penalties as those of the choice.

    Args:
        signatures: name of each block of features, and the paths of its steps.
        task: kind of the outcome.
    """
    paths, errors = [], []
    for name, steps in signatures:
        for step in steps:
            classes = task.values if len(step.paths) > 1 else [""]
            for one, path in zip(classes, step.paths, strict=True):
                about = {"signature": name, "step": step.step, "class": one}
                paths.append(_path(path, step.columns).assign(**about))
                errors.append(_errors(path).assign(**about))
    return PenaltyTables(_stacked(paths, PATH_COLUMNS), _stacked(errors, CV_COLUMNS))


def _path(path: Path, columns: list[str]) -> pd.DataFrame:
    row, column = np.nonzero(path.coefficients)
    return pd.DataFrame(
        {
            "lambda": path.penalties[row],
            "feature": np.array(columns, dtype=object)[column],
            "coefficient": path.coefficients[row, column],
        }
    )


def _errors(path: Path) -> pd.DataFrame:
    folds = path.errors.shape[1]
    marks = {
        "least": chosen(path.penalties, path.errors, "min"),
        "one_se": chosen(path.penalties, path.errors, "1se"),
        "chosen": path.penalty,
    }
    table = pd.DataFrame(
        {
            "loss": path.loss,
            "mixture": path.mixture,
            "folds": folds,
            "lambda": path.penalties,
            "mean": path.errors.mean(axis=1),
            "se": path.errors.std(axis=1, ddof=1) / np.sqrt(folds),
            "features": (path.coefficients != 0).sum(axis=1),
        }
    )
    return table.assign(**{name: np.where(path.penalties == value, YES, NO) for name, value in marks.items()})


def _stacked(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
