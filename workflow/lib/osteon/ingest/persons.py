"""Which cases are one person: a person is never in training and in a test set, whatever the number of cases."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from osteon.config.sheets import is_missing, normalised
from osteon.ingest.linkage import STAGE, UNLINKED_COLUMNS
from osteon.tables.reasons import Reason

logger = logging.getLogger(__name__)

DEVELOPMENT = "development"
YEARS_APART = 10.0
"""Ages in the headers of one person differ by less than this between two examinations."""


def find_persons(cases: pd.DataFrame, roles: Mapping[str, str]) -> pd.DataFrame:
    """Name the person of each case.

    Two cases are one person if either the study says so (`declared`) or their headers have the same PatientID
    (`header`), directly or through other cases. A PatientID is not believed where its cases contradict each other:
    declared as different persons, of both sexes, or ages far apart. Two hospitals that both number from 001 have such.

    Among development cases external ones do not count, so that an external case changes no split.

    Args:
        cases: subject, center; declared: value of the column that tells who the patient is, '' if there is none;
            header (hash of PatientID), sex, age: what the headers say, None if they do not.
        roles: role ('development' or 'external') of each center.

    Returns:
        subject, center, person; sorted by subject. A person is a hash of 16 digits, or 'center/subject' where nothing
        tells who it is.
    """
    cases = cases.sort_values("subject", ignore_index=True)
    ours = cases["center"].map(roles) == DEVELOPMENT
    everyone = _components(cases)
    names = _components(cases[ours])["person"].reindex(cases.index)
    # an external case has the name that development gave its person; of two persons that it joins, the first
    person = _or(_or(names, _of_component(names, everyone["component"])), everyone["person"])
    return cases[["subject", "center"]].assign(person=person)


def external_duplicates(persons: pd.DataFrame, roles: Mapping[str, str]) -> pd.DataFrame:
    """External cases of persons who are development cases too: they would not be new to the models.

    Args:
        persons: from `find_persons`.
        roles: role of each center.

    Returns:
        subject, center, other: the first development case of the same person.
    """
    ours = persons["center"].map(roles) == DEVELOPMENT
    first = persons[ours].drop_duplicates("person").set_index("person")["subject"]
    external = persons[~ours & persons["person"].isin(first.index)]
    return external[["subject", "center"]].assign(other=external["person"].map(first)).reset_index(drop=True)


def same_person_table(duplicates: pd.DataFrame) -> pd.DataFrame:
    """The duplicates as excluded cases: subject, center, stage, reason, detail."""
    if len(duplicates):
        logger.warning(
            "%d external cases are persons of the development centers and are not evaluated. If two hospitals use the "
            "same numbers for different people, tell them apart with 'validation: {person: <column of cases.tsv>}'",
            len(duplicates),
        )
    detail = "the same person as " + duplicates["other"].astype(str) + " of a development center"
    table = duplicates.assign(stage=STAGE, reason=str(Reason.SAME_PERSON), detail=detail)
    return table[UNLINKED_COLUMNS]


def _components(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases that are joined directly or through others: their component's number and their person's name."""
    declared = cases["declared"].map(lambda value: None if is_missing(value) else _hashed(normalised(value)))
    header = cases["header"].where(~cases["header"].isin(_contradicted(cases, declared)), None)
    known = pd.concat([declared.dropna(), "header " + header.dropna()])
    codes, keys = pd.factorize(known, sort=True)
    rows = cases.index.get_indexer(known.index)
    size = len(cases) + len(keys)
    links = coo_array((np.ones(len(rows)), (rows, len(cases) + codes)), (size, size))
    component = pd.Series(connected_components(links, directed=False)[1][: len(cases)], cases.index)
    # a declared name comes before one of the headers, whatever the hashes
    named = _or(_of_component(declared, component), _of_component(header, component))
    return pd.DataFrame({"component": component, "person": _or(named, cases["center"] + "/" + cases["subject"])})


def _of_component(names: pd.Series, component: pd.Series) -> pd.Series:
    """The first name, by the alphabet, in the component of each case."""
    return component.map(names.dropna().groupby(component).min())


def _or(names: pd.Series, others: pd.Series) -> pd.Series:
    return names.where(names.notna(), others)


def _contradicted(cases: pd.DataFrame, declared: pd.Series) -> pd.Index:
    """Hashes of PatientIDs that several persons have."""
    groups = cases.assign(declared=declared).groupby("header")
    ages = groups["age"]
    several = (groups["declared"].nunique() > 1) | (groups["sex"].nunique() > 1)
    several |= ages.max() - ages.min() >= YEARS_APART
    if several.any():
        logger.warning("%d PatientIDs stand for several persons and are not used", int(several.sum()))
    return several.index[several]


def _hashed(text: str) -> str:
    # not the hash of a PatientID with the same text: hospitals count alike
    return hashlib.sha256(f"declared {text}".encode()).hexdigest()[:16]
