"""Features, clinical variables and outcomes of the same patients, aligned by subject."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from osteon.modelling.task import BINARY, Task

logger = logging.getLogger(__name__)

KEYS = ["subject", "center"]
SHOWN = 5


@dataclass(frozen=True)
class Patients:
    """Tables of one set of patients; every index is the subject, sorted, and the same in all."""

    center: pd.Series
    """Center of each patient, as text."""
    outcome: pd.Series
    """Code of the class (0 or 1 where there are two), or the number."""
    clinical: pd.DataFrame
    """Clinical variables as numbers; missing ones are NaN."""
    features: pd.DataFrame
    """Radiomic features as numbers; missing ones are NaN."""
    batches: pd.DataFrame
    """Batch of each patient as text, one column for each division into batches; at least the center."""
    person: pd.Series | None = None
    """Person of each patient, where some have several rows; None where each row is a person."""

    def __len__(self) -> int:
        return len(self.center)

    @property
    def subjects(self) -> pd.Index:
        """Ids of the patients."""
        return self.center.index

    def take(self, subjects: Sequence[str]) -> Patients:
        """Those of the named patients that are present, sorted by subject."""
        chosen = self.subjects[self.subjects.isin(list(subjects))]
        tables = (self.clinical, self.features, self.batches)
        person = None if self.person is None else self.person[chosen]
        return Patients(self.center[chosen], self.outcome[chosen], *(table.loc[chosen] for table in tables), person)

    def with_persons(self, splits: pd.DataFrame) -> Patients:
        """The same patients with the persons of the splits, if someone has several rows there."""
        person = splits.astype({"subject": str}).set_index("subject")["person"].reindex(self.subjects)
        return replace(self, person=person if person.duplicated().any() else None)

    def with_outcome(self, outcome: pd.Series) -> Patients:
        """The same patients with another outcome."""
        return replace(self, outcome=outcome.loc[self.subjects])


def patient_table(patients: Patients) -> pd.DataFrame:
    """Subject, center, clinical variables and batches of patients, without outcomes and features.

    A batch that is called like a clinical variable is left out.
    """
    batches = patients.batches.drop(columns=["center", *patients.clinical.columns], errors="ignore")
    table = pd.concat([patients.center.rename("center"), patients.clinical, batches], axis=1)
    return table.rename_axis("subject").reset_index()


def join_patients(
    clinical: pd.DataFrame,
    features: Sequence[pd.DataFrame],
    task: Task = BINARY,
    batches: pd.DataFrame | None = None,
) -> Patients:
    """Join the coded participants with the centers' feature tables.

    Only patients in both are kept: one without features was excluded on the way from image to
    feature, one without outcome before; both are listed with their reasons in cases_excluded.tsv.

    Args:
        clinical: columns subject, center, outcome (a code or a number) and clinical variables as numbers.
        features: one table per center with columns subject, center and features as numbers.
        task: kind of the outcome.
        batches: columns subject, center and one for each division into batches. None: the center alone.

    Returns:
        The patients, sorted by subject, so that the order of the files changes no result. A feature
        that a center's table does not have is NaN for its patients. There may be no patient left.

    Raises:
        ValueError: a subject twice or with two centers, a column twice, a cell that is no number,
            an infinite value, an outcome that is no code of a class, or a patient without a row in `batches`.
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
    return Patients(
        people.loc[both, "center"],
        _coded(numbers["outcome"], task),
        numbers.drop(columns="outcome"),
        _numbers(wide.loc[both].drop(columns="center"), "feature table"),
        people.loc[both, ["center"]] if batches is None else _batches_of(both, batches),
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
    return replace(patients, features=features)


def _coded(outcome: pd.Series, task: Task) -> pd.Series:
    if task.kind == "continuous":
        wrong = outcome.index[outcome.isna()]
        allowed = "numbers"
    else:
        codes = range(len(task.values))
        wrong = outcome.index[~outcome.isin(list(codes))]
        allowed = " and ".join(map(str, codes)) if len(codes) == 2 else f"0 to {len(codes) - 1}"
    if len(wrong):
        raise ValueError(f"subject {wrong[0]!r} has outcome {outcome[wrong[0]]}; allowed are {allowed}")
    return outcome if task.kind == "continuous" else outcome.astype(int)


def _batches_of(subjects: pd.Index, table: pd.DataFrame) -> pd.DataFrame:
    labels = _indexed(table, "table of batches")
    if absent := sorted(set(subjects) - set(labels.index)):
        raise ValueError(f"table of batches: subject {absent[0]!r} is missing")
    return labels.loc[subjects].astype(str)


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
