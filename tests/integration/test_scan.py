"""From raw exports of any shape to the table of cases, with the real workflow."""

from __future__ import annotations

import csv
import os

import pytest
import yaml

from helpers.dicom_series import ROLES, make_series, save_clutter
from helpers.exports import save_patient
from helpers.project import Project

STUDY = {
    "study": {"name": "two"},
    "cases": "cases.tsv",
    "centers": {
        "A": {"role": "development", "source": "dicom", "raw": "raw/A", "masks": "*_dseg.nii.gz"},
        "B": {"role": "external", "source": "dicom", "raw": "raw/B", "masks": "*_dseg.nii.gz"},
    },
    "sequences": {role: {} for role in ROLES},
    "labels": {"L1": 1},
    "rois": {"L1": ["L1"]},
    "segmentation": {"method": "masks", "sequence": "T1"},
    "batch_size": 2,
}
ARGUMENTS = ("--config", "study=study.yaml")


def rows(project: Project) -> list[dict[str, str]]:
    with open(project.folder / "cases.tsv", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


@pytest.fixture(scope="module")
def project(root, tmp_path_factory) -> Project:
    """Center A has a folder per patient among clutter, center B one folder with everything; no table of cases yet."""
    project = Project(root, tmp_path_factory.mktemp("scan"))
    raw = project.folder / "raw"
    save_patient(raw / "A" / "2024" / "one", "NCC-001", 1)
    save_patient(raw / "A" / "2024" / "two", "NCC-002", 2, roles=("T1", "T2"))
    save_clutter(raw / "A", make_series()[0])
    save_patient(raw / "B", "B-1", 3, "x")
    save_patient(raw / "B", "B-2", 4, "y")
    (project.folder / "study.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False))
    return project


def test_without_a_table_the_study_says_how_to_make_one(project):
    done = project.snakemake("--dry-run", *ARGUMENTS)
    assert done.returncode == 1
    assert "Propose it with: snakemake scan --config study=study.yaml --cores 4" in done.stdout
    assert "Traceback" not in done.stdout


def test_scan_proposes_and_the_workflow_goes_on(project):
    said = project.run("scan", *ARGUMENTS)
    assert "center A: 3 patients" in said
    assert "patients not marked as de-identified, and not proposed: 1 (10 files)" in said
    first = rows(project)
    assert [(row["center"], row["subject"], row["batch"]) for row in first] == [
        ("A", "NCC001", "A001"),
        ("A", "NCC002", "A001"),
        ("B", "B1", "B001"),
        ("B", "B2", "B001"),
    ]
    assert first[0]["source"] == "raw/A/2024/one"
    assert first[2]["source"] == "results/two/00_scan/center-B/sub-B1.files"
    assert {row["study_date"] for row in first} == {"2024-01-31"}
    assert [first[1][f"found_{role}"] for role in ROLES] == ["10 slices", "10 slices", "missing"]
    assert project.planned("images", *ARGUMENTS)["ingest_case"] == 4

    table = project.folder / "cases.tsv"
    table.write_text(table.read_text().replace("NCC001\traw/A/2024/one", "NCC001\traw/A/2024/../2024/one"))
    os.utime(table, ns=(10**18, 10**18))
    project.run("scan", *ARGUMENTS)
    assert table.stat().st_mtime_ns == 10**18, "nothing new, so the table is not touched"
    save_patient(project.folder / "raw" / "A" / "2025" / "three", "NCC-003", 5)
    project.run("scan", "--rerun-triggers", "mtime", *ARGUMENTS)
    second = rows(project)
    assert second[0] == first[0] | {"source": "raw/A/2024/../2024/one"}, "a person edited it"
    assert second[1:4] == first[1:]
    assert (second[4]["subject"], second[4]["batch"]) == ("NCC003", "A002")
    report = (project.folder / "results/two/00_scan/report.tsv").read_text()
    assert "A\tfiles read\t30\t" in report
    assert "A\trows edited\t1\t" in report


def test_cases_from_a_list_are_ingested(project):
    case = "results/two/02_images/center-B/sub-B2/ingest.json"
    project.run(case, *ARGUMENTS)
    status = yaml.safe_load((project.folder / case).read_text())
    assert (status["status"], set(status["files"])) == ("ok", set(ROLES))
    assert status["extra"]["files"]["images"] == 30, "only the patient's own files"
