"""Who trains and who tests: made once, by person, and read by everything that learns.

Whatever is fitted is fitted for a scope, and every scope follows from the table of splits alone: 'final' (all training
patients), 'fold 2' (those outside fold 2), 'repeat 3 fold 1', 'without NCC' (those of the other centers), and within
each of them '<scope> / fold 4', in which settings are tuned and chosen. The audit recomputes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from osteon.config.modelling import Temporal, Validation
from osteon.modelling.split_checks import (
    TEST,
    TRAIN,
    absent_groups,
    group_names,
    refuse_few_for_folds,
    refuse_one_outcome,
    refuse_small_strata,
    refuse_uneven_sets,
    refuse_wrong_sets,
)
from osteon.modelling.task import Task

FINAL = "final"
FOLD = "fold"
INSIDE = " / "
_OUTER = re.compile(r"final|(repeat (?P<repeat>\d+) )?fold (?P<fold>\d+)|without (?P<center>.+)")


@dataclass(frozen=True)
class Scope:
    """What is fitted on the patients `train` and may be judged on the patients `held`; both are sorted."""

    name: str
    train: list[str]
    held: list[str]


def make_splits(
    people: pd.DataFrame, validation: Validation, task: Task, seed: int, sets: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Split development patients into training and internal test, and the training patients into folds.

    All rows of one person are in the same set and the same folds. A share is stratified by center and outcome, and so
    are the folds; a number is stratified by the quarters of its values in each center. A person with several rows
    counts for the center of the first row and for the highest outcome. A temporal test set are the persons whose rows
    all lie on or after a day. The result depends on the set of patients, not on the order of the rows; and the folds
    depend on the training patients alone.

    Args:
        people: columns subject, center, outcome (code or number) and person; for a temporal split also date
            (YYYY-MM-DD).
        validation: hold_out, folds, repeats, leave_one_center_out.
        task: kind of the outcome.
        seed: seed of the random orders.
        sets: subject and set ('train' or 'test') of every patient, where that is decided already; `hold_out` then says
            no more than whether there is a test set.

    Returns:
        subject, center, person, set ('train' or 'test'), fold (0 to folds - 1; empty for test patients), and
        repeat_1, repeat_2, ... with the folds of each further repeat; sorted by center and subject.

    Raises:
        ValueError: a subject twice, a patient without date or, with `sets`, without a set, or too few patients of a
            group for the sets, the folds or the centers; the message names the group and what to change.
    """
    rows = people.astype({"subject": str, "center": str, "person": str})
    rows = rows.sort_values(["center", "subject"], ignore_index=True)
    if rows["subject"].duplicated().any():
        twice = rows.loc[rows["subject"].duplicated(), "subject"].iloc[0]
        raise ValueError(f"splits: subject {twice!r} is there twice; a patient must be in one set only")
    number = pd.factorize(rows["person"])[0]  # persons are numbered in the order of their first rows
    persons = rows.groupby(number).agg({"center": "first", "outcome": "max"})
    refuse_one_outcome(persons["outcome"], task)
    if sets is not None:
        train = np.random.default_rng([seed, 0]).permutation(_given(rows, number, sets, validation))
    elif isinstance(validation.hold_out, Temporal):
        train = _earlier(rows, number, persons, validation.hold_out, task)
        train = np.random.default_rng([seed, 0]).permutation(train)
    elif validation.hold_out is None:
        train = np.random.default_rng([seed, 0]).permutation(persons.index)
    else:
        strata = persons["center"] + " with outcome " + _groups(persons, task)
        refuse_small_strata(strata, validation.hold_out)
        train, _ = train_test_split(persons.index, test_size=validation.hold_out, random_state=seed, stratify=strata)
    training = persons.loc[np.sort(train)]
    refuse_few_for_folds(training["outcome"], validation.folds, task)
    training = training.assign(group=_groups(training, task))
    folds = {FOLD: _dealt(training.loc[train], validation.folds)}
    for repeat in range(1, validation.repeats + 1):
        order = np.random.default_rng([seed, repeat]).permutation(training.index)
        folds[f"repeat_{repeat}"] = _dealt(training.loc[order], validation.folds)
    sets = np.where(np.isin(number, train), TRAIN, TEST)
    columns = {name: dealt.reindex(number).array for name, dealt in folds.items()}
    splits = rows[["subject", "center", "person"]].assign(set=sets, **columns)
    if validation.leave_one_center_out:
        _refuse_needed_centers(splits, rows.set_index("subject")["outcome"], task)
    return splits


def outer_scopes(splits: pd.DataFrame, leave_one_center_out: bool = False) -> list[Scope]:
    """'final' first, then each fold, each fold of the repeats, and each center left out if that is wanted."""
    names = [FINAL, *(scope_of(fold) for fold in fold_numbers(splits))]
    for column in splits.columns[splits.columns.str.startswith("repeat_")]:
        names += [f"repeat {column.removeprefix('repeat_')} fold {fold}" for fold in fold_numbers(splits, column)]
    if leave_one_center_out:
        names += [f"without {center}" for center in sorted(splits.loc[splits["set"] == TRAIN, "center"].unique())]
    return [_outer(splits, name) for name in names]


def inner_scopes(splits: pd.DataFrame, outer: Scope) -> list[Scope]:
    """The folds within a scope, by the fold numbers of its own column: they divide its training patients.

    Raises:
        ValueError: there is one fold left, so that nothing would be left to learn from.
    """
    column = _fold_column(outer.name)
    train = splits[splits["subject"].isin(outer.train)]
    numbers = fold_numbers(train, column)
    if len(numbers) < 2:
        raise ValueError(f"splits: within {outer.name!r} one fold is left; set validation.folds to 3 or more")
    return [
        Scope(
            f"{outer.name}{INSIDE}fold {fold}",
            sorted(train.loc[train[column] != fold, "subject"]),
            sorted(train.loc[train[column] == fold, "subject"]),
        )
        for fold in numbers
    ]


def allowed(splits: pd.DataFrame, name: str) -> set[str] | None:
    """The patients that may be seen by what is fitted for a scope, outer or inner; None for a name that is none."""
    outer_name, inside, fold = name.partition(INSIDE)
    outer = _outer(splits, outer_name)
    if outer is None or not inside:
        return outer and set(outer.train)
    column = _fold_column(outer_name)
    train = splits[splits["subject"].isin(outer.train)]
    numbers = {scope_of(number): number for number in fold_numbers(train, column)}
    if len(numbers) < 2 or fold not in numbers:
        return None
    return set(train.loc[train[column] != numbers[fold], "subject"])


def fold_numbers(splits: pd.DataFrame, column: str = FOLD) -> list[int]:
    """The folds, in order."""
    return sorted(int(number) for number in splits[column].dropna().unique())


def scope_of(fold: int | None) -> str:
    """Name of what is fitted on all training patients (None) or on those outside a fold."""
    return FINAL if fold is None else f"fold {fold}"


def subjects_of(splits: pd.DataFrame, role: str, fold: int | None = None) -> list[str]:
    """Subjects of a set ('train' or 'test'), or of one fold of it."""
    chosen = splits[splits["set"] == role]
    return sorted(chosen["subject"] if fold is None else chosen.loc[chosen[FOLD] == fold, "subject"])


def _fold_column(name: str) -> str:
    repeat = _OUTER.fullmatch(name)["repeat"]
    return f"repeat_{repeat}" if repeat else FOLD


def _outer(splits: pd.DataFrame, name: str) -> Scope | None:
    """The outer scope of that name; None if there is none."""
    match = _OUTER.fullmatch(name)
    if match is None:
        return None
    train = splits[splits["set"] == TRAIN]
    if match["center"]:
        held = train["center"] == match["center"]
        # who is also a patient of the center that is left out must not be learned from
        learned = ~train["person"].isin(train.loc[held, "person"])
    elif match["fold"]:
        column = _fold_column(name)
        if column not in train or match["fold"] not in map(str, fold_numbers(train, column)):
            return None
        held = train[column] == int(match["fold"])
        learned = ~held
    else:
        return Scope(FINAL, sorted(train["subject"]), [])
    if not held.any():
        return None
    return Scope(name, sorted(train.loc[learned, "subject"]), sorted(train.loc[held, "subject"]))


def _groups(persons: pd.DataFrame, task: Task) -> pd.Series:
    """Group by outcome; the quarters of a number are those of the center, so that each center is divided evenly."""
    parts = [group_names(part["outcome"], task) for _, part in persons.groupby("center")]
    return pd.concat(parts).loc[persons.index]


def _dealt(ordered: pd.DataFrame, folds: int) -> pd.Series:
    """Fold of each person; `ordered` are persons in random order, with their center and group by outcome.

    Dealing each group out like cards gives every fold the same share of each center and outcome, and of each outcome
    even where a group is smaller than the number of folds.
    """
    dealt = ordered.sort_values(["group", "center"], kind="stable").index
    return pd.Series(np.arange(len(dealt)) % folds, index=dealt, dtype="Int64")


def _given(rows: pd.DataFrame, number: np.ndarray, sets: pd.DataFrame, validation: Validation) -> np.ndarray:
    """Numbers of the persons who train, as the study says."""
    refuse_wrong_sets(sets, validation)
    of_subject = sets.astype({"subject": str}).set_index("subject")["set"]
    if (twice := of_subject.index.duplicated()).any():
        raise ValueError(f"splits: subject {of_subject.index[twice][0]!r} is twice in the given table; keep one row")
    if absent := rows.loc[~rows["subject"].isin(of_subject.index), "subject"].tolist():
        raise ValueError(
            f"splits: {len(absent)} patients have no set in the given table, {absent[0]!r} among them; add them with "
            f"{TRAIN} or {TEST}"
        )
    own = of_subject.loc[rows["subject"]].to_numpy()
    of_person = pd.Series(own).groupby(number).agg(["first", "nunique"])
    if (of_person["nunique"] > 1).any():
        divided = rows.loc[number == of_person.index[of_person["nunique"] > 1][0], "subject"]
        raise ValueError(f"splits: {' and '.join(map(repr, divided))} are one person, but the given table divides them")
    return of_person.index[of_person["first"] == TRAIN].to_numpy()


def _earlier(rows: pd.DataFrame, number: np.ndarray, persons: pd.DataFrame, hold_out: Temporal, task: Task) -> pd.Index:
    """Persons with a row before the day on which the test set begins."""
    undated = rows["date"].isna()
    if undated.any():
        raise ValueError(
            f"splits: subject {rows.loc[undated, 'subject'].iloc[0]!r} has no date in column {hold_out.column!r}; "
            "write it into the participants table"
        )
    first = rows["date"].astype(str).groupby(number).min()
    day = hold_out.begin or _first_test_day(first, hold_out.share)
    refuse_uneven_sets(persons["outcome"], first < day, day, task)
    return persons.index[first < day]


def _first_test_day(first: pd.Series, share: float) -> str:
    """The day that gives a test set closest to the share; persons of one day stay together."""
    days = sorted(first.unique())[1:]
    if not days:
        raise ValueError(f"splits: all development patients have the date {first.iloc[0]}; change validation.hold_out")
    counts = {day: int((first >= day).sum()) for day in days}
    return min(days, key=lambda day: (abs(counts[day] - share * len(first)), counts[day]))


def _refuse_needed_centers(splits: pd.DataFrame, outcome: pd.Series, task: Task) -> None:
    """Refuse leaving out a center without which an outcome does not occur."""
    for scope in outer_scopes(splits, leave_one_center_out=True):
        if scope.name.startswith("without ") and (absent := absent_groups(outcome[scope.train], task)):
            raise ValueError(
                f"splits: {scope.name} no training patient has {absent[0]}; "
                "write validation: {leave_one_center_out: false}, or add patients"
            )
