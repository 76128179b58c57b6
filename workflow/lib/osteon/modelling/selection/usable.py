"""Columns that cannot be used, whatever the outcome: no values, or hardly any variation."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from osteon.modelling.selection.fates import Fate

# A column in which this share of the training rows has one and the same value says nothing about the others.
DOMINATED = 0.95
# Differences below this share of the largest value are rounding.
ROUNDING = 1e-12


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
    flat = width <= ROUNDING * np.abs(values).max(axis=0)
    return {column: Fate.NEAR_CONSTANT for column, is_flat in zip(table.columns, flat, strict=True) if is_flat}
