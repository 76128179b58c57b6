"""What is predicted: two classes, several, or a number; and what follows from that for splits and tuning."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.metrics import r2_score

from osteon.config.cohort import Outcome
from osteon.config.evaluation_files import prediction_columns

Kind = Literal["binary", "classes", "continuous"]
# A continuous outcome is divided into this many groups of equal size where sets and folds are balanced.
GROUPS = 4


@dataclass(frozen=True)
class Task:
    """Kind of the outcome, and its values in the order of their codes 0, 1, ... (none for a number)."""

    kind: Kind = "binary"
    values: tuple[str, ...] = ("negative", "positive")

    @classmethod
    def of(cls, outcome: Outcome) -> Task:
        """The task of a study's outcome."""
        return cls(outcome.type, tuple(outcome.values))

    @property
    def columns(self) -> list[str]:
        """Columns of a table of predictions: one probability, one for each class, or the predicted number."""
        return prediction_columns(self.kind, self.values)

    def strata(self, outcome: pd.Series) -> pd.Series:
        """The group of each patient by outcome, as text: its code, or its quarter of the values."""
        if self.kind != "continuous":
            return outcome.astype(int).astype(str)
        rank = outcome.rank(method="first")
        return pd.Series(np.ceil(rank / len(rank) * GROUPS).astype(int).astype(str), index=outcome.index)

    def score(self, outcome: np.ndarray, predicted: np.ndarray) -> float:
        """How well predictions of patients that were not seen agree with their outcomes; more is better.

        Args:
            outcome: (n,) codes or numbers.
            predicted: (n, len(columns)) predictions, or decision values of the same order.

        Returns:
            AUC, mean of the AUCs of all pairs of classes (Hand, Till, Machine Learning 2001;45:171), or R². NaN if a
            class is absent. Verified against scikit-learn.
        """
        if self.kind == "continuous":
            return float(r2_score(outcome, predicted[:, 0]))
        codes = np.asarray(outcome).astype(int)
        if len(np.unique(codes)) < len(self.values):
            return float("nan")
        if self.kind == "binary":
            return _area(codes == 1, predicted[:, 0])
        pairs = [
            _area(codes[both] == one, predicted[both, one])
            for one, other in permutations(range(len(self.values)), 2)
            for both in [np.isin(codes, (one, other))]
        ]
        return float(np.mean(pairs))


def _area(positive: np.ndarray, values: np.ndarray) -> float:
    """AUC from ranks; many thousand are needed in a search, so that curves would take most of its time."""
    count = int(positive.sum())
    ranks = rankdata(values)[positive].sum()
    return float((ranks - count * (count + 1) / 2) / (count * (len(positive) - count)))


BINARY = Task()
