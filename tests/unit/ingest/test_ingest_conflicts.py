"""The list of what does not fit between images and participants: every problem has its name, none has an outcome."""

from __future__ import annotations

import pytest

from osteon.config.delivery import Linkage, SexColumn
from osteon.config.matching import match_cases
from osteon.config.participants import as_date
from osteon.ingest.conflicts import COLUMNS, SEVERITIES, linkage_problems
from osteon.tables.reasons import Reason

LINKAGE = Linkage(
    sex=SexColumn(column="性别", male="男", female="女"), age="年龄", age_tolerance=1, date="检查日期", date_window=30
)
SEALED = "sealed-outcome"


def _row(number: int, subject: str, center="A", sex="女", age="67.0", day="2024/5/3") -> dict[str, str]:
    values = {"subject": subject, "center": center, "性别": sex, "年龄": age, "检查日期": day, "骨质疏松": SEALED}
    return values | {"#": str(number)}


def _identity(person="p", sex="F", age=67.0, study_date="2024-05-20") -> dict:
    return {"person": person, "sex": sex, "age": age, "study_date": study_date}


def _problems(cases, rows, identities=None, linkage=LINKAGE):
    people = [(center, subject, subject) for center, subject in cases]
    found = linkage_problems(cases, match_cases(people, rows, "subject", {}), linkage, identities or {})
    assert all(list(row) == COLUMNS and row["action"] for row in found)
    assert SEALED not in str(found)
    return [(row["problem"], row["severity"], row["subject"], row["center"], row["detail"]) for row in found]


def test_what_fits_is_not_listed():
    assert _problems([("A", "S1")], [_row(2, "S1")], {"S1": _identity()}) == []


@pytest.mark.parametrize(
    ("row", "identity", "expected"),
    [
        ({"sex": "男"}, {}, ("sex_conflict", "'男' in the table, F in the headers")),
        ({"sex": "　女"}, {"sex": "M"}, ("sex_conflict", "'　女' in the table, M in the headers")),
        ({"sex": ""}, {}, None),
        ({}, {"sex": None}, None),
        ({"age": "68.1"}, {}, ("age_conflict", "68.1 years in the table, 67 in the headers")),
        ({"age": "68"}, {}, None),
        ({"age": "NA"}, {}, None),
        ({"age": "20"}, {"age": None}, None),
        ({"day": "2024年4月19日"}, {}, ("date_apart", "31 days apart; allowed are 30")),
        ({"day": "20240619"}, {}, None),
        ({"day": "2024-06-20"}, {}, ("date_apart", "31 days apart; allowed are 30")),
        ({"day": ""}, {}, None),
        ({"day": "2001-01-01"}, {"study_date": None}, None),
    ],
)
def test_headers_and_table(row, identity, expected):
    found = _problems([("A", "S1")], [_row(2, "S1", **row)], {"S1": _identity(**identity)})
    assert found == ([(expected[0], "review", "S1", "A", expected[1])] if expected else [])


def test_nothing_is_compared_that_was_not_asked_for():
    wrong = _row(2, "S1", sex="男", age="20", day="1999-01-01")
    assert _problems([("A", "S1")], [wrong], {"S1": _identity()}, Linkage()) == []
    assert _problems([("A", "S1")], [wrong], {"S1": {}}) == []


def test_one_person_under_two_subjects():
    cases = [("A", "S1"), ("B", "S2"), ("A", "S3")]
    rows = [_row(2, "S1"), _row(3, "S2", "B"), _row(4, "S3")]
    identities = {"S1": _identity("x"), "S2": _identity("x"), "S3": _identity("y")}
    assert _problems(cases, rows, identities) == [
        ("person_twice", "review", "S1", "A", "the same person as S2 of center B"),
        ("person_twice", "review", "S2", "B", "the same person as S1 of center A"),
    ]
    assert _problems(cases, rows, {name: _identity(None) for name in identities}) == []


def test_a_hash_that_all_share_does_not_fill_the_table():
    cases = [("A", f"S{number}") for number in range(20)]
    rows = [_row(number, subject) for number, (_, subject) in enumerate(cases, start=2)]
    found = _problems(cases, rows, {subject: _identity("all") for _, subject in cases})
    assert len(found) == 20
    assert found[0][-1].endswith("S5 of center A and 14 more")


def test_problems_of_the_join_come_first():
    rows = [_row(2, "S1"), _row(3, "S1"), _row(4, "S2", "B"), _row(5, "S3"), _row(6, "S3", age="1"), _row(7, "S9")]
    cases = [("A", name) for name in ("S1", "S2", "S3", "S4")]
    assert _problems(cases, rows) == [
        ("participant_missing", "exclude", "S4", "A", "no row has its id under 'subject'"),
        ("participant_ambiguous", "exclude", "S3", "A", "rows 5 and 6 differ in 年龄"),
        ("center_conflict", "exclude", "S2", "A", "row 4: another center"),
        ("participant_repeated", "note", "S1", "A", "rows 2 and 3 are the same"),
        ("images_missing", "note", "", "", "row 7 of the participants table"),
    ]


@pytest.mark.parametrize("case_key", ["住院号", "subject"])
def test_ids_of_people_without_images_stay_out(case_key):
    """An id that no case has may be a hospital number that somebody forgot to replace by the pseudonym."""
    linkage = Linkage(key="住院号", case_key=case_key)
    rows = [{"住院号": "900123", "#": "2"}, {"住院号": "", "#": "3"}]
    found = linkage_problems([], match_cases([], rows, "住院号", {}), linkage, {})
    assert [(row["subject"], row["detail"]) for row in found] == [
        ("", "row 2 of the participants table"),
        ("", "row 3 of the participants table: no id under '住院号'"),
    ]


def test_every_reason_of_matching_has_a_severity():
    named = {name for name in Reason if name.startswith(("participant_", "center_", "images_missing"))}
    assert named <= SEVERITIES.keys()


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-05-03", "2024-05-03"),
        ("2024/5/3", "2024-05-03"),
        ("2024.5.3", "2024-05-03"),
        ("２０２４年５月３日", "2024-05-03"),
        ("20240503", "2024-05-03"),
        ("2024-05-03 12:30:00", "2024-05-03"),
        ("2024-02-30", None),
        ("3/5/2024", None),
        ("2024", None),
        ("", None),
    ],
)
def test_dates_as_hospitals_write_them(text, iso):
    found = as_date(text)
    assert (found and found.isoformat()) == iso
