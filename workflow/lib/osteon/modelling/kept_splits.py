"""Sets and folds that were made before stay when the tables change: new patients are added, nobody is moved.

Without this, a patient more or a corrected outcome would deal all patients anew, and patients of the test set would
come into training.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.config.modelling import SETS_ALONE, Temporal, Validation
from osteon.config.sheets import read_sheet
from osteon.modelling.split_checks import refuse_wrong_sets
from osteon.modelling.splits import FOLD, TEST, TRAIN, fold_numbers
from osteon.modelling.task import Task
from osteon.tables.files import read_json, read_table, write_json, write_table

logger = logging.getLogger(__name__)

SPLITS, SETTINGS = "splits.tsv", "settings.json"


def read_earlier(folder: str | Path, settings: dict) -> pd.DataFrame | None:
    """The splits that were kept, if they were made with the same settings; None otherwise."""
    splits, made_with = Path(folder, SPLITS), Path(folder, SETTINGS)
    if not (splits.is_file() and made_with.is_file()):
        return None
    if read_json(made_with) != settings:
        logger.warning("the settings of the splits have changed: all patients are divided anew")
        return None
    return read_table(splits)


def read_given(path: str | Path) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """The table that the study names for its sets: either who trains and who tests, or earlier splits with folds.

    Args:
        path: columns subject and set alone, with ids as in cases.tsv and in any form that `read_sheet` reads; or a copy
            of splits.tsv.

    Returns:
        Sets and earlier splits; one of them is None.
    """
    columns, rows = read_sheet(path)
    if set(columns) == SETS_ALONE:
        return pd.DataFrame(rows, columns=columns), None
    return None, read_table(path)


def keep(splits: pd.DataFrame, folder: str | Path, settings: dict) -> None:
    """Keep splits for the next time."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    write_table(splits, Path(folder, SPLITS))
    write_json(settings, Path(folder, SETTINGS))


def continued_splits(
    people: pd.DataFrame, earlier: pd.DataFrame, validation: Validation, task: Task, seed: int
) -> pd.DataFrame:
    """The earlier splits without patients that are gone, and with the new ones added.

    A new patient who is a known person goes where the person is. Others are taken in random order, one by one: into
    the test set where their group by center and outcome has fewer test patients than `hold_out` asks for (or by date,
    where the split is temporal), else into the fold that has the fewest patients of their group.

    Args:
        people: as for `make_splits`.
        earlier: table of `make_splits` or of this function.
        validation: as for `make_splits`.
        task: kind of the outcome.
        seed: seed of the order of the new patients.

    Returns:
        As `make_splits`.

    Raises:
        ValueError: the earlier table lacks a column, or a new patient has no date where the split is temporal.
    """
    columns = [FOLD, *(f"repeat_{number}" for number in range(1, validation.repeats + 1))]
    if absent := [name for name in ("subject", "set", *columns) if name not in earlier.columns]:
        raise ValueError(
            f"splits: the table of earlier splits has no column {absent[0]!r}; it needs subject, set, "
            f"{', '.join(columns)}"
        )
    _refuse_other_scheme(earlier, columns, validation)
    rows = people.astype({"subject": str, "center": str, "person": str})
    rows = rows.sort_values(["center", "subject"], ignore_index=True)
    rows["group"] = rows["center"] + ("" if task.kind == "continuous" else " " + task.strata(rows["outcome"]))
    known = earlier.astype({"subject": str}).set_index("subject")[["set", *columns]]
    table = rows.set_index("subject").join(known)
    _refuse_divided_persons(table)
    of_person = table[table["set"].notna()].groupby("person")[["set", *columns]].first()
    same = table["set"].isna() & table["person"].isin(of_person.index)
    table.loc[same, ["set", *columns]] = of_person.loc[table.loc[same, "person"]].to_numpy()
    new = table.loc[table["set"].isna(), "person"].drop_duplicates()
    day = _first_test_day(table, validation)
    for person in np.random.default_rng([seed, len(new)]).permutation(new.to_numpy()):
        own = table["person"] == person
        group = table.loc[own, "group"].iloc[0]
        placed = table[table["set"].notna() & (table["group"] == group)].drop_duplicates("person")
        tested = _is_tested(table[own], placed, validation, day)
        table.loc[own, "set"] = TEST if tested else TRAIN
        if not tested:
            for column in columns:
                table.loc[own, column] = _emptiest(table, group, column, validation.folds)
    gone = len(known.index.difference(table.index))
    logger.info("%d patients stay where they were, %d are new, %d are gone", len(table) - len(new), len(new), gone)
    numbers = {column: table[column].astype("Int64") for column in columns}
    return table.reset_index()[["subject", "center", "person", "set"]].assign(
        **{column: numbers[column].array for column in columns}
    )


def _refuse_other_scheme(earlier: pd.DataFrame, columns: list[str], validation: Validation) -> None:
    """A table that was made with other settings than those of the study, which would be ignored."""
    refuse_wrong_sets(earlier, validation)
    for column in columns:
        numbers = fold_numbers(earlier, column)
        if numbers != list(range(validation.folds)):
            raise ValueError(
                f"splits: column {column!r} of the earlier splits has the folds {', '.join(map(str, numbers))}, but "
                f"validation.folds is {validation.folds}. Write the settings that it was made with"
            )


def _refuse_divided_persons(table: pd.DataFrame) -> None:
    """Patients who were found to be one person only after they had been divided."""
    placed = table[table["set"].notna()]
    folds = {name: placed[name].fillna(-1) for name in placed.columns if name == FOLD or name.startswith("repeat_")}
    places = placed.assign(**folds).groupby("person")[["set", *folds]].nunique()
    divided = places.index[(places > 1).any(axis=1)]
    if len(divided):
        both = list(placed.index[placed["person"] == divided[0]])
        raise ValueError(
            f"splits: {' and '.join(map(repr, both))} are one person now, but earlier they were put into different "
            "sets or folds. Remove all but one of them from cases.tsv; or delete the folder kept/splits in the results "
            "(and validation.splits, if it is written), and all patients are divided anew"
        )


def _is_tested(own: pd.DataFrame, placed: pd.DataFrame, validation: Validation, day: str) -> bool:
    if validation.hold_out is None:
        return False
    if isinstance(validation.hold_out, Temporal):
        if own["date"].isna().any():
            raise ValueError(f"splits: subject {own.index[0]!r} has no date in column {validation.hold_out.column!r}")
        return bool((own["date"].astype(str) >= day).all())
    return int((placed["set"] == TEST).sum()) < round(validation.hold_out * (len(placed) + 1))


def _first_test_day(table: pd.DataFrame, validation: Validation) -> str:
    if not isinstance(validation.hold_out, Temporal):
        return ""
    return validation.hold_out.begin or str(table.loc[table["set"] == TEST, "date"].astype(str).min())


def _emptiest(table: pd.DataFrame, group: str, column: str, folds: int) -> int:
    """The fold with the fewest patients of the group; of equal ones the one with the fewest of all."""
    train = table[table["set"] == TRAIN].drop_duplicates("person")
    own, all_ = (part[column].value_counts() for part in (train[train["group"] == group], train))
    numbers = fold_numbers(train, column) or list(range(folds))
    return min(numbers, key=lambda number: (own.get(number, 0), all_.get(number, 0), number))
