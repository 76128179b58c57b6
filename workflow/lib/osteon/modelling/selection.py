"""Feature selection on training rows: unusable columns, univariable t test, LASSO."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy.stats import ttest_ind
from sklearn.linear_model import Lasso, LassoCV
from sklearn.model_selection import StratifiedKFold

from osteon.config.modelling import Selection
from osteon.modelling.leakage import Recorder

# A column in which this share of the training rows has one and the same value says nothing about the others.
DOMINATED = 0.95
# The penalty path ends at this share of the penalty that removes all features.
PATH_END = 0.01
MAX_ITERATIONS = 10_000


class Fate(StrEnum):
    """What became of a feature."""

    KEPT = "kept"
    LEAST_P = "least_p"
    ALL_MISSING = "all_missing"
    MISSING_IN_CENTER = "missing_in_center"
    NOT_ROBUST = "not_robust"
    NO_ICC = "no_icc"
    NEAR_CONSTANT = "near_constant"
    CONSTANT_IN_CENTER = "constant_in_center"
    P_VALUE = "p_value"
    LASSO = "lasso"


FATES: dict[Fate, str] = {
    Fate.KEPT: "In the score.",
    Fate.LEAST_P: "In the score as the only feature, because no feature survived the selection.",
    Fate.ALL_MISSING: "No training patient has a value.",
    Fate.MISSING_IN_CENTER: "No training patient of one center has a value.",
    Fate.NOT_ROBUST: "Its ICC over perturbations or readers is too low (robustness.tsv).",
    Fate.NO_ICC: "It has no ICC; robustness.tsv says why, or does not have it at all.",
    Fate.NEAR_CONSTANT: "At least 95 % of the training patients have the same value.",
    Fate.CONSTANT_IN_CENTER: "The training patients of one center have the same value; ComBat cannot adjust it.",
    Fate.P_VALUE: "The t test found no difference between the outcome groups.",
    Fate.LASSO: "The LASSO gave it no weight.",
}


def missing_columns(table: pd.DataFrame, center: pd.Series) -> dict[str, Fate]:
    """Columns that cannot be imputed honestly: no value at all, or none in one of the centers."""
    known = table.notna()
    anywhere = known.any()
    everywhere = known.groupby(center).any().all()
    return {
        column: Fate.MISSING_IN_CENTER if anywhere[column] else Fate.ALL_MISSING
        for column in table.columns
        if not everywhere[column]
    }


def constant_columns(table: pd.DataFrame) -> dict[str, Fate]:
    """Columns in which one value takes at least 95 % of the rows; differences by rounding do not count."""
    values = np.sort(table.to_numpy(dtype=float), axis=0)
    needed = math.ceil(DOMINATED * len(values))
    # In sorted order, `needed` equal values stand in a row: some value equals the one needed - 1 places further.
    width = (values[needed - 1 :] - values[: len(values) - needed + 1]).min(axis=0)
    flat = width <= 1e-12 * np.abs(values).max(axis=0)
    return {column: Fate.NEAR_CONSTANT for column, is_flat in zip(table.columns, flat, strict=True) if is_flat}


def t_test(table: pd.DataFrame, outcome: pd.Series, settings: Selection, record: Recorder) -> pd.Series:
    """p values of the t test (Welch or Student) between the outcome groups, by column.

    These are a filter, not evidence: they are not corrected for the number of features. A column
    without variation within both groups gets p = 1.
    """
    record.saw("t test", table, outcome)
    values, positive = table.to_numpy(dtype=float), outcome.to_numpy() == 1
    with warnings.catch_warnings():
        # Columns that are constant within a group: scipy warns, and the p value is set below.
        warnings.simplefilter("ignore", RuntimeWarning)
        p = ttest_ind(values[positive], values[~positive], axis=0, equal_var=settings.test == "student").pvalue
    return pd.Series(np.nan_to_num(p, nan=1.0), index=table.columns)


@dataclass(frozen=True)
class LassoFit:
    """Coefficients of the features in the order of the table, intercept, penalty and what is to be noted."""

    coefficients: np.ndarray
    intercept: float
    penalty: float
    note: str


def fit_lasso(table: pd.DataFrame, outcome: pd.Series, settings: Selection, seed: int, record: Recorder) -> LassoFit:
    """LASSO with the penalty chosen by cross-validation.

    This is a linear model of the 0/1 outcome with squared error, as in the published protocol, not a
    logistic one; its linear predictor is a score, not a probability. Folds are stratified by outcome
    and shuffled by the seed; there are fewer of them if a class has fewer patients.

    Args:
        table: (n, p) scaled features.
        outcome: (n,) of 0 and 1, at least two of each.
        settings: folds, and the rule: 'min' takes the penalty of the least error, '1se' the largest
            penalty whose error is within one standard error of it.
        seed: seed of the folds.
        record: ledger.

    Source: Tibshirani, J R Stat Soc B 1996;58:267; rule 1se: Hastie et al., The Elements of
    Statistical Learning, section 7.10.
    """
    values, target = table.to_numpy(dtype=float), outcome.to_numpy(dtype=float)
    folds = int(min(settings.folds, np.bincount(outcome.to_numpy(dtype=int), minlength=2).min()))
    notes = [f"{folds} folds instead of {settings.folds}"] if folds < settings.folds else []
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # The steep end of the path may not converge; what matters is the chosen penalty, checked below.
        warnings.simplefilter("ignore")
        path = LassoCV(cv=parts, eps=PATH_END, precompute=True, max_iter=1000, n_jobs=1).fit(values, target)
    penalty = _penalty(path.alphas_, path.mse_path_, settings.rule)
    if penalty == path.alphas_[-1]:
        notes.append("penalty at the end of its path")
    lasso = Lasso(alpha=penalty, max_iter=MAX_ITERATIONS, precompute=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lasso.fit(values, target)
    if caught:
        notes.append("not converged")
    note = "; ".join(notes)
    record.saw("lasso", table, outcome, note=note)
    return LassoFit(lasso.coef_.copy(), float(lasso.intercept_), penalty, note)


def _penalty(penalties: np.ndarray, errors: np.ndarray, rule: str) -> float:
    """The chosen penalty; `penalties` fall, `errors` are (penalties, folds)."""
    mean = errors.mean(axis=1)
    best = int(np.argmin(mean))
    if rule == "min":
        return float(penalties[best])
    standard_error = errors[best].std(ddof=1) / math.sqrt(errors.shape[1])
    return float(penalties[np.flatnonzero(mean <= mean[best] + standard_error)[0]])
