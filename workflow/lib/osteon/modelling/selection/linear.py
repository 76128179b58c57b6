"""A linear predictor with a penalty, and how the penalty is chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Rule = Literal["min", "1se"]
Folds = list[tuple[np.ndarray, np.ndarray]]
MAX_ITERATIONS = 10_000
# The steep end of a path may not converge; what matters is the chosen penalty, whose fit is checked.
PATH_ITERATIONS = 1000
ROUNDING = 1e-12
"""A term that moves the prediction less than this share of the outcome's standard deviation is what rounding left."""


@dataclass(frozen=True)
class Path:
    """The penalties among which one was chosen.

    Attributes:
        penalties: (m,) falling.
        errors: (m, folds) of the patients that a fold held back.
        loss: what the errors are: squared (mean squared error) or logistic (mean log loss).
        mixture: share of the L1 penalty.
        coefficients: (m, p) of all training patients; at the chosen penalty those of the fit itself.
        penalty: the chosen one.
    """

    penalties: np.ndarray
    errors: np.ndarray
    loss: Literal["squared", "logistic"]
    mixture: float
    coefficients: np.ndarray
    penalty: float


@dataclass(frozen=True)
class Linear:
    """A fitted linear predictor.

    Attributes:
        coefficients: (p,) in the order of the columns; exactly 0 for features that are not taken.
        intercept: of the same.
        penalty: as scikit-learn's Lasso defines it (alpha), for logistic loss with the mean log loss in its place.
        mixture: share of the L1 penalty.
        notes: what is to be noted.
        path: the penalties among which one was chosen, where they are kept.
    """

    coefficients: np.ndarray
    intercept: float
    penalty: float
    mixture: float = 1.0
    notes: tuple[str, ...] = ()
    path: Path | None = None

    def with_path(
        self, penalties: np.ndarray, errors: np.ndarray, loss: Literal["squared", "logistic"], coefficients: np.ndarray
    ) -> Linear:
        """The same with the path whose penalties and errors chose its penalty.

        Args:
            penalties: (m,) falling.
            errors: (m, folds).
            loss: what the errors are.
            coefficients: (m, p) of all training patients. Those at the chosen penalty are replaced by the fit's own,
                which is iterated further.
        """
        exact = np.where((penalties == self.penalty)[:, None], self.coefficients, coefficients)
        return replace(self, path=Path(penalties, errors, loss, self.mixture, exact, self.penalty))


def chosen(penalties: np.ndarray, errors: np.ndarray, rule: Rule) -> float:
    """The penalty at the least mean error, or the largest one within one standard error of it.

    Args:
        penalties: (m,) falling.
        errors: (m, folds).
        rule: min or 1se.
    """
    mean = errors.mean(axis=1)
    best = int(np.argmin(mean))
    if rule == "min":
        return float(penalties[best])
    standard_error = errors[best].std(ddof=1) / math.sqrt(errors.shape[1])
    return float(penalties[np.flatnonzero(mean <= mean[best] + standard_error)[0]])


def remarks(penalty: float, last: float, caught: list) -> tuple[str, ...]:
    """What is to be noted of a fit: its penalty is the last of the path, or it warned."""
    notes = ("penalty at the end of its path",) if penalty == last else ()
    return (*notes, "not converged") if caught else notes


def without_rounding(coefficients: np.ndarray, values: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The coefficients with exactly 0 where rounding left something else.

    At the penalty that removes all features, which rule 1se can choose, the last one comes out as 1e-17 or as 0, by
    the order of the sums.

    Args:
        coefficients: (p,) of a penalised fit.
        values: (n, p) what it was fitted to.
        target: (n,) likewise.
    """
    return np.where(np.abs(coefficients) * values.std(axis=0) <= ROUNDING * target.std(), 0.0, coefficients)
