"""What the rules ask of a study."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from osteon.config.plan import Plan
from osteon.config.sheets import Case, read_sheet, subject_label
from osteon.config.study import Study

CENTER = {"role": "development", "source": "dicom"}
STUDY = {
    "study": {"name": "s"},
    "cases": "c.tsv",
    "centers": {"A": CENTER, "B": {"role": "external", "source": "features", "table": "t.csv"}},
    "sequences": {"T1": {}, "T2": {}},
    "labels": {"L1": 1},
    "rois": {"body": ["L1"]},
    "models": {"m": {"scores": ["T1"]}},
}
CASES = [Case("A", "A1", "raw/A1", "A01", 2), Case("A", "A2", "raw/A2", "A02", 3), Case("B", "B1", "", "B", 4)]


@pytest.fixture
def plan():
    return Plan(Study.model_validate(STUDY), CASES)


def test_batches_hold_imaging_cases_alone(plan):
    assert plan.batches == ["A01", "A02"]
    assert [case.subject for case in plan.members(batch="A02")] == ["A2"]
    assert [case.subject for case in plan.members(center="B")] == []
    assert plan.subjects("B") == ["B1"]


def test_one_signature_per_sequence_by_default(plan):
    assert plan.study.signatures == {"T1": ["T1_*"], "T2": ["T2_*"]}
    assert plan.study.segmented_sequence == "T1"


def test_parts_and_their_names(plan):
    assert plan.parts == ["internal", "external/center-B"]
    assert plan.set_titles("internal") == {"train": "Training (out of fold)", "test": "Internal test"}
    assert plan.set_titles("external/center-B") == {"external": "B"}


def test_every_folder_has_its_guide(plan):
    from osteon.reporting.folders import GUIDES

    assert plan.folders == [name for name in GUIDES if name != "00_simulated"]
    assert all(len(text.splitlines()) == 2 for text in GUIDES.values())


def test_settings_are_plain_values_of_the_named_sections(plan):
    settings = plan.settings("selection", "sequences")
    assert settings["sequences"] == {"T1": {"description": ""}, "T2": {"description": ""}}
    assert settings["selection"]["p_value"] == 0.05
    assert set(settings) == {"selection", "sequences"}


def test_overrides_of_one_case(tmp_path):
    path = tmp_path / "o.tsv"
    path.write_text(
        "center\tsubject\tseries_uid\trole\treason\tinitials\nA\tA1\t1.2\tT2\tx\tQ\nA\tA2\t1.3\texclude\ty\tQ\n"
    )
    plan = Plan(Study.model_validate(STUDY | {"series_overrides": str(path)}), CASES)
    rows = plan.overrides(SimpleNamespace(center="A", subject="A2"))
    assert [(row["series_uid"], row["role"]) for row in rows] == [("1.3", "exclude")]
    assert "#" not in rows[0]


@pytest.mark.parametrize(("text", "label"), [("NCC-007", "NCC007"), (" 012 ", "012"), ("a_b.c", "abc")])
def test_ids_become_labels(text, label):
    assert subject_label(text) == label


def test_sheets_are_text_in_any_form(tmp_path):
    import gzip

    (tmp_path / "a.csv").write_text("\ufeffsubject, x \n007, 1\n", encoding="utf-8")
    (tmp_path / "b.tsv.gz").write_bytes(gzip.compress(b"subject\tx\n007\t1\n"))
    for name in ("a.csv", "b.tsv.gz"):
        columns, rows = read_sheet(tmp_path / name)
        assert columns == ["subject", "x"]
        assert rows == [{"subject": "007", "x": "1", "#": "2"}]
