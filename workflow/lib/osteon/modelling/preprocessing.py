"""Imputation, scaling and harmonisation, each fitted on training rows and applied to any row.

Tables have the subject as index. Every fit writes into the ledger which rows it was given.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from osteon.config.harmonisation import Harmonisation
from osteon.harmonise.nested import NestedComBat
from osteon.modelling.leakage import Recorder
from osteon.modelling.splits import INSIDE

logger = logging.getLogger(__name__)

SHOWN = 5
# Patients of a batch below which ComBat's estimates are poor: measured in simulations, and common advice.
VERY_SMALL, SMALL = 20, 30


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
    """Missing values are replaced by one number for each column, learned from the training rows."""

    columns: list[str]
    fills: np.ndarray

    def transform(self, table: pd.DataFrame, what: str = "the model") -> pd.DataFrame:
        """The fitted columns without missing values."""
        values = columns_of(table, self.columns, what)
        filled = np.where(values.isna(), self.fills, values.to_numpy(dtype=float))
        return pd.DataFrame(filled, index=table.index, columns=self.columns)

    def restricted(self, columns: Sequence[str]) -> Imputer:
        """The same for some of the columns."""
        place = [self.columns.index(column) for column in columns]
        return Imputer(list(columns), self.fills[place])


def fit_imputer(table: pd.DataFrame, record: Recorder, method: str = "median") -> Imputer:
    """Medians or means of the columns; each needs at least one value.

    Raises:
        ValueError: a column without any value, or a gap where `method` is 'refuse'.
    """
    record.saw("imputer", table)
    empty = table.columns[table.isna().all()]
    if len(empty):
        raise ValueError(
            f"column {empty[0]!r} has no value in the {len(table)} training patients; "
            "remove it from the model, or complete the table"
        )
    gaps = table.columns[table.isna().any()]
    if method == "refuse" and len(gaps):
        raise ValueError(
            f"column {gaps[0]!r} lacks {int(table[gaps[0]].isna().sum())} of {len(table)} values among the training "
            f"patients of {record.scope} ({len(gaps)} columns have gaps), and missing_values is 'refuse'. Complete the "
            "table, or write missing_values: median"
        )
    fills = table.mean() if method == "mean" else table.median()
    return Imputer(list(table.columns), fills.to_numpy(dtype=float))


ROUNDING = 1e-12
"""Values that differ by less, relative to the largest, are the same value."""


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
    # what is left of a constant after rounding is no spread: divided by it, noise would become a feature
    varying = np.ptp(values, axis=0) > ROUNDING * np.abs(values).max(axis=0)
    return Scaler(list(table.columns), values.mean(axis=0), np.where(varying, values.std(axis=0), 1.0))


@dataclass(frozen=True)
class Harmoniser:
    """ComBat over one or several divisions into batches, or nothing.

    A batch that was not among the training rows is left as it is (policy 'none'): the frozen model is applied to it
    unchanged, and no parameter is estimated from the patients that it is judged on. `adapted` adds a new batch for
    the policy 'reference'.
    """

    columns: list[str]
    combat: NestedComBat | None
    batch: list[str]
    """Divisions into batches, in the order in which their effects are removed."""
    covariates: Imputer | None

    @property
    def covariate_columns(self) -> list[str]:
        """Clinical variables that it needs."""
        return self.covariates.columns if self.covariates else []

    @property
    def not_harmonised(self) -> list[str]:
        """Columns that ComBat cannot adjust, because they are constant within a batch."""
        if self.combat is None:
            return []
        return [column for column, adjusted in zip(self.columns, self.combat.adjusted, strict=True) if not adjusted]

    def transform(self, table: pd.DataFrame, batches: pd.DataFrame, clinical: pd.DataFrame) -> pd.DataFrame:
        """Harmonised columns of patients of known batches, unchanged columns of others.

        Args:
            table: (n, p) features without missing values.
            batches: (n, ...) batches as text, of which `batch` is used.
            clinical: (n, ...) clinical variables, of which the covariates are used.
        """
        if self.combat is None:
            return table
        given = columns_of(batches, self.batch, "harmonisation")
        values = self.combat.transform(table[self.columns].to_numpy(), given, self._extra(clinical))
        return pd.DataFrame(values, index=table.index, columns=self.columns)

    def adapted(self, table: pd.DataFrame, batches: pd.DataFrame, clinical: pd.DataFrame) -> Harmoniser:
        """The same, which also knows the batches of these patients; everything else stays frozen."""
        if self.combat is None:
            return self
        given = columns_of(batches, self.batch, "harmonisation")
        return replace(self, combat=self.combat.adapt(table[self.columns].to_numpy(), given, self._extra(clinical)))

    def restricted(self, columns: Sequence[str]) -> Harmoniser:
        """The same for some of the columns."""
        if self.combat is None:
            return replace(self, columns=list(columns))
        place = [self.columns.index(column) for column in columns]
        return replace(self, columns=list(columns), combat=self.combat.restricted(place))

    def _extra(self, clinical: pd.DataFrame) -> np.ndarray | None:
        return self.covariates.transform(clinical, "harmonisation").to_numpy() if self.covariates else None


def fit_harmoniser(
    table: pd.DataFrame, batches: pd.DataFrame, clinical: pd.DataFrame, settings: Harmonisation, record: Recorder
) -> Harmoniser:
    """Fit ComBat over the study's batches, unless it asks for none.

    Raises:
        ValueError: one batch only, a batch with fewer patients than settings.minimum, or a covariate that cannot be
            told apart from the batches.
    """
    if settings.method == "none":
        return Harmoniser(list(table.columns), None, list(settings.batch), None)
    given = columns_of(batches, settings.batch, "harmonisation")
    record.saw("combat", table, given, clinical)
    for name in settings.batch:
        _check_sizes(given[name], name, settings.minimum, record)
    covariates = extra = None
    if settings.covariates:
        known = columns_of(clinical, settings.covariates, "harmonisation")
        covariates = fit_imputer(known, record.inside("combat covariates"))
        extra = covariates.transform(known).to_numpy()
    combat = NestedComBat(prior=settings.prior, mean_only=settings.mean_only, reference=settings.reference)
    combat.fit(table.to_numpy(), given, extra, list(settings.covariates))
    return Harmoniser(list(table.columns), combat, list(settings.batch), covariates)


def _check_sizes(labels: pd.Series, name: str, minimum: int, record: Recorder) -> None:
    counts = labels.value_counts()
    what = "center" if name == "center" else f"batch '{name}'"
    if len(counts) < 2:
        raise ValueError(
            f"ComBat needs patients of at least two batches; {record.scope} has only {what} {counts.index[0]!r}. "
            "Write harmonisation: {method: none}"
        )
    smallest, count = counts.index[-1], int(counts.iloc[-1])
    if count < minimum:
        raise ValueError(
            f"ComBat: {what} {smallest!r} has {count} patients among the training rows of {record.scope}, fewer than "
            "harmonisation.minimum = "
            f"{minimum}. Give the center the role 'external', merge it with another batch under "
            "harmonisation.batches, raise validation.folds, or write harmonisation: {method: none}"
        )
    for limit, how in ((VERY_SMALL, "far too uncertain"), (SMALL, "uncertain")):
        if count < limit:
            # what holds for a scope holds the more for its inner folds, of which there are many
            inner = INSIDE in record.scope
            logger.log(
                logging.DEBUG if inner else logging.WARNING,
                "ComBat: %s %s has %d patients among the training rows of %s; below %d its effects are %s",
                *(what, smallest, count, record.scope, limit, how),
            )
            break
