"""What the rules ask of a study."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from osteon.config.plan import Plan
from osteon.config.sheets import Case
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
CASES = [
    Case("A", "A1", "raw/A1", "A01", 2, "A1"),
    Case("A", "A2", "raw/A2", "A02", 3, "A2"),
    Case("B", "B1", "", "B", 4, "B1"),
]


@pytest.fixture
def plan():
    return Plan(Study.model_validate(STUDY), CASES)


def test_batches_hold_imaging_cases_alone(plan):
    assert plan.batches == ["A01", "A02"]
    assert [case.subject for case in plan.members(batch="A02")] == ["A2"]
    assert [case.subject for case in plan.members(center="B")] == []
    assert plan.subjects("B") == ["B1"]


def test_corrected_masks_are_known_by_their_content(tmp_path):
    (tmp_path / "sub-A1_v2.nii.gz").write_bytes(b"one")
    study = Study.model_validate({**STUDY, "segmentation": {"corrections": str(tmp_path)}})

    def hashes():
        return Plan(study, CASES).correction_hashes("A01")

    first = hashes()
    assert list(first) == ["sub-A1_v2.nii.gz"]
    assert Plan(study, CASES).correction_hashes("A02") == {}
    (tmp_path / "sub-A1_v2.nii.gz").write_bytes(b"two")
    assert hashes() != first


def test_cases_with_several_readings_are_those_of_centers_that_give_them():
    readings = [{"reader": name, "pattern": f"{name}.nii.gz"} for name in ("ML", "XW")]
    centers = {"A": {**CENTER, "masks": readings}, "D": {**CENTER, "masks": "one.nii.gz"}}
    study = Study.model_validate({**STUDY, "centers": {**STUDY["centers"], **centers}})
    cases = [*CASES, Case("D", "D1", "raw/D1", "D01", 5, "D1")]
    assert [case.subject for case in Plan(study, cases).read_twice] == ["A1", "A2"]


def test_one_signature_per_sequence_by_default(plan):
    assert plan.study.signatures == {"T1": ["T1_*"], "T2": ["T2_*"]}
    assert plan.study.segmented_sequence == "T1"


def test_parts_and_their_names(plan):
    assert plan.parts == ["internal", "external/center-B"]
    assert plan.set_titles("internal") == {"train": "Training (out of fold)", "test": "Internal test"}
    assert plan.set_titles("external/center-B") == {"external": "B"}


@pytest.mark.parametrize(
    ("outcome", "tables", "shown"),
    [
        ({"positive": "1", "negative": "0"}, "decision.tsv", "decision_curve.svg"),
        ({"type": "classes", "classes": ["a", "b", "c"]}, "confusion.tsv", "class_pairs.tsv"),
        ({"type": "continuous"}, "agreement.tsv", "bland_altman.svg"),
    ],
    ids=["binary", "classes", "continuous"],
)
def test_files_of_the_validation_follow_the_outcome(outcome, tables, shown):
    plan = Plan(Study.model_validate(STUDY | {"outcome": {"column": "y"} | outcome}), CASES)
    assert f"v/{tables}" in plan.validation_tables("v").values()
    assert f"v/{shown}" in plan.reported("v").values()
    assert ("decision" in plan.validation_tables("v")) == (plan.outcome_type == "binary")
    # names of the rule's inputs: what the report reads besides must have names of its own
    fixed = {"performance", "pairwise", "baseline", "agreement", "linkage", "levels", "robustness", "audit", "review"}
    assert not fixed & plan.reported("v").keys()


def test_every_folder_has_its_guide(plan):
    from osteon.reporting.folders import GUIDES

    assert plan.folders == [name for name in GUIDES if name not in ("00_simulated", "08_applied")]
    assert all(len(text.splitlines()) == 2 for text in GUIDES.values())


def test_settings_are_plain_values_of_the_named_sections(plan):
    settings = plan.settings("selection", "sequences")
    assert settings["sequences"] == {"T1": {"description": ""}, "T2": {"description": ""}}
    assert [step["step"] for step in settings["selection"]][-1] == "lasso"
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


def test_a_simulated_case_is_made_from_its_row(tmp_path):
    (tmp_path / "people.csv").write_text("住院号;age\n００1;60\n2;70\n", encoding="gb18030")
    study = STUDY | {"participants": str(tmp_path / "people.csv"), "linkage": {"key": "住院号"}}
    cases = [Case("A", "A1", "raw/A1", "A01", 2, "001"), Case("A", "A2", "raw/A2", "A01", 3, "2")]
    plan = Plan(Study.model_validate(study), cases)
    assert plan.participant(SimpleNamespace(center="A", subject="A1")) == {"住院号": "００1", "age": "60"}
    assert "<results>/01_cohort/linkage.tsv" in plan.targets()


def test_no_participants_no_linkage(plan):
    assert "<results>/01_cohort/linkage.tsv" not in plan.targets()


def test_the_null_run_does_not_know_the_threshold(plan):
    """No score of it depends on the threshold, and it is the most expensive step of a study."""
    default = plan.models.settings("m")
    assert plan.models.null_settings("m") == default
    other = Plan(Study.model_validate(STUDY | {"validation": {"threshold": {"sensitivity": 0.9}}}), CASES).models
    assert other.settings("m") == {"threshold": {"sensitivity": 0.9}} | default
    assert other.null_settings("m") == default
