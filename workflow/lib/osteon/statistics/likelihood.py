"""Logistic regression by maximum likelihood, or the reason why it has no finite solution.

Source: Albert, Anderson, Biometrika 1984;71:1 (when the solution is infinite); Konis, thesis, Oxford 2007 (found by
linear programming). Verified against statsmodels (estimates) and by data that are separated by construction.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM, GLMResults
from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

from osteon.statistics.estimate import Undefined
from osteon.statistics.inputs import as_outcome

# Sum of distances from the separating plane, of columns with standard deviation 1, below which there is none.
ROUNDING = 1e-6
# A fitted risk closer to 0 or 1 than this makes separation possible.
CERTAIN = 1e-4


def maximum_likelihood(outcome: ArrayLike, terms: ArrayLike) -> tuple[GLMResults | None, Undefined | None]:
    """Fit the outcome on an intercept and terms.

    Args:
        outcome: (n,) of 0 and 1.
        terms: (n, p) numbers, none missing, without a column for the intercept; p may be 0.

    Returns:
        The fit (intercept first) and None; or None and the reason: one class, a term that is the same in all patients,
        terms of which one follows from the others, or terms that separate the outcomes, completely or nearly.
    """
    positive = as_outcome(outcome)
    values = np.asarray(terms, dtype=float).reshape(len(positive), -1)
    if positive.all() or not positive.any():
        return None, Undefined.ONE_CLASS
    if (np.ptp(values, axis=0) == 0).any():
        return None, Undefined.NO_VARIATION
    scaled = np.column_stack([np.ones(len(values)), (values - values.mean(axis=0)) / values.std(axis=0)])
    if np.linalg.matrix_rank(scaled) < scaled.shape[1]:
        return None, Undefined.COLLINEAR
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = GLM(positive.astype(float), np.column_stack([np.ones(len(values)), values]), family=Binomial()).fit(
            tol=1e-10, maxiter=200
        )
    # Where outcomes are separated, some risks run towards 0 or 1. The proof takes time and is sought only then.
    certain = np.minimum(fit.fittedvalues, 1 - fit.fittedvalues).min() < CERTAIN
    if (certain or not fit.converged) and _separated(positive, scaled):
        return None, Undefined.VARIABLE_SEPARATES
    return (fit, None) if fit.converged else (None, Undefined.NOT_CONVERGED)


def _separated(positive: np.ndarray, design: np.ndarray) -> bool:
    """Whether a plane has all patients of one outcome on one side or on it, all others on the other side or on it."""
    sides = design * np.where(positive, 1.0, -1.0)[:, None]
    found = linprog(-sides.sum(axis=0), A_ub=-sides, b_ub=np.zeros(len(sides)), bounds=(-1, 1), method="highs")
    return found.status == 0 and -found.fun > ROUNDING
