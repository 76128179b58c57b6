"""What a user is told of outcomes: classes and numbers; exact texts."""

from __future__ import annotations

import pytest

from helpers.mini_study import lines

GRADES = ["normal", "osteopenia", "osteoporosis"]


@pytest.fixture
def graded(mini):
    """A study of three classes, each with a development patient."""
    mini.study["outcome"] = {"column": "idh", "type": "classes", "classes": GRADES}
    mini.participants.append(["Z3", "ZRH", "", "63"])
    mini.cases.append(["ZRH", "Z3", "", ""])
    for row, grade in zip(mini.participants[1:], ("normal", "osteopenia", "normal", "osteoporosis"), strict=True):
        row[2] = grade
    return mini


@pytest.fixture
def measured(mini):
    """A study of a number."""
    mini.study["outcome"] = {"column": "idh", "type": "continuous", "unit": "mg/cm3"}
    for row, value in zip(mini.participants[1:], ("81.5", "120", "-1e1"), strict=True):
        row[2] = value
    return mini


def test_right_outcomes_have_no_message(graded):
    assert graded.message() == ""


def test_right_numbers_have_no_message(measured):
    assert measured.message() == ""


def test_class_misspelt_or_unknown(graded):
    graded.participants[1][2] = "osteopenic"
    graded.participants[2][2] = "7"
    assert lines(graded.message()) == [
        "participants.tsv, row 2 'idh' is 'osteopenic'. Did you mean 'osteopenia'? Write: normal, osteopenia or "
        "osteoporosis",
        "participants.tsv, row 3 'idh' is '7'. Write: normal, osteopenia or osteoporosis",
    ]


def test_class_empty(graded):
    graded.participants[2][2] = "n/a"
    assert lines(graded.message()) == [
        "participants.tsv, row 3 'idh' of subject 'Z2' is empty. Write normal, osteopenia or osteoporosis, or set "
        "'outcome.missing: exclude'"
    ]


def test_class_without_development_patients(graded):
    graded.participants[1][2] = "osteopenia"
    assert lines(graded.message()) == [
        "participants.tsv no development patient has 'idh' = normal. Add such patients, or remove the class from "
        "'outcome.classes'"
    ]


def test_one_class_only(graded):
    for row in graded.participants[1:]:
        row[2] = "normal"
    assert lines(graded.message()) == [
        "participants.tsv all development patients have 'idh' = normal. A model needs patients of every class"
    ]


def test_class_in_chinese_and_full_width(graded):
    graded.study["outcome"]["classes"] = ["正常", "骨量减少", "（骨）"]
    for row, grade in zip(graded.participants[1:], ("正常", "　骨量减少", "正常", "(骨)"), strict=True):
        row[2] = grade
    assert graded.message() == ""


def test_class_that_means_an_empty_cell(graded):
    graded.study["outcome"]["classes"] = ["None", "mild", "severe"]
    for row, grade in zip(graded.participants[1:], ("mild", "severe", "mild", "mild"), strict=True):
        row[2] = grade
    assert lines(graded.message()) == ["outcome 'None' means an empty cell. Write another word here and in the table"]


def test_number_empty(measured):
    measured.participants[1][2] = ""
    assert lines(measured.message()) == [
        "participants.tsv, row 2 'idh' of subject 'Z1' is empty. Write a number, or set 'outcome.missing: exclude'"
    ]


@pytest.mark.parametrize("value", ["low", "12,5", "inf", "-Infinity", "1e400"])
def test_number_that_is_none(measured, value):
    measured.participants[1][2] = value
    assert lines(measured.message()) == [
        f"participants.tsv, row 2 'idh' is '{value}', not a finite number. Write a number"
    ]


def test_number_that_does_not_vary(measured):
    for row, value in zip(measured.participants[1:], ("80", "80.0", "90"), strict=True):
        row[2] = value
    assert lines(measured.message()) == [
        "participants.tsv all development patients have 'idh' = 80. A model needs patients whose outcomes differ"
    ]


def test_excluded_outcomes_do_not_count(measured):
    measured.study["outcome"]["missing"] = "exclude"
    measured.participants[1][2] = "NA"
    assert lines(measured.message()) == [
        "participants.tsv all development patients have 'idh' = 120. A model needs patients whose outcomes differ"
    ]


def test_a_column_of_another_kind_is_not_listed_row_by_row(measured):
    for row in measured.participants[1:]:
        row[2] = "high"
    for number in range(4, 9):
        measured.participants.append([f"Z{number}", "ZRH", "low", "60"])
        measured.cases.append(["ZRH", f"Z{number}", "", ""])
    found = lines(measured.message())
    assert len(found) == 6
    assert found[-1] == "participants.tsv 3 more rows have such an outcome. Is 'outcome.type' right?"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positive": "normal"}, "outcome 'positive' and 'negative' belong to a binary outcome, not to 'classes'."),
        (
            {"classes": GRADES[:2]},
            "outcome outcome type 'classes' needs 'classes: [...]' with three or more different values.",
        ),
        ({"type": "continuous"}, "outcome 'classes' belongs to outcome type 'classes'."),
        ({"type": "class"}, "outcome.type 'class' is not allowed. Write: 'binary', 'classes' or 'continuous'"),
    ],
    ids=["positive", "two", "continuous", "class"],
)
def test_keys_of_another_type(graded, change, message):
    graded.study["outcome"] |= change
    assert lines(graded.message()) == [message]
