"""Which participant is which case: each way in which it can go wrong has its name."""

from __future__ import annotations

import pytest

from osteon.config.matching import match_cases
from osteon.tables.reasons import Reason

NAMES = {"A": "Hospital A", "B": ""}


def _rows(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    return [
        {"住院号": person, "center": center, "age": age, "#": str(number)}
        for number, (person, center, age) in enumerate(rows, start=2)
    ]


def _match(cases, rows):
    return match_cases(cases, rows, "住院号", NAMES)


def test_ids_are_compared_as_labels_with_their_zeros():
    rows = _rows(("００-7", "A", "60"), ("7", "Hospital A", "61"), ("b1", "", "62"))
    found = _match([("A", "S1", "007"), ("A", "S2", "7"), ("B", "S3", "b1"), ("B", "S4", "B1")], rows)
    assert {subject: row["age"] for subject, row in found.rows.items()} == {"S1": "60", "S2": "61", "S3": "62"}
    assert found.by_subject["S4"].reason == "participant_missing"
    assert found.without_case == []


def test_a_column_center_tells_apart_two_people_with_one_id():
    found = _match([("A", "S1", "1"), ("B", "S2", "1")], _rows(("1", "A", "60"), ("1", "B", "61")))
    assert [match.row["age"] for match in found.by_subject.values()] == ["60", "61"]


@pytest.mark.parametrize(
    ("cases", "rows", "reason", "detail"),
    [
        ([("A", "S", "1")], [("2", "A", "")], "participant_missing", "no row has its id under '住院号'"),
        ([("A", "S", "")], [("", "A", "")], "participant_missing", "the case has no id"),
        ([("A", "S", "1")], [("1", "B", "")], "center_conflict", "row 2: another center"),
        (
            [("A", "S", "1")],
            [("1", "A", "60"), ("1", "A", "61")],
            "participant_ambiguous",
            "rows 2 and 3 differ in age",
        ),
        ([("A", "S", "1"), ("A", "T", "1")], [("1", "A", "60")], "participant_shared", "row 2: 2 cases have this id"),
        ([("A", "S", "1"), ("B", "T", "1")], [("1", "", "60")], "participant_shared", "row 2: 2 cases have this id"),
    ],
)
def test_a_case_without_a_participant_of_its_own(cases, rows, reason, detail):
    found = _match(cases, _rows(*rows))
    assert [(match.row, match.reason, match.detail) for match in found.by_subject.values()] == [
        (None, reason, detail) for _ in cases
    ]
    assert Reason(reason)
    assert found.rows == {}


def test_a_repeated_row_is_used_once():
    found = _match([("A", "S", "1")], _rows(("1", "A", "60"), ("1", "A", "60"), ("9", "A", "50")))
    assert found.by_subject["S"].reason == Reason.PARTICIPANT_REPEATED
    assert found.rows["S"]["#"] == "2"
    assert [row["#"] for row in found.without_case] == ["4"]


def test_a_row_without_id_belongs_to_nobody():
    assert [row["#"] for row in _match([("A", "S", "1")], _rows(("1", "A", ""), ("张三", "A", ""))).without_case] == [
        "3"
    ]


def test_the_details_hold_no_value():
    rows = [{"id": "1", "outcome": value, "#": str(number)} for number, value in enumerate(("secret", "hidden"))]
    detail = match_cases([("A", "S", "1")], rows, "id", NAMES).by_subject["S"].detail
    assert "outcome" in detail
    assert "secret" not in detail
    assert "hidden" not in detail
