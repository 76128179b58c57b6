"""Rerun only what changed: the jobs that Snakemake plans after each kind of change."""

from __future__ import annotations

import os

STUDY = "config/demo/study.yaml"
ANALYSIS = {"pool_centers", "plan_sample_size", "associate_variables", "explain_models"}
MODELLING = {"make_splits", "fit_model", "describe_harmonisation"}
VALIDATION = {"validate_internal", "validate_external", "audit_leakage", "draw_validation", *ANALYSIS}
PAGES = {
    **dict.fromkeys(("draw_paper", "write_tables", "audit_tables", "write_methods", "write_report", "write_crate"), 1),
    "write_hospital": 3,
}
REPORT = {"write_table", *PAGES}
FEATURES = {"extract_features", "collect_features", "describe_features"}
COHORT = {"describe_cohort", "draw_flow", "describe_acquisition", "record_provenance", "link_participants"}
IMAGES = {"simulate_case", "ingest_case", "preprocess_case", "segment_batch", "evaluate_segmentation"}
SHEETS = {"draw_contact_sheets", "judge_masks", "write_review", "draw_contours", "draw_overlays"}


def test_unchanged_nothing(demo):
    assert demo.planned() == {}


def test_touched_but_identical_nothing(demo):
    for path in (
        "config/demo/participants.tsv",
        "config/demo/model/phantom_lumbar_t1.zip",
        "results/demo/02_images/center-A/sub-A001/ingest.json",
    ):
        os.utime(demo.folder / path)
    assert demo.planned() == {}


def test_another_log_sigma_features_and_later(demo):
    with demo.edit(STUDY, "log_sigma: [1.0, 2.0, 3.0]", "log_sigma: [1.0, 2.0]"):
        jobs = demo.planned()
    assert set(jobs) & (IMAGES | SHEETS) == set()
    assert jobs["extract_features"] == 3
    assert jobs["collect_features"] == 3
    assert jobs["fit_model"] == 3
    assert set(jobs) >= {"describe_features", "validate_internal", "validate_external", "write_report"}


def test_another_model_list_models_and_later(demo):
    with demo.edit(STUDY, "  combined:", "  agealone: {clinical: [age]}\n  combined:"):
        jobs = demo.planned()
    assert set(jobs) & (IMAGES | SHEETS | FEATURES | {"make_splits", "link_participants"}) == set()
    assert jobs["fit_model"] == 1
    assert set(jobs) >= {"validate_internal", "validate_external", "write_report"}


def test_another_selection_refits_only_models_that_select(demo):
    with demo.edit(STUDY, "{p: 0.05}", "{p: 0.01}"):
        jobs = demo.planned()
    assert set(jobs) & (IMAGES | FEATURES | {"make_splits"}) == set()
    assert {name: jobs[name] for name in ("fit_model", "null_run")} == {"fit_model": 2, "null_run": 2}


def test_one_patient_added(demo):
    participants = (demo.folder / "config/demo/participants.tsv").read_text().splitlines()
    header, last = participants[0].split("\t"), participants[-1].split("\t")
    row = ["C099" if name == "subject" else value for name, value in zip(header, last, strict=True)]
    last_case = (demo.folder / "config/demo/cases.tsv").read_text().splitlines()[-1]
    with (
        demo.edit("config/demo/participants.tsv", participants[-1], f"{participants[-1]}\n" + "\t".join(row)),
        demo.edit("config/demo/cases.tsv", last_case, f"{last_case}\n{last_case.replace(last[0], 'C099')}"),
    ):
        jobs = demo.planned()
    assert {name: jobs[name] for name in ("simulate_case", "ingest_case", "preprocess_case")} == {
        "simulate_case": 1,
        "ingest_case": 1,
        "preprocess_case": 1,
    }
    assert {name: jobs[name] for name in ("segment_batch", "extract_features")} == {
        "segment_batch": 1,
        "extract_features": 1,
    }
    assert jobs["collect_features"] == 1
    assert jobs["draw_contact_sheets"] == 1


def test_the_look_of_the_pages_sheets_and_report(demo):
    with demo.edit("workflow/lib/osteon/reporting/templates/contact.css", "gap: 4px", "gap: 5px"):
        assert demo.planned() == {"draw_contact_sheets": 3, "write_review": 1, **PAGES}


def test_a_comment_in_the_package_nothing(demo):
    with demo.edit("workflow/lib/osteon/statistics/auc.py", "import numpy", "# a comment\nimport numpy"):
        assert demo.planned() == {}


def test_logic_in_the_metrics_validation_and_report(demo):
    with demo.edit(
        "workflow/lib/osteon/statistics/calibration.py", "import numpy as np", "import numpy as np\n\nEXTRA = 1"
    ):
        jobs = demo.planned()
    assert set(jobs) <= VALIDATION | REPORT
    assert set(jobs) >= {"validate_internal", "validate_external", "write_report"}


def test_one_decision_about_a_series_reruns_one_case(demo):
    overrides = demo.folder / "config/demo/series_overrides.tsv"
    overrides.write_text("center\tsubject\tseries_uid\trole\treason\tinitials\nA\tA001\t1.2.3\texclude\tmotion\tXY\n")
    with demo.edit(STUDY, "labels:", "series_overrides: config/demo/series_overrides.tsv\nlabels:"):
        jobs = demo.planned()
    assert jobs["ingest_case"] == 1
    assert jobs["preprocess_case"] == 1
