"""What the rules of persons and batches are told of a study."""

from __future__ import annotations

import dataclasses

import pytest

from osteon.config.plan import Plan
from osteon.config.sheets import Case
from osteon.config.study import Study

STUDY = {
    "study": {"name": "s"},
    "cases": "c.tsv",
    "centers": {
        "A": {"role": "development", "source": "dicom"},
        "B": {"role": "development", "source": "nifti", "images": {"T1": "*", "T2": "*"}},
        "F": {"role": "development", "source": "features", "table": "t.csv"},
        "X": {"role": "external", "source": "dicom"},
    },
    "sequences": {"T1": {}, "T2": {}},
    "segmentation": {"sequence": "T2"},
    "labels": {"L1": 1},
    "rois": {"body": ["L1"]},
    "outcome": {"column": "y", "positive": "1", "negative": "0"},
    "models": {"m": {"scores": ["T1"]}},
}
CASES = [
    Case(center, f"{center}1", "", center, row, f"{center}1", {"kernel": f"k{row}", "pid": f"p{row}", "note": "n"})
    for row, center in enumerate(STUDY["centers"], start=2)
]
BATCHES = {
    "kernel": {"column": "kernel"},
    "te": {"header": "echo_time_ms", "cut": [15]},
    "tr": {"header": "repetition_time_ms", "sequence": "T1"},
    "unused": {"column": "note"},
}


def batching(batch="center", **sections):
    harmonisation = {"batch": batch, "batches": BATCHES}
    return Plan(Study.model_validate({**STUDY, "harmonisation": harmonisation, **sections}), CASES).batching


def subjects(cases):
    return [case.subject for case in cases]


@pytest.mark.parametrize("table", ["batches", "batches_development"])
def test_the_center_alone_needs_no_headers(table):
    plan = batching()
    assert plan.settings("batches") == {"batch": ["center"], "batches": {}, "reference": None}
    assert plan.with_headers(table) == []
    rows = [{"subject": f"{center}1", "center": center} for center in "ABFX"]
    assert plan.rows(table) == (rows if table == "batches" else rows[:3])


def test_only_the_columns_that_are_used_are_passed_on():
    plan = batching(["center", "center+kernel"])
    assert plan.rows("batches")[3] == {"subject": "X1", "center": "X", "kernel": "k5"}
    assert plan.with_headers("batches") == []


def test_headers_have_their_sequence():
    plan = batching(["te+tr"])
    assert list(plan.settings("batches")["batches"]) == ["te", "tr"]
    settings = plan.settings("batches")["batches"]
    assert {name: batch["sequence"] for name, batch in settings.items()} == {"te": "T2", "tr": "T1"}
    assert subjects(plan.with_headers("batches")) == ["A1", "B1", "X1"]


def test_models_read_nothing_of_an_external_center():
    plan = batching(["te", "kernel"])
    assert subjects(plan.with_headers("batches_development")) == ["A1", "B1"]
    assert {row["center"] for row in plan.rows("batches_development")} == {"A", "B", "F"}


def test_persons():
    plan = batching(validation={"person": "pid"})
    ours = [("A", "A1", "p2"), ("B", "B1", "p3"), ("F", "F1", "p4")]
    assert plan.persons("persons_development") == ours
    assert plan.persons("persons") == [*ours, ("X", "X1", "p5")]
    assert {declared for _, _, declared in batching().persons("persons")} == {""}


def test_only_dicom_tells_who_a_patient_is():
    assert subjects(batching().with_patient_id("persons")) == ["A1", "X1"]
    assert subjects(batching().with_patient_id("persons_development")) == ["A1"]
    assert batching(simulation={"parameters": "p.yaml"}).with_patient_id("persons") == []


def test_adaptation_names_only_centers_that_have_any():
    """The development case of this name is refused before."""
    settings = {"new_center": "reference", "adaptation": "kernel"}
    named = [dataclasses.replace(case, more={"kernel": "yes"}) for case in CASES]
    study = {**STUDY, "harmonisation": settings}
    assert Plan(Study.model_validate(study), named).batching.adaptation == {"X": ["X1"]}
    assert Plan(Study.model_validate(study), CASES).batching.adaptation == {}
    assert batching().adaptation == {}


def test_tables_of_late_exclusions():
    def tables(**sections):
        return [
            path.split("/")[-1] for path in Plan(Study.model_validate({**STUDY, **sections}), CASES).late_exclusions
        ]

    assert tables() == ["unlinked.tsv", "same_person.tsv"]
    assert tables(models={}) == ["unlinked.tsv"]
    assert tables(models={}, outcome=None) == []
