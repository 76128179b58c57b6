"""Imputation, scaling and harmonisation, each fitted on training rows and applied to any row.

Tables have the subject as index. Every fit writes into the ledger which rows it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from osteon.config.modelling import Harmonisation
from osteon.harmonise.combat import ComBat
from osteon.modelling.leakage import Recorder

SHOWN = 5


class MissingColumn(ValueError):
    """A table lacks columns that a fitted object needs."""


def columns_of(table: pd.DataFrame, columns: Sequence[str], what: str) -> pd.DataFrame:
    """The named columns.

    Raises:
        MissingColumn: names the absent ones.
    """
    absent = [column for column in columns if column not in table.columns]
    if absent:
        more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
        raise MissingColumn(
            f"{what} needs column {', '.join(map(repr, absent[:SHOWN]))}{more}, which the table lacks; "
            "add the column, or use a model that does not need it"
        )
    return table[list(columns)]


@dataclass(frozen=True)
class Imputer:
    """Missing values are replaced by the training median of the column."""

    columns: list[str]
    medians: np.ndarray

    def transform(self, table: pd.DataFrame, what: str = "the model") -> pd.DataFrame:
        """The fitted columns without missing values."""
        values = columns_of(table, self.columns, what)
        return values.fillna(dict(zip(self.columns, self.medians, strict=True)))

    def restricted(self, columns: Sequence[str]) -> Imputer:
        """The same for some of the columns."""
        place = [self.columns.index(column) for column in columns]
        return Imputer(list(columns), self.medians[place])


def fit_imputer(table: pd.DataFrame, record: Recorder) -> Imputer:
    """Medians of the columns; each needs at least one value.

    Raises:
        ValueError: a column without any value.
    """
    record.saw("imputer", table)
    empty = table.columns[table.isna().all()]
    if len(empty):
        raise ValueError(
            f"column {empty[0]!r} has no value in the {len(table)} training patients; "
            "remove it from the model, or complete the table"
        )
    return Imputer(list(table.columns), table.median().to_numpy(dtype=float))


@dataclass(frozen=True)
class Scaler:
    """Columns are brought to mean 0 and standard deviation 1 of the training rows."""

    columns: list[str]
    mean: np.ndarray
    sd: np.ndarray

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """Scaled columns; one that is constant in training becomes its distance from that constant."""
        return (table[self.columns] - self.mean) / self.sd

    def restricted(self, columns: Sequence[str]) -> Scaler:
        """The same for some of the columns."""
        place = [self.columns.index(column) for column in columns]
        return Scaler(list(columns), self.mean[place], self.sd[place])


def fit_scaler(table: pd.DataFrame, record: Recorder) -> Scaler:
    """Mean and standard deviation (divisor n) of the columns."""
    record.saw("scaler", table)
    values = table.to_numpy(dtype=float)
    sd = values.std(axis=0)
    return Scaler(list(table.columns), values.mean(axis=0), np.where(sd > 0, sd, 1.0))


@dataclass(frozen=True)
class Harmoniser:
    """ComBat over centers, or nothing.

    A center that was not among the training rows is left as it is (policy 'none'): the frozen model is applied
    to it unchanged, and no parameter is estimated from the patients that it is judged on.
    """

    columns: list[str]
    combat: ComBat | None
    covariates: Imputer | None

    @property
    def covariate_columns(self) -> list[str]:
        """Clinical variables that it needs."""
        return self.covariates.columns if self.covariates else []

    @property
    def not_harmonised(self) -> list[str]:
        """Columns that ComBat cannot adjust, because they are constant within a center."""
        if self.combat is None:
            return []
        return [
            column for column, adjusted in zip(self.columns, self.combat.state.adjusted, strict=True) if not adjusted
        ]

    def transform(self, table: pd.DataFrame, center: pd.Series, clinical: pd.DataFrame) -> pd.DataFrame:
        """Harmonised columns of patients of known centers, unchanged columns of others.

        Args:
            table: (n, p) features without missing values.
            center: (n,) centers.
            clinical: (n, ...) clinical variables, of which the covariates are used.
        """
        if self.combat is None:
            return table
        known = center.isin(self.combat.state.batches)
        extra = None
        if self.covariates:
            extra = self.covariates.transform(clinical, "harmonisation")[known].to_numpy()
        result = table[self.columns].copy()
        if known.any():
            result[known] = self.combat.transform(result[known].to_numpy(), center[known].to_numpy(), extra)
        return result

    def restricted(self, columns: Sequence[str]) -> Harmoniser:
        """The same for some of the columns."""
        if self.combat is None:
            return Harmoniser(list(columns), None, None)
        place = [self.columns.index(column) for column in columns]
        return Harmoniser(list(columns), self.combat.restricted(place), self.covariates)


def fit_harmoniser(
    table: pd.DataFrame, center: pd.Series, clinical: pd.DataFrame, settings: Harmonisation, record: Recorder
) -> Harmoniser:
    """Fit ComBat with the center as batch, unless the study asks for none.

    Raises:
        ValueError: one center only, a center with fewer patients than settings.minimum, or a covariate
            that cannot be told apart from the center.
    """
    if settings.method == "none":
        return Harmoniser(list(table.columns), None, None)
    record.saw("combat", table, center, clinical)
    counts = center.value_counts()
    if len(counts) < 2:
        raise ValueError(
            f"ComBat needs patients of at least two centers; {record.scope} has only {counts.index[0]!r}. "
            "Write harmonisation: {method: none}"
        )
    if counts.min() < settings.minimum:
        raise ValueError(
            f"ComBat: center {counts.idxmin()!r} has {counts.min()} patients among the training rows of "
            f"{record.scope}, fewer than harmonisation.minimum = {settings.minimum}. Give the center the "
            "role 'external', raise validation.folds, or write harmonisation: {method: none}"
        )
    covariates = extra = None
    if settings.covariates:
        known = columns_of(clinical, settings.covariates, "harmonisation")
        covariates = fit_imputer(known, record.inside("combat covariates"))
        extra = covariates.transform(known).to_numpy()
    combat = ComBat().fit(table.to_numpy(), center.to_numpy(), extra, list(settings.covariates))
    return Harmoniser(list(table.columns), combat, covariates)
