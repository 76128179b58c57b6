"""A rules file with mistakes: all of them at once, with what to write."""

from __future__ import annotations

import subprocess
import sys

import pytest

from osteon.config.explain import StudyError
from osteon.config.sheets import to_cases
from osteon.config.study import Study
from osteon.ingest.rules import check_series_rules, load_rules, override_problems


def problems(tmp_path, text, sequences=()):
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_rules(path, list(sequences))
    return [(item.where, item.what, item.write) for item in caught.value.problems]


def test_shipped_rules_load(root):
    assert load_rules(root / "config/series_rules/lumbar_mr.yaml").roles == ["FST2", "T2", "T1"]
    assert load_rules(root / "config/series_rules/single_mr.yaml", ["T1"]).roles == ["T1"]


def test_all_mistakes_are_told_at_once(tmp_path):
    text = """
rules:
  - {name: T2, role: T2, echotime: {min: 70}, plane: {any: [sagittal]}}
  - {name: T1, role: "T 1", repetition_time: {max: short}}
  - {name: FS, role: FST2, text: '(fs'}
"""
    found = problems(tmp_path, text)
    assert [where for where, _, _ in found] == [
        "rules.0.echotime",
        "rules.1.role",
        "rules.1.repetition_time.max",
        "rules.2.text",
    ]
    assert found[0][1] == "unknown key."
    assert "not a regular expression" in found[3][1]


def test_role_without_rule_is_told(tmp_path):
    text = "rules:\n  - {name: T2, role: T2w}\n"
    assert problems(tmp_path, text, ["T2"]) == [
        ("rules", "no rule gives the role 'T2' of the study.", "Did you mean 'T2w'?")
    ]


def test_two_rules_of_one_name_are_refused(tmp_path):
    ((_, what, _),) = problems(tmp_path, "rules:\n  - {name: T2, role: T2}\n  - {name: T2, role: T1}\n")
    assert what == "rules: two rules are called 'T2'; give each its own name."


@pytest.mark.parametrize(("text", "where"), [("rules: [", "line 1"), ("rules: []\n", "rules"), ("", "the file")])
def test_unreadable_or_empty_file(tmp_path, text, where):
    assert problems(tmp_path, text)[0][0] == where


def test_missing_file(tmp_path):
    with pytest.raises(StudyError, match="does not exist"):
        load_rules(tmp_path / "none.yaml")


def test_overrides_say_what_to_write():
    good = {"series_uid": "1.2", "role": "T2", "reason": "motion", "initials": "AB"}
    columns = "the columns are subject, series_uid, role, reason, initials"
    for change, sentence in [
        ({}, None),
        ({"role": "exclude"}, None),
        ({"series_uid": ""}, f"has no 'series_uid' (see docs/how-to/index.md); {columns}"),
        ({"reason": ""}, f"has no 'reason' (why); {columns}"),
        ({"initials": ""}, f"has no 'initials' (who decided); {columns}"),
        ({"role": "T3"}, "'T3' is no role of the study; write one of T1, T2, exclude"),
    ]:
        assert override_problems(good | change, ["T1", "T2"]) == ([sentence] if sentence else [])


def test_all_rows_of_the_overrides_are_checked_before_anything_runs(root, tmp_path):
    rows = [
        ("B", "A001", "1.2", "T2", "motion", "AB"),
        ("A", "A001", "1.3", "T2", "", "AB"),
        ("A", "A002", "1.4", "exclude", "motion", "AB"),
        ("", "A001", "1.5", "T2", "wrong name", "AB"),
        ("", "A001", "1.5", "exclude", "motion", "AB"),
    ]
    table = tmp_path / "overrides.tsv"
    head = "center\tsubject\tseries_uid\trole\treason\tinitials\n"
    table.write_text(head + "".join("\t".join(row) + "\n" for row in rows))
    study = Study(
        study={"name": "x"},
        cases="cases.tsv",
        centers={"A": {"role": "development", "source": "dicom"}},
        sequences={"T2": {}},
        series_rules=str(root / "config/series_rules/lumbar_mr.yaml"),
        series_overrides=str(table),
    )
    cases = to_cases([{"center": "A", "subject": "A001", "source": "raw", "batch": "A1", "#": "2"}])
    with pytest.raises(StudyError) as caught:
        check_series_rules(study, cases)
    assert [(problem.where, problem.what) for problem in caught.value.problems] == [
        ("row 2", "subject 'A001' is of center 'A', not 'B'; correct one of them"),
        ("row 3", "has no 'reason' (why); the columns are subject, series_uid, role, reason, initials"),
        ("row 4", "subject 'A002' is no case of the study. Did you mean 'A001'?"),
        ("row 6", "decides on the same series as row 5; keep one of them"),
    ]


@pytest.mark.slow
def test_rules_are_read_without_a_dicom_reader(root):
    """The workflow reads them while it plans, in an environment that holds Snakemake and pydantic only."""
    code = (
        "import sys, osteon.ingest.rules; "
        "print([name for name in ('pydicom', 'SimpleITK', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(root / "workflow" / "lib")},
    )
    assert done.stdout.strip() == "[]"
