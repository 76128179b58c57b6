"""Patients to whom a frozen model is applied: what their tables must hold, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from osteon.config.beside import Beside
from osteon.config.coding import coded_outcome, coded_variable
from osteon.config.cohort import Outcome
from osteon.config.explain import Problem
from osteon.config.frozen import (
    Needs,
    absent_columns,
    control_problems,
    extraction_problems,
    further_batches,
    shown,
    unit_problems,
)
from osteon.config.harmonisation import CENTER
from osteon.config.matching import Match, Row
from osteon.config.sheets import as_number, is_missing, normalised

SHOWN = 5


class NotApplicable(ValueError):
    """A frozen model cannot be applied to the tables; the message has a line for every reason."""


@dataclass(frozen=True)
class Newcomers:
    """Tables of patients as they were read, and what is known of them."""

    table: str
    """Path of the feature table, for messages."""
    columns: list[str]
    rows: list[Row]
    """Rows of the feature table with 'subject', 'center' and, under '#', the row's number."""
    beside: Beside
    people: str
    """Path of the participants table, for messages."""
    people_columns: list[str]
    matches: Mapping[str, Match]
    """Each patient's row of the participants table; empty where there is no such table."""
    people_units: dict[str, str] = field(default_factory=dict)
    """Units of the participants table, as far as they are declared."""
    outcome: Outcome | None = None
    """Where outcomes are; None where nobody has one."""
    batches: Mapping[str, Mapping[str, str]] | None = None
    """Batch of each patient by division and subject, besides the center; None: columns of the feature table."""

    @property
    def subjects(self) -> list[str]:
        """Ids of the patients."""
        return [row["subject"] for row in self.rows]

    @property
    def centers(self) -> pd.Series:
        """Center of each patient, by subject."""
        return pd.Series([row[CENTER] for row in self.rows], index=self.subjects, dtype=object, name=CENTER)


def newcomer_problems(needs: Needs, given: Newcomers) -> list[Problem]:
    """Everything because of which a model cannot be applied to these tables."""
    rows = [match.row for match in given.matches.values() if match.row is not None]
    clinical = list(needs.variables)
    problems = control_problems(needs, needs.name)
    problems += absent_columns(given.columns, needs.features, given.table, needs)
    problems += extraction_problems(needs, given.beside.extraction, given.table)
    problems += unit_problems(needs, needs.units, given.beside.units, given.table)
    problems += _number_problems(given.rows, needs.features, given.table)
    problems += absent_columns(given.people_columns, clinical, given.people, needs)
    units = {name: variable.unit for name, variable in needs.variables.items()}
    units |= {given.outcome.column: needs.outcome.unit} if given.outcome else {}
    problems += unit_problems(needs, units, given.people_units, given.people)
    numbers = [name for name in clinical if needs.variables[name].type == "continuous"]
    problems += _number_problems(rows, numbers, given.people) + _third_values(needs, rows, given.people)
    return problems + _outcome_problems(given.outcome, rows, given.people) + _batch_problems(needs, given)


def feature_numbers(given: Newcomers, columns: Sequence[str]) -> pd.DataFrame:
    """Features (patients, columns) as numbers, NaN where a cell is empty; index subject."""
    values = [[_number(row[column]) for column in columns] for row in given.rows]
    return pd.DataFrame(
        np.array(values, dtype=float).reshape(len(values), len(columns)), index=given.subjects, columns=list(columns)
    )


def clinical_numbers(given: Newcomers, needs: Needs) -> pd.DataFrame:
    """Clinical variables of those who have a row among the participants, coded as the model was; index subject."""
    people = {subject: given.matches[subject].row for subject in given.subjects if _has_row(given, subject)}
    values = {
        name: [coded_variable(row[name], variable) for row in people.values()]
        for name, variable in needs.variables.items()
    }
    return pd.DataFrame(values, index=list(people), dtype=float)


def outcomes(given: Newcomers) -> pd.Series:
    """Outcome of those who have one, as code or number; index subject."""
    found = {}
    for subject in given.subjects if given.outcome else ():
        if _has_row(given, subject) and not is_missing(value := given.matches[subject].row[given.outcome.column]):
            found[subject] = coded_outcome(value, given.outcome)
    return pd.Series(found, dtype=float, name="outcome")


def batch_labels(given: Newcomers, needs: Needs) -> pd.DataFrame:
    """Batch of each patient as text, one column for the center and each further division of the model."""
    table = pd.DataFrame({CENTER: given.centers}).astype(str)
    for batch in further_batches(needs):
        if given.batches is None:
            table[batch] = [normalised(row[batch]) for row in given.rows]
        else:
            table[batch] = [given.batches[batch][subject] for subject in given.subjects]
    return table


def _has_row(given: Newcomers, subject: str) -> bool:
    return subject in given.matches and given.matches[subject].row is not None


def _number(cell: str) -> float:
    number = None if is_missing(cell) else as_number(cell)
    return float("nan") if number is None else number


def _number_problems(rows: Sequence[Row], columns: Sequence[str], where: str) -> list[Problem]:
    """Cells that are neither empty nor finite numbers, the first one of each column."""
    problems = []
    for column in columns:
        wrong = [row for row in rows if not is_missing(row.get(column, "")) and not _is_finite(row[column])]
        if wrong:
            more = f" and {len(wrong) - 1} more of its cells" if len(wrong) > 1 else ""
            what = f"'{column}' is '{wrong[0][column]}'{more}, not a finite number."
            problems.append(Problem(f"{where}, row {wrong[0]['#']}", what, "Write a number, or leave it empty"))
    rest = len(problems) - SHOWN
    return [*problems[:SHOWN], *([Problem(where, f"has {rest} more such columns.")] if rest > 0 else [])]


def _is_finite(cell: str) -> bool:
    number = as_number(cell)
    return number is not None and abs(number) != float("inf")


def _third_values(needs: Needs, rows: Sequence[Row], where: str) -> list[Problem]:
    """Every value but the positive one is coded 0, so a second other value would be a silent no."""
    problems = []
    for name, variable in needs.variables.items():
        if variable.type == "binary":
            present = {normalised(row[name]) for row in rows if not is_missing(row.get(name, ""))}
            others = sorted(present - {variable.positive})
            if len(others) > 1:
                what = f"'{name}' is binary and holds, beside {variable.positive}: {shown(others[:SHOWN])}."
                write = f"Write {variable.positive} or one other value, as bundle '{needs.name}' has learned it"
                problems.append(Problem(where, what, write))
    return problems


def _outcome_problems(outcome: Outcome | None, rows: Sequence[Row], where: str) -> list[Problem]:
    if outcome is None:
        return []
    if outcome.type == "continuous":
        return _number_problems(rows, [outcome.column], where)
    present = {normalised(row[outcome.column]): row for row in rows if not is_missing(row[outcome.column])}
    return [
        Problem(
            f"{where}, row {row['#']}", f"'{outcome.column}' is '{value}'.", f"Write: {' or '.join(outcome.values)}"
        )
        for value, row in sorted(present.items())
        if value not in outcome.values
    ][:SHOWN]


def _batch_problems(needs: Needs, given: Newcomers) -> list[Problem]:
    known = given.columns if given.batches is None else list(given.batches)
    return [
        Problem(
            given.table,
            f"has no column '{batch}', by which bundle '{needs.name}' harmonises.",
            f"Write each patient's batch into it; the model knows {', '.join(needs.batches[batch][:SHOWN])}",
        )
        for batch in further_batches(needs)
        if batch not in known
    ]
