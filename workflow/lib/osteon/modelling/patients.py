"""Features, clinical variables and outcomes of the same patients, aligned by subject."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

logger = logging.getLogger(__name__)

KEYS = ["subject", "center"]
SHOWN = 5


@dataclass(frozen=True)
class Patients:
    """Tables of one set of patients; every index is the subject, sorted, and the same in all."""

    center: pd.Series
    """Center of each patient, as text."""
    outcome: pd.Series
    """0 or 1."""
    clinical: pd.DataFrame
    """Clinical variables as numbers; missing ones are NaN."""
    features: pd.DataFrame
    """Radiomic features as numbers; missing ones are NaN."""

    def __len__(self) -> int:
        return len(self.center)

    @property
    def subjects(self) -> pd.Index:
        """Ids of the patients."""
        return self.center.index

    def take(self, subjects: Sequence[str]) -> Patients:
        """Those of the named patients that are present, sorted by subject."""
        chosen = self.subjects[self.subjects.isin(list(subjects))]
        return Patients(self.center[chosen], self.outcome[chosen], self.clinical.loc[chosen], self.features.loc[chosen])


def join_patients(clinical: pd.DataFrame, features: Sequence[pd.DataFrame]) -> Patients:
    """Join the coded participants with the centers' feature tables.

    Only patients in both are kept: one without features was excluded on the way from image to
    feature, one without outcome before; both are listed with their reasons in cases_excluded.tsv.

    Args:
        clinical: columns subject, center, outcome (0 or 1) and clinical variables as numbers.
        features: one table per center with columns subject, center and features as numbers.

    Returns:
        The patients, sorted by subject, so that the order of the files changes no result. A feature
        that a center's table does not have is NaN for its patients. There may be no patient left.

    Raises:
        ValueError: a subject twice or with two centers, a column twice, a cell that is no number,
            an infinite value, or an outcome other than 0 and 1.
    """
    people = _indexed(clinical, "participants table")
    if "outcome" not in people.columns:
        raise ValueError("participants table: column 'outcome' is missing")
    measured = [_indexed(table, "feature table") for table in features]
    wide = pd.concat(measured) if measured else pd.DataFrame(columns=["center"])
    _refuse_repeated(wide.index, "feature tables")
    both = people.index.intersection(wide.index).sort_values()
    for table, name in ((people, "participants"), (wide, "features")):
        if left := len(table) - len(both):
            logger.info("%d of %d patients of the %s have no counterpart and are left out", left, len(table), name)
    other = people.loc[both, "center"] != wide.loc[both, "center"]
    if other.any():
        subject = both[other.to_numpy()][0]
        raise ValueError(
            f"subject {subject!r} is of center {people.at[subject, 'center']!r} in the participants table "
            f"and of {wide.at[subject, 'center']!r} in the feature table"
        )
    numbers = _numbers(people.loc[both].drop(columns="center"), "participants table")
    if not numbers["outcome"].isin([0, 1]).all():
        wrong = numbers.index[~numbers["outcome"].isin([0, 1])][0]
        raise ValueError(f"subject {wrong!r} has outcome {numbers.at[wrong, 'outcome']}; allowed are 0 and 1")
    return Patients(
        people.loc[both, "center"],
        numbers["outcome"].astype(int),
        numbers.drop(columns="outcome"),
        _numbers(wide.loc[both].drop(columns="center"), "feature table"),
    )


def with_features(patients: Patients, tables: Sequence[pd.DataFrame]) -> Patients:
    """The same patients with other features, those of a negative control.

    A patient without a row in the tables has no value there and stays, so that all models of a study are judged on
    the same patients; a patient whom only the tables have is left out.

    Args:
        patients: from `join_patients`.
        tables: one per center with columns subject, center and features as numbers.

    Raises:
        ValueError: as `join_patients` does for feature tables, or a subject of another center.
    """
    wide = pd.concat([_indexed(table, "control table") for table in tables])
    _refuse_repeated(wide.index, "control tables")
    known = patients.subjects.intersection(wide.index)
    other = wide.loc[known, "center"] != patients.center[known]
    if other.any():
        subject = known[other.to_numpy()][0]
        raise ValueError(
            f"subject {subject!r} is of center {patients.center[subject]!r} in the feature table "
            f"and of {wide.at[subject, 'center']!r} in the control table"
        )
    if absent := len(patients) - len(known):
        logger.info("%d of %d patients have no features in the control tables", absent, len(patients))
    features = _numbers(wide.drop(columns="center").reindex(patients.subjects), "control table")
    return Patients(patients.center, patients.outcome, patients.clinical, features)


def refuse_outcome_copies(patients: Patients, clinical: Sequence[str], features: Sequence[str]) -> None:
    """Refuse inputs that are the outcome under another name.

    Raises:
        ValueError: a column has exactly two values, which coincide with the outcome in every patient.
    """
    for table, columns in ((patients.clinical, clinical), (patients.features, features)):
        groups = table[list(columns)].groupby(patients.outcome)
        least, most = groups.min(), groups.max()
        copies = least.columns[(least == most).all() & (least.iloc[0] != least.iloc[-1])]
        if len(copies):
            raise ValueError(f"column {copies[0]!r} is a copy of the outcome; remove it from the inputs")


def _indexed(table: pd.DataFrame, name: str) -> pd.DataFrame:
    if missing := [key for key in KEYS if key not in table.columns]:
        raise ValueError(f"{name}: column {missing[0]!r} is missing; it has {', '.join(table.columns[:SHOWN])}, ...")
    if table.columns.has_duplicates:
        raise ValueError(f"{name}: column {table.columns[table.columns.duplicated()][0]!r} is there twice")
    indexed = table.astype(dict.fromkeys(KEYS, str)).set_index("subject")
    _refuse_repeated(indexed.index, name)
    return indexed


def _refuse_repeated(index: pd.Index, name: str) -> None:
    if index.has_duplicates:
        raise ValueError(
            f"{name}: subject {index[index.duplicated()][0]!r} is there twice; ids must be unique over all centers"
        )


def _numbers(table: pd.DataFrame, name: str) -> pd.DataFrame:
    text = [
        column
        for column in table.columns
        if not pd.api.types.is_numeric_dtype(table[column]) and table[column].notna().any()
    ]
    for column in text:
        values = pd.to_numeric(table[column], errors="coerce")
        wrong = values.isna() & table[column].notna()
        if wrong.any():
            raise ValueError(
                f"{name}: column {column!r} has {table.loc[wrong, column].iloc[0]!r} for subject "
                f"{table.index[wrong][0]!r}; write a number or leave the cell empty"
            )
    numbers = table.astype(float)
    infinite = np.isinf(numbers.to_numpy())
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise ValueError(
            f"{name}: column {numbers.columns[column]!r} is infinite for subject {numbers.index[row]!r}; "
            "leave the cell empty if the value is undefined"
        )
    return numbers
