"""Which jobs persons and batches need, and what their tables are: three hospitals, one of which delivers images."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

from helpers.project import Project

SIZES = {"A": 12, "B": 12, "X": 12}
STUDY = {
    "study": {"name": "batches"},
    "cases": "cases.tsv",
    "participants": "participants.tsv",
    "centers": {
        "A": {"role": "development", "source": "dicom", "masks": "*.nii.gz"},
        "B": {"role": "development", "source": "features", "table": "B.tsv"},
        "X": {"role": "external", "source": "features", "table": "X.tsv"},
    },
    "sequences": {"T1": {}},
    "labels": {"L1": 1},
    "rois": {"L1": ["L1"]},
    "segmentation": {"method": "masks"},
    "robustness": {"cases": 0, "readers": False},
    "outcome": {"column": "y", "positive": "1", "negative": "0"},
    "models": {"radiomics": {"scores": ["T1"]}},
    "validation": {"folds": 2, "person": "pid"},
    "harmonisation": {
        "minimum": 2,
        "batch": ["center", "kernel+te"],
        "batches": {
            "kernel": {"column": "kernel", "merge": {"sharp": ["B6*", "B7*"]}, "smallest": 3},
            "te": {"header": "echo_time_ms", "cut": [15]},
        },
    },
}
TABLES = [f"results/batches/05_harmonisation/{name}.tsv" for name in ("batches", "batches_development")]
PERSONS = ["results/batches/01_cohort/persons.tsv", "results/batches/01_cohort/same_person.tsv"]


@pytest.fixture(scope="module")
def project(root, tmp_path_factory) -> Project:
    project = Project(root, tmp_path_factory.mktemp("batches"))
    subjects = [(center, f"{center}{number}") for center, size in SIZES.items() for number in range(1, size + 1)]
    cases = pd.DataFrame(subjects, columns=["center", "subject"])
    cases["source"], cases["batch"] = "raw/" + cases["subject"], cases["center"]
    cases["kernel"] = ["B60f", "B70f", "STANDARD", ""] * 9
    cases["pid"] = [f"p{number % 30}" for number in range(36)]
    cases.to_csv(project.folder / "cases.tsv", sep="\t", index=False)
    people = cases[["subject"]].assign(y=[0, 1] * 18)
    people.to_csv(project.folder / "participants.tsv", sep="\t", index=False)
    for center in "BX":
        table = cases.loc[cases["center"] == center, ["subject"]].assign(T1_a=range(12), T1_b=range(12, 0, -1))
        table.to_csv(project.folder / f"{center}.tsv", sep="\t", index=False)
    for subject in cases.loc[cases["center"] == "A", "subject"]:
        (project.folder / "raw" / subject).mkdir(parents=True)
    (project.folder / "study.yaml").write_text(yaml.safe_dump(STUDY, allow_unicode=True), encoding="utf-8")
    return project


def planned(project, *targets):
    return project.planned(*targets, "--config", "study=study.yaml")


def test_only_cases_with_images_are_read_for_headers(project):
    """Small batches are merged by the number of training patients, so who trains must be known."""
    splits = {"link_participants": 1, "collect_persons": 1, "make_splits": 1}
    assert planned(project, *TABLES) == {"collect_batches": 2, "ingest_case": 12, **splits}


def test_a_column_of_cases_needs_no_image(project):
    with (
        project.edit("study.yaml", "- kernel+te", "- kernel"),
        project.edit("study.yaml", "smallest: 3", "smallest: 0"),
    ):
        assert planned(project, *TABLES) == {"collect_batches": 2}


def test_models_learn_of_persons_and_batches(project):
    jobs = planned(project, "results/batches/06_models/splits.tsv")
    assert (jobs["collect_persons"], jobs["ingest_case"]) == (1, 12)
    jobs = planned(project, "models")
    assert (jobs["collect_batches"], jobs["collect_persons"], jobs.get("list_same_persons")) == (1, 1, None)
    jobs = planned(project, "validation")
    assert (jobs["collect_batches"], jobs["collect_persons"], jobs["list_same_persons"]) == (2, 2, 1)


def test_the_tables(project):
    """The folders with images are empty, so these patients are in no batch and count in none."""
    project.run(*TABLES, *PERSONS, "--config", "study=study.yaml")
    tables = [pd.read_csv(project.folder / path, sep="\t", dtype=str) for path in TABLES]
    assert list(tables[0].columns) == ["subject", "center", "kernel+te"]
    sizes = tables[0].groupby("center")["kernel+te"].value_counts()
    assert sizes["X"].to_dict() == {"sharp + unknown": 6, "STANDARD + unknown": 3, "unknown + unknown": 3}
    ours = tables[0][tables[0]["center"] != "X"].reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, tables[1])
    persons, same = (pd.read_csv(project.folder / path, sep="\t", dtype=str) for path in PERSONS)
    assert persons["person"].nunique() == 30
    assert same[["subject", "detail"]].to_numpy().tolist()[0] == [
        "X10",
        "the same person as A4 of a development center",
    ]
    assert set(same["subject"]) == {"X7", "X8", "X9", "X10", "X11", "X12"}
