"""Biological signal in the features: what harmonisation must not remove. Descriptive, and never about the outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import r2_score, roc_auc_score

from osteon.harmonise.diagnostics import RIDGE, FoldTable

# Ridge penalties that are tried for a continuous variable, by leave-one-out error in the training folds.
PENALTIES = np.logspace(0, 6, 13)
# Patients that a model needs.
FEWEST = 10


@dataclass(frozen=True)
class Signal:
    """How well the features predict a clinical variable in patients that were not fitted on."""

    measure: str
    """'auc' of a binary variable, 'r2' of a continuous one."""
    value: float
    patients: int
    reason: str | None = None


def signal_kept(tables: list[FoldTable], targets: dict[str, np.ndarray], binary: set[str]) -> dict[str, Signal]:
    """Cross-validated prediction of clinical variables by ridge models of the features.

    A batch of older patients tells the age as well: where the value falls after harmonisation, part of it may have
    been the batch.

    Args:
        tables: from `fold_tables`; none gives the reason 'too_few'.
        targets: (n,) values by variable; NaN where unknown. Binary ones are 0 and 1. Never the outcome.
        binary: names of the binary variables.

    Returns:
        By variable. R² is over all predicted patients, and negative where the mean predicts better. Reasons: 'constant'
        (one value only), 'too_few' (no folds, or a training fold with fewer than 10 patients or one class).
    """
    return {name: _signal(tables, target, name in binary) for name, target in targets.items()}


def _signal(tables: list[FoldTable], target: np.ndarray, binary: bool) -> Signal:
    measure, known = "auc" if binary else "r2", np.isfinite(target)
    patients = int(known.sum())
    if len(np.unique(target[known])) < 2:
        return Signal(measure, math.nan, patients, "constant")
    predicted = np.zeros(len(target))
    for fold in tables:
        rows = fold.train[known[fold.train]]
        if len(rows) < FEWEST or len(np.unique(target[rows])) < 2:
            return Signal(measure, math.nan, patients, "too_few")
        if binary:
            model = LogisticRegression(C=RIDGE, max_iter=1000).fit(fold.values[rows], target[rows] == 1)
            predicted[fold.test] = model.decision_function(fold.values[fold.test])
        else:
            model = RidgeCV(alphas=PENALTIES).fit(fold.values[rows], target[rows])
            predicted[fold.test] = model.predict(fold.values[fold.test])
    if not tables:
        return Signal(measure, math.nan, patients, "too_few")
    judge = roc_auc_score if binary else r2_score
    return Signal(measure, float(judge(target[known], predicted[known])), patients)
