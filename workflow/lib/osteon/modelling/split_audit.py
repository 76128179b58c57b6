"""Splits that leak by themselves: one person on both sides of a line that models must not cross."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from osteon.modelling.splits import FOLD, TRAIN


class Leakage(ValueError):
    """A fitted object has seen patients that it will be judged on."""


def person_of(splits: pd.DataFrame, persons: pd.DataFrame | None) -> dict[str, str]:
    """The person of each subject: of the table of persons, and of the splits without one.

    Raises:
        Leakage: a subject is there twice, or the splits name another person than the table of persons.
    """
    twice = splits.loc[splits["subject"].duplicated(), "subject"]
    if len(twice):
        raise Leakage(f"subject {twice.iloc[0]!r} is in the splits twice")
    own = dict(zip(splits["subject"], splits["person"].astype(str), strict=True))
    if persons is None:
        return own
    person = dict(zip(persons["subject"], persons["person"].astype(str), strict=True))
    for subject, name in own.items():
        if person.get(subject) != name:
            raise Leakage(
                f"subject {subject!r} is person {name!r} in the splits, but {person.get(subject)!r} in the "
                "table of persons; the splits were not made from it"
            )
    return person


def refuse_split_persons(splits: pd.DataFrame, person: Mapping[str, str]) -> None:
    """Refuse splits that divide the rows of one person.

    Raises:
        Leakage: a person is in both sets, or in two folds.
    """
    person_column = splits["subject"].map(person)
    sets = splits["set"].groupby(person_column).nunique()
    if (sets > 1).any():
        raise Leakage(f"person {sets.idxmax()!r} is among the training patients and among the test patients")
    train = splits[splits["set"] == TRAIN]
    for column in [FOLD, *splits.columns[splits.columns.str.startswith("repeat_")]]:
        if train[column].isna().any():
            raise Leakage(f"training patient {train.loc[train[column].isna(), 'subject'].iloc[0]!r} has no {column}")
        folds = train[column].groupby(person_column[train.index]).nunique()
        if (folds > 1).any():
            raise Leakage(f"person {folds.idxmax()!r} is in several folds (column {column} of the splits)")


def refuse_known_external(
    splits: pd.DataFrame,
    person: Mapping[str, str],
    external: Collection[str],
    adaptation: Mapping[str, Collection[str]],
) -> None:
    """Refuse external patients whom the models, or an adaptation to their center, have already seen.

    Raises:
        Leakage: an external patient is a development patient too, or a patient declared for adaptation is a
            development patient or has another row that will be evaluated.
    """
    if both := sorted(set(external) & set(splits["subject"])):
        raise Leakage(f"external patient {both[0]!r} is among the development patients of the splits")
    development = {person[subject]: subject for subject in splits["subject"]}
    for subject in sorted(external):
        if person.get(subject) in development:
            raise Leakage(
                f"external patient {subject!r} and development patient {development[person[subject]]!r} are the same "
                f"person {person[subject]!r}"
            )
    for center, declared in sorted(adaptation.items()):
        if foreign := sorted(set(declared) & set(splits["subject"])):
            raise Leakage(f"patient {foreign[0]!r}, declared for the adaptation to {center}, is a development patient")
        adapted = {person[subject]: subject for subject in declared if subject in person}
        for subject in sorted(set(external) - set(declared)):
            if person.get(subject) in adapted:
                raise Leakage(
                    f"patient {subject!r} will be evaluated, but patient {adapted[person[subject]]!r}, who is the same "
                    f"person, is declared for the adaptation to {center}"
                )
