"""Bad patients become rows with a reason; a bad configuration runs nothing."""

from __future__ import annotations

import json
import shutil

import pytest
import SimpleITK as sitk
import yaml

from helpers.project import Project


@pytest.fixture(scope="module")
def broken(root, demo, tmp_path_factory) -> Project:
    """Five patients of the demo's hospital A, four of them broken, as a real study up to the features."""
    project = Project(root, tmp_path_factory.mktemp("broken"))
    raw = project.folder / "raw"
    names = ["good", "noT2", "truncated", "othergrid", "nomask"]
    for number, name in enumerate(names, start=1):
        shutil.copytree(demo.folder / f"results/demo/00_simulated/center-A/sub-A00{number}", raw / name)
    shutil.rmtree(_series(raw / "noT2", "T2"))
    victim = sorted(_series(raw / "truncated", "T1").iterdir())[3]
    victim.write_bytes(victim.read_bytes()[:-2000])
    truth = next((raw / "othergrid/truth").iterdir())
    moved = sitk.ReadImage(str(truth))
    moved.SetOrigin([value + 500 for value in moved.GetOrigin()])
    sitk.WriteImage(moved, str(truth))
    shutil.rmtree(raw / "nomask/truth")
    study = yaml.safe_load((project.folder / "config/demo/study.yaml").read_text())
    study["study"] = {"name": "broken"}
    study["centers"] = {"A": study["centers"]["A"]}
    study["segmentation"] = {"method": "masks", "sequence": "T1"}
    for key in ("simulation", "participants", "outcome", "models", "variables"):
        del study[key]
    study["cases"] = "cases.tsv"
    (project.folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    rows = ["center\tsubject\tsource\tbatch", *(f"A\t{name}\traw/{name}\tA1" for name in names)]
    (project.folder / "cases.tsv").write_text("\n".join(rows) + "\n")
    project.run("--config", "study=study.yaml")
    return project


def _series(folder, role):
    """The DICOM folder of a role, found by its echo and repetition time."""
    import pydicom

    for series in sorted((folder / "dicom").iterdir()):
        files = sorted(series.glob("*.dcm"))
        if len(files) < 5:
            continue
        header = pydicom.dcmread(files[0], stop_before_pixels=True)
        fat_suppressed = "FS" in list(header.ScanOptions)
        found = "T1" if float(header.EchoTime) < 30 else "FST2" if fat_suppressed else "T2"
        if found == role:
            return series
    raise AssertionError(f"no {role} in {folder}")


def _status(project, subject, stage="03_segmentations", name="segment"):
    return json.loads((project.folder / f"results/broken/{stage}/center-A/sub-{subject}/{name}.json").read_text())


@pytest.mark.parametrize(
    ("subject", "reason", "stage"),
    [
        ("noT2", "sequence_missing", "ingest"),
        ("truncated", "file_truncated", "ingest"),
        ("othergrid", "mask_grid", "ingest"),
        ("nomask", "mask_missing", "segment"),
    ],
)
def test_each_broken_patient_has_its_reason(broken, subject, reason, stage):
    status = _status(broken, subject)
    assert (status["status"], status["reason"], status["stage"]) == ("excluded", reason, stage)
    excluded = (broken.folder / "results/broken/01_cohort/cases_excluded.tsv").read_text()
    assert f"{subject}\tA\t{stage}\t{reason}" in excluded


def test_the_good_patient_goes_on(broken):
    assert _status(broken, "good")["status"] == "ok"
    included = (broken.folder / "results/broken/01_cohort/cases_included.tsv").read_text()
    assert included.splitlines()[1].startswith("good\tA")
    assert len((broken.folder / "results/broken/04_features/center-A/features.tsv").read_text().splitlines()) == 2


def test_nothing_half_written_remains(broken):
    left = [path for path in (broken.folder / "results").rglob(".*") if path.name != ".snakemake_timestamp"]
    assert left == []


def test_a_wrong_key_runs_nothing(broken):
    with broken.edit("study.yaml", "rois:", "riso:"):
        done = broken.snakemake("--config", "study=study.yaml")
    assert done.returncode == 1
    assert "Did you mean 'rois'?" in done.stdout
    assert "Traceback" not in done.stdout
