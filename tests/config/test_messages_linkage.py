"""What a user is told of tables that cannot be read or joined: exact texts."""

from __future__ import annotations

import pytest

from helpers.mini_study import lines
from osteon.config.explain import StudyError
from osteon.config.load import load_study


def test_cases_without_a_row_of_their_own_are_excluded_later(mini):
    mini.cases += [["OSL", "O2", "", ""], ["OSL", "Z3", "", ""], ["OSL", "O4", "", ""]]
    mini.participants += [["Z3", "ZRH", "?", "?"], ["O4", "OSL", "wild", "60"], ["O4", "OSL", "mutant", "60"]]
    assert mini.message() == ""


def test_simulated_case_without_row(mini, tmp_path):
    mini.study["simulation"] = {"parameters": "phantom.yaml"}
    mini.cases.append(["OSL", "O2", "", ""])
    assert lines(mini.message()) == [
        "participants.tsv has no row for subject 'O2' of cases.tsv, row 5. Add the row; simulated images are made from "
        "it"
    ]


def test_ids_that_join_nothing(mini):
    for row, person in zip(mini.participants[1:], ("0001", "", "0003"), strict=True):
        row[0] = person
    assert lines(mini.message()) == [
        "participants.tsv has no row of any case: ids under 'subject' here are 0001, empty, 0003; under 'subject' in "
        "cases.tsv Z1, Z2, O1. Write: linkage: {key: ..., case_key: ...}"
    ]


def test_ids_in_another_column(mini):
    for row, person in zip(mini.participants, ("住院号", "Z-1", "Z2", "Ｏ１"), strict=True):
        row.append(person)
    for row in mini.participants[1:]:
        row[0] = "x" + row[0]
    assert lines(mini.message()) == [
        "participants.tsv has no row of any case: ids under 'subject' here are xZ1, xZ2, xO1; under 'subject' in "
        "cases.tsv Z1, Z2, O1. Did you mean 'linkage: {key: 住院号}'?"
    ]
    mini.study["linkage"] = {"key": "住院号"}
    assert mini.message() == ""


def test_key_columns_that_are_not_there(mini):
    mini.study["linkage"] = {"key": "住院号", "case_key": "card", "age": "年龄（岁）"}
    assert lines(mini.message()) == [
        "cases.tsv has no column 'card'. Allowed: center, subject, source, batch",
        "participants.tsv has no column '住院号'. Allowed: subject, center, idh, age",
        "participants.tsv has no column '年龄(岁)'. Allowed: subject, center, idh, age",
    ]


def test_values_that_cannot_be_compared_with_headers(mini):
    for row, cells in zip(
        mini.participants, [("性别", "qct"), ("1", "3/5/2024"), ("男", ""), ("", "2024-5-3")], strict=True
    ):
        row += cells
    mini.study["linkage"] = {
        "sex": {"column": "性别", "male": "男", "female": "女"},
        "date": "qct",
        "date_window": 30,
    }
    assert lines(mini.message()) == [
        "participants.tsv, row 2 '性别' is '1'. Write: 男 or 女",
        "participants.tsv, row 2 'qct' is '3/5/2024', not a date. Write YYYY-MM-DD, or leave it empty",
    ]


def test_date_without_window(mini):
    mini.study["linkage"] = {"date": "qct"}
    assert lines(mini.message()) == ["linkage write 'date: <column>' and 'date_window: <days>' together."]


def test_the_column_center_of_participants_is_optional(mini):
    for row in mini.participants:
        del row[1]
    assert mini.message() == ""


def test_id_without_letters_and_digits(mini):
    mini.cases[2][1] = "张三"
    assert lines(mini.message()) == ["cases.tsv, row 3 subject '张三' is not allowed. Write: letters and digits only"]


def test_tables_that_cannot_be_read(mini, tmp_path):
    mini.message()
    (tmp_path / "participants.tsv").write_bytes(b"subject\tidh\tage\nZ1\tM\xfcller\t60\n")
    (tmp_path / "cases.tsv").write_text("center\tsubject\tsubject\nZRH\tZ1\tZ1\n")
    with pytest.raises(StudyError) as caught:
        load_study("study.yaml")
    assert lines(str(caught.value)) == [
        "cases.tsv these columns are there twice: subject. Rename or remove one of each",
        "participants.tsv is neither UTF-8 nor GB18030 text. Save it as CSV UTF-8 or as .xlsx",
    ]


def test_overrides_without_their_columns(mini, tmp_path):
    (tmp_path / "overrides.csv").write_text("subject;uid\nZ1;1.2\n")
    mini.study["series_overrides"] = "overrides.csv"
    assert lines(mini.message()) == [
        "overrides.csv has no column 'series_uid'. Allowed: subject, uid",
        "overrides.csv has no column 'role'. Allowed: subject, uid",
    ]


def test_full_width_values_of_the_outcome(mini):
    mini.study["outcome"] |= {"column": "ｉｄｈ", "positive": "(+)"}
    mini.participants[1][2] = "（＋）"
    assert mini.message() == ""
