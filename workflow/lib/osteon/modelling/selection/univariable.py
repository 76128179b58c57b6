"""One test per feature: difference between the outcome groups, or correlation with a continuous outcome."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy.stats import f_oneway, false_discovery_control, kruskal, mannwhitneyu, pearsonr, rankdata, ttest_ind

from osteon.config.selection import KBest, Test, Univariable
from osteon.modelling.selection.step import Choice, Training, highest


def univariable(step: Univariable, training: Training) -> Choice:
    """Keep the features with a p below the limit, after adjustment for their number where that is asked for."""
    p = p_values(training, step.test)
    judged = false_discovery_control(p) if step.fdr else p
    return Choice(list(p.index[judged < step.p]), p=p)


def k_best(step: KBest, training: Training) -> Choice:
    """Keep the features with the smallest p; of equal ones those that come first."""
    p = p_values(training, step.test)
    choice = highest(training.columns, -p.to_numpy(), step.k)
    return Choice(choice.columns, choice.notes, p=p)


def p_values(training: Training, test: Test) -> pd.Series:
    """p of every feature.

    Two classes: t test of Welch or Student, or Mann-Whitney with its normal approximation. Several: analysis of
    variance (with Welch's correction for 'welch'), or Kruskal-Wallis. A number: Pearson's or Spearman's correlation.
    These are a filter, not evidence: they are not corrected for the number of features. A column without variation
    within all groups gets p = 1. All by scipy.
    """
    values, target = training.values, training.target
    with warnings.catch_warnings():
        # Columns that are constant within a group: scipy warns, and their p is set below.
        warnings.simplefilter("ignore", RuntimeWarning)
        p = _correlation(values, target, test) if training.regression else _difference(values, target, test)
    return pd.Series(np.nan_to_num(np.atleast_1d(p), nan=1.0), index=training.table.columns)


def _difference(values: np.ndarray, target: np.ndarray, test: Test) -> np.ndarray:
    groups = [values[target == code] for code in np.unique(target)[::-1]]
    if test == "mann_whitney":
        if len(groups) == 2:
            return mannwhitneyu(*groups, axis=0, method="asymptotic").pvalue
        return kruskal(*groups, axis=0).pvalue
    equal = test == "student"
    if len(groups) == 2:
        return ttest_ind(*groups, axis=0, equal_var=equal).pvalue
    return f_oneway(*groups, axis=0, equal_var=equal).pvalue


def _correlation(values: np.ndarray, target: np.ndarray, test: Test) -> np.ndarray:
    if test == "mann_whitney":
        values, target = rankdata(values, axis=0), rankdata(target)
    return pearsonr(values, np.broadcast_to(target[:, None], values.shape), axis=0).pvalue
