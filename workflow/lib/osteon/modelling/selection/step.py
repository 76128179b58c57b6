"""What a step of feature selection gets and gives."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from osteon.modelling.selection.linear import Path
from osteon.modelling.task import Task


@dataclass(frozen=True)
class Training:
    """The training patients of one scope.

    Attributes:
        table: (n, p) scaled features without gaps.
        outcome: (n,) codes 0, 1, ..., or numbers.
        task: kind of the outcome.
        seed: seed of whatever is drawn.
        person: (n,) person of each row, where someone has several rows.
        keep_paths: whether lasso and elastic net keep the path of their penalties, which costs another fit of it.
    """

    table: pd.DataFrame
    outcome: pd.Series
    task: Task
    seed: int
    person: pd.Series | None = None
    keep_paths: bool = False

    @property
    def columns(self) -> list[str]:
        """Names of the features."""
        return list(self.table.columns)

    @property
    def values(self) -> np.ndarray:
        """(n, p) the features."""
        return self.table.to_numpy(dtype=float)

    @property
    def target(self) -> np.ndarray:
        """(n,) the outcome: whole numbers for classes, else floats."""
        return self.outcome.to_numpy(dtype=float if self.task.kind == "continuous" else int)

    @property
    def regression(self) -> bool:
        """Is the outcome a number?"""
        return self.task.kind == "continuous"

    @property
    def targets(self) -> list[np.ndarray]:
        """The outcome as linear models see it: one column, or one of 0 and 1 for every class."""
        if self.task.kind != "classes":
            return [self.target.astype(float)]
        return [(self.target == code).astype(float) for code in range(len(self.task.values))]

    def folds(self, wanted: int) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[str]]:
        """Rows to fit and rows to judge of a step's own cross-validation, and what is to be noted.

        Folds are stratified by class and shuffled by the seed; there are fewer if a class has fewer patients, or
        fewer than two patients would be in a fold of a continuous outcome. Rows of one person are in one fold.
        """
        most = len(self.target) // 2 if self.regression else int(np.bincount(self.target).min())
        count = min(wanted, most)
        notes = [f"{count} folds instead of {wanted}"] if count < wanted else []
        if self.person is not None:
            grouped = GroupKFold if self.regression else StratifiedGroupKFold
            count = min(count, self.person.nunique())
            parts = grouped(count, shuffle=True, random_state=self.seed)
            return list(parts.split(self.values, self.target, self.person)), notes
        kind = KFold if self.regression else StratifiedKFold
        return list(kind(count, shuffle=True, random_state=self.seed).split(self.values, self.target)), notes


@dataclass(frozen=True)
class Choice:
    """What a step chose.

    Attributes:
        columns: features that stay.
        notes: what is to be noted.
        p: p value of every feature, where the step tested them.
        weights: (columns that stay, scores) of a linear predictor, where the step fits one.
        intercepts: (scores,) of the same.
        rotation: (columns that stay, components) of principal components.
        paths: of each score the path of penalties, where lasso or elastic net keep it.
    """

    columns: list[str]
    notes: list[str] = field(default_factory=list)
    p: pd.Series | None = None
    weights: np.ndarray | None = None
    intercepts: np.ndarray | None = None
    rotation: np.ndarray | None = None
    paths: list[Path] = field(default_factory=list)


def highest(columns: list[str], scores: np.ndarray, k: int) -> Choice:
    """The k features with the highest scores; of equal ones those that come first."""
    order = np.argsort(-np.asarray(scores), kind="stable")[:k]
    return Choice([columns[place] for place in sorted(order)], fewer(columns, k))


def fewer(columns: list[str], k: int) -> list[str]:
    """A note where there are fewer features than asked for."""
    return [f"{len(columns)} features instead of {k}"] if len(columns) < k else []
