"""Filters that look at no outcome: variation and correlation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from osteon.config.selection import Correlation, Variance
from osteon.modelling.selection.step import Choice
from osteon.modelling.selection.usable import ROUNDING

# Correlations are compared after rounding, so that their last bits decide nothing.
DECIMALS = 12


def variance(step: Variance, table: pd.DataFrame) -> Choice:
    """Drop features with few different values or a median absolute deviation of 0.

    Neither depends on the unit. With fewer patients than `distinct`, all their values must differ.
    """
    values = np.sort(table.to_numpy(dtype=float), axis=0)
    rounding = ROUNDING * np.abs(values).max(axis=0)
    distinct = 1 + (np.diff(values, axis=0) > rounding).sum(axis=0)
    deviation = np.median(np.abs(values - np.median(values, axis=0)), axis=0)
    needed = min(step.distinct, len(table))
    notes = [f"{needed} different values instead of {step.distinct}"] if needed < step.distinct else []
    return Choice(list(table.columns[(distinct >= needed) & (deviation > rounding)]), notes)


def correlation(step: Correlation, table: pd.DataFrame) -> Choice:
    """Drop features until no two correlate by more than the limit (absolute Spearman correlation).

    Features are taken in the order of their mean correlation to all others, the lowest first (ties by name); each
    stays unless it correlates with one that stayed. So every feature that is dropped has a partner that stays and
    correlates less with the rest, and the order of the columns does not matter.

    Verified against scipy's spearmanr and an implementation over pairs.
    """
    columns = list(table.columns)
    rho = absolute_spearman(table.to_numpy(dtype=float))
    mean = np.round((rho.sum(axis=1) - 1) / max(len(columns) - 1, 1), DECIMALS)
    kept: list[int] = []
    blocked = np.zeros(len(columns), dtype=bool)
    for place in sorted(range(len(columns)), key=lambda place: (mean[place], columns[place])):
        if not blocked[place]:
            kept.append(place)
            blocked |= rho[place] > step.limit
    return Choice([columns[place] for place in sorted(kept)])


def absolute_spearman(values: np.ndarray) -> np.ndarray:
    """(p, p) absolute Spearman correlations of the columns of (n, p) values, 1 on the diagonal.

    A column without variation correlates with nothing.
    """
    ranks = rankdata(values, axis=0)
    ranks -= ranks.mean(axis=0)
    length = np.sqrt((ranks**2).sum(axis=0))
    ranks = np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0)
    rho = np.round(np.abs(ranks.T @ ranks), DECIMALS)
    np.fill_diagonal(rho, 1)
    return rho
