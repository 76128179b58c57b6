"""The tables of patients to whom a frozen model is applied, from files; and the results, all of them or none."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from osteon.config.beside import Beside, column_units
from osteon.config.cohort import Outcome
from osteon.config.explain import Problem, describe, did_you_mean
from osteon.config.harmonisation import CENTER
from osteon.config.matching import Person, Row, match_cases
from osteon.config.sheets import read_sheet
from osteon.config.workbooks import SheetError
from osteon.modelling.newcomers import Newcomers, NotApplicable
from osteon.tables.files import write_table

SHOWN = 5


def read_newcomers(
    features: str | Path,
    known: Beside,
    *,
    participants: str | Path | None = None,
    outcome: Outcome | None = None,
    cases: Sequence[Person] | None = None,
    key: str = "subject",
    names: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    batches: pd.DataFrame | None = None,
) -> Newcomers:
    """Read a feature table and what belongs to it; nothing is checked against a model yet.

    Args:
        features: table with subject, center and features, in any form that `read_sheet` reads.
        known: settings behind the features, and their units (see `config.beside.beside`).
        participants: table with ids, clinical variables and outcomes; None: the feature table itself.
        outcome: how outcomes are coded; taken where the table has the column.
        cases: center, subject and id among the participants of each patient; None: the id is the subject.
        key: column with the ids.
        names: name of each center, which the participants table may hold instead of its code.
        units: units of the participants table that are declared elsewhere; those of its sidecar go before.
        batches: subject and one column for each further division into batches; None: columns of the feature table.

    Raises:
        NotApplicable: a file is absent or cannot be read as such a table.
    """
    columns, rows = _sheet(features, ("subject", CENTER))
    _refuse_repeated(rows, features)
    people_columns, people = _sheet(participants, (key,)) if participants else (columns, rows)
    persons = cases if cases is not None else [(row[CENTER], row["subject"], row["subject"]) for row in rows]
    try:
        declared = column_units(participants) if participants else known.units
    except ValueError as error:
        raise NotApplicable(f"{error}. Nothing was written.") from None
    centers = {center: center for center, _, _ in persons}
    divided = batches.set_index("subject").to_dict() if batches is not None else None
    return Newcomers(
        str(features),
        columns,
        rows,
        known,
        str(participants or features),
        people_columns,
        match_cases(persons, people, key, names or centers).by_subject,
        dict(units or {}) | declared,
        outcome if outcome and outcome.column in people_columns else None,
        divided,
    )


def write_folder(tables: Mapping[str, pd.DataFrame], folder: str | Path) -> None:
    """Write tables as <name>.tsv into a new folder: all of them, or nothing.

    Raises:
        NotApplicable: the folder holds something.
    """
    folder = Path(folder)
    refuse_full(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{os.getpid()}.{folder.name}")
    try:
        for name, table in tables.items():
            write_table(table, temporary / f"{name}.tsv")
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def refuse_full(folder: Path) -> None:
    """A folder with results of something else is not touched.

    Raises:
        NotApplicable: it is a file, or holds something.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise NotApplicable(f"{folder} is there and not empty; nothing was written. Name a new folder with --out")


def _sheet(path: str | Path, wanted: Sequence[str]) -> tuple[list[str], list[Row]]:
    """Columns and rows of a table.

    Raises:
        NotApplicable: it is none.
    """
    if not Path(path).is_file():
        raise NotApplicable(describe(str(path), [Problem("the file", "does not exist.")]))
    try:
        columns, rows = read_sheet(path)
    except SheetError as error:
        raise NotApplicable(describe(str(path), [Problem("the file", error.what, error.write)])) from None
    problems = [
        Problem("the first row", f"has no column '{name}'.", did_you_mean(name, columns[:SHOWN]))
        for name in wanted
        if name not in columns
    ]
    if not rows:
        problems.append(Problem("the file", "has no row.", "Write one row per patient"))
    if problems:
        raise NotApplicable(describe(str(path), problems))
    return columns, rows


def _refuse_repeated(rows: list[Row], path: str | Path) -> None:
    problems = [
        Problem("the file", f"subject '{subject}' has {count} rows.", "Keep one row per patient")
        for subject, count in Counter(row["subject"] for row in rows).items()
        if count > 1
    ]
    if problems:
        raise NotApplicable(describe(str(path), problems[:SHOWN]))
