"""Cases that are one person, and external ones who are not new to the models."""

from __future__ import annotations

import hashlib
import logging

import pandas as pd
import pytest

from osteon.ingest.linkage import UNLINKED_COLUMNS
from osteon.ingest.persons import external_duplicates, find_persons, same_person_table

ROLES = {"A": "development", "B": "development", "X": "external", "Y": "external"}


def cases(*rows):
    """Subject (its first letter is the center), declared person, PatientID, sex, age."""
    filled = [(*row, *("", None, None, None)[len(row) - 1 :]) for row in rows]
    table = pd.DataFrame(filled, columns=["subject", "declared", "header", "sex", "age"]).astype(object)
    return table.assign(center=table["subject"].str[0])


def groups(*rows):
    """Subjects by person."""
    found = find_persons(cases(*rows), ROLES)
    assert list(found.columns) == ["subject", "center", "person"]
    return sorted(sorted(own["subject"]) for _, own in found.groupby("person"))


def test_nobody_knows_so_each_is_one():
    table = find_persons(cases(("A2",), ("A1",), ("X1", "n/a")), ROLES)
    assert table["person"].tolist() == ["A/A1", "A/A2", "X/X1"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("A1", "", "h"), ("A2", "", "h"), ("B1", "", "k")], [["A1", "A2"], ["B1"]]),
        ([("A1", "p", "h"), ("A2", "p", "k"), ("B1", "", "k")], [["A1", "A2", "B1"]]),
        ([("A1", "p", "h"), ("A2", "q", "h"), ("A3", "", "h")], [["A1"], ["A2"], ["A3"]]),
        ([("A1", "", "h", "F"), ("B1", "", "h", "M")], [["A1"], ["B1"]]),
        ([("A1", "", "h", "F", 61.0), ("B1", "", "h", "F", 62.0)], [["A1", "B1"]]),
        ([("A1", "", "h", "F", 61.0), ("B1", "", "h", None, 71.0)], [["A1"], ["B1"]]),
        ([("A1", "p", "h", "F"), ("B1", "p", "h", "M")], [["A1", "B1"]]),
        ([("A1", "001"), ("A2", "", hashlib.sha256(b"001").hexdigest()[:16])], [["A1"], ["A2"]]),
        ([("A1", "１２"), ("A2", "12")], [["A1", "A2"]]),
    ],
    ids=["header", "either", "declared wins", "sexes", "a year", "ten years", "declared beats sex", "kinds", "forms"],
)
def test_who_is_one_person(rows, expected):
    assert groups(*rows) == expected


def test_persons_are_hashes_and_no_ids():
    table = find_persons(cases(("A1", "1234567"), ("A2", "", "0123456789abcdef"), ("A3", "1234567", "0")), ROLES)
    assert table["person"].str.fullmatch("[0-9a-f]{16}").all()
    assert table["person"].tolist()[1] == "0123456789abcdef"
    assert "1234567" not in table["person"].tolist()


def test_external_cases_change_no_person_of_development():
    """One external case has the id of one and the declared person of another; one contradicts a PatientID."""
    ours = [("A1", "p"), ("A2", "", "h"), ("A3", "", "k", "F"), ("B1", "", "k", "F")]
    alone = find_persons(cases(*ours), ROLES)
    foreign = [("X1", "p", "h"), ("X2", "", "k", "M"), ("Y1", "q", "h")]
    everyone = find_persons(cases(*foreign, *ours), ROLES)
    pd.testing.assert_frame_equal(everyone[everyone["center"].isin(["A", "B"])].reset_index(drop=True), alone)
    assert alone["person"].nunique() == 3
    found = external_duplicates(everyone, ROLES)
    # h is not believed: X1 and Y1 are declared as two people; neither is k, of both sexes
    assert found.to_numpy().tolist() == [["X1", "X", "A1"]]


def test_external_persons_of_development_are_named():
    persons = find_persons(
        cases(("B1", "", "h"), ("A1", "", "h"), ("X1", "", "h"), ("Y1", "", "h"), ("Y2", "", "k"), ("X2", "", "k")),
        ROLES,
    )
    found = external_duplicates(persons, ROLES)
    assert found.to_numpy().tolist() == [["X1", "X", "A1"], ["Y1", "Y", "A1"]]


def test_an_external_case_that_is_two_persons():
    persons = find_persons(cases(("A1", "p"), ("A2", "", "h"), ("X1", "p", "h")), ROLES)
    assert persons.set_index("subject")["person"].nunique() == 2
    assert external_duplicates(persons, ROLES)["subject"].tolist() == ["X1"]


def test_they_are_excluded_with_a_reason(caplog):
    duplicates = pd.DataFrame({"subject": ["X1"], "center": ["X"], "other": ["A1"]})
    with caplog.at_level(logging.WARNING):
        table = same_person_table(duplicates)
    assert list(table.columns) == UNLINKED_COLUMNS
    assert table.to_numpy().tolist() == [
        ["X1", "X", "participants", "same_person", "the same person as A1 of a development center"]
    ]
    assert "validation: {person:" in caplog.text
    assert same_person_table(duplicates.head(0)).empty


def test_no_external_center():
    persons = find_persons(cases(("A1", "", "h"), ("B1", "", "h")), ROLES)
    assert external_duplicates(persons, ROLES).empty
