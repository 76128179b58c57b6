"""Corrected masks in a real run, and a batch that is killed twice: what is computed, and what is kept."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import SimpleITK as sitk
import yaml

pytest.importorskip("torch")
pytest.importorskip("nnunetv2")

from helpers.exported_network import VALUES, write_model
from helpers.project import Project
from osteon.images.io import read_image, write_image
from osteon.tables.files import file_sha256, read_json
from osteon.tables.status import CaseStatus

pytestmark = pytest.mark.slow

CASES = ("A1", "A2", "A10", "A11")
MANY = tuple(f"B{number}" for number in range(1, 9))


def study(method, **more):
    return {
        "study": {"name": method, "title": "Small", "question": "Which mask?"},
        "cases": "config/small/cases.tsv",
        "centers": {
            code: {"role": role, "source": "nifti", "images": {"T1": "*_T1.nii.gz"}, "masks": "*_mask.nii.gz"}
            for code, role in {"A": "development", "B": "external"}.items()
        },
        "sequences": {"T1": {}},
        "labels": VALUES,
        "mask_checks": {"one_component": False, "inside": False},
        "rois": {"both": list(VALUES)},
        "segmentation": {"method": method, "device": "cpu", "corrections": "corrections", **more},
    }


@pytest.fixture(scope="module")
def project(root, tmp_path_factory):
    project = Project(root, tmp_path_factory.mktemp("corrections"))
    folder = project.folder
    generator = np.random.default_rng(6)
    for case in (*CASES, *MANY):
        size = (5, 36, 34) if case in CASES else (8, 180, 180)
        (folder / "data" / case).mkdir(parents=True)
        mask = np.zeros(size, np.uint8)
        mask[1:4, 5:12, 6:20], mask[1:4, 20:28, 6:20] = VALUES.values()
        for name, values in (("mask", mask), ("T1", generator.normal(200, 30, size).astype(np.float32))):
            image = sitk.GetImageFromArray(values)
            image.SetSpacing((1.5, 1.5, 4.0))
            write_image(image, folder / "data" / case / f"{case}_{name}.nii.gz")
    (folder / "corrections").mkdir()
    (folder / "config" / "small").mkdir()
    write_model(folder / "config" / "small")
    for content in (study("nnunet", model="config/small/model.zip"), study("masks")):
        name = content["study"]["name"]
        (folder / "config" / "small" / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    rows = [
        "center\tsubject\tsource\tbatch",
        *(f"{case[0]}\t{case}\tdata/{case}\t{case[0]}01" for case in CASES + MANY),
    ]
    (folder / "config" / "small" / "cases.tsv").write_text("\n".join(rows) + "\n")
    return project


def arguments(method, cases):
    wanted = [f"results/{method}/03_segmentations/center-{case[0]}/sub-{case}/segment.json" for case in cases]
    return *wanted, "--config", f"study=config/small/{method}.yaml"


def done(project, method, batch="A01"):
    """What the job says that it has done, by kind."""
    log = (project.folder / f"results/{method}/logs/segment_batch/{batch}.log").read_text()
    return {kind: int(count) for count, kind in re.findall(r"(\d+) ([a-z ]+)", log.split("done: ")[-1])}


def mask(project, method, case):
    return (
        project.folder / f"results/{method}/03_segmentations/center-{case[0]}/sub-{case}/masks/sub-{case}_dseg.nii.gz"
    )


def status(project, method, case):
    return CaseStatus.read(mask(project, method, case).parents[1] / "segment.json")


@pytest.mark.parametrize("method", ["nnunet", "masks"])
def test_a_correction_reruns_its_case_only_and_leaves_again(project, method):
    given = arguments(method, CASES)
    source = {"nnunet": "predicted", "masks": "manual"}[method]
    project.run(*given)
    assert done(project, method) == {source: 4}
    before = {case: mask(project, method, case).read_bytes() for case in CASES}
    assert project.planned(*given) == {}

    corrected = read_image(project.folder / "data" / "A1" / "A1_mask.nii.gz")
    corrected[10, 10, 2] = 0
    correction = project.folder / "corrections" / "sub-A1_corrected.nii.gz"
    write_image(corrected, correction)
    assert project.planned(*given) == {"segment_batch": 1}
    project.run(*given)
    assert done(project, method) == {"corrected": 1, "restored": 3}
    assert {case: status(project, method, case).extra["source"] for case in CASES} == {
        "A1": "corrected",
        "A2": source,
        "A10": source,
        "A11": source,
    }
    assert np.array_equal(
        sitk.GetArrayFromImage(read_image(mask(project, method, "A1"))), sitk.GetArrayFromImage(corrected)
    )
    assert all(mask(project, method, case).read_bytes() == before[case] for case in CASES[1:])
    assert project.planned(*given) == {}

    corrected[10, 10, 2] = 9
    write_image(corrected, correction)
    os.utime(correction, (1e9, 1e9))  # a file that replaces another may be older than the results
    assert project.planned(*given)["segment_batch"] == 1
    project.run(*given)
    assert done(project, method) == {"corrected": 1, "restored": 3}
    assert status(project, method, "A1").reason == "mask_labels"

    correction.unlink()
    project.run(*given)
    assert done(project, method) == {source: 1, "restored": 3}
    assert {case: mask(project, method, case).read_bytes() for case in CASES} == before


def test_a_correction_that_no_case_takes_stops_the_run(project):
    stray = project.folder / "corrections" / "sub-a1.nii.gz"
    shutil.copy(project.folder / "data" / "A1" / "A1_mask.nii.gz", stray)
    said = project.snakemake("--dry-run", *arguments("nnunet", CASES))
    stray.unlink()
    assert said.returncode != 0
    assert "sub-a1.nii.gz belongs to no case with images" in said.stdout
    assert "Did you mean sub-A1?" in said.stdout


def kept(project):
    """Finished cases among the kept results; each must be whole."""
    records = list((project.folder / "results/nnunet/kept/segment/center-B").glob("*/kept.json"))
    for record in records:
        names = read_json(record)["files"]
        said = CaseStatus.read(record.with_name(names["status"]))
        assert file_sha256(record.with_name(names["mask"])) == said.files["mask"]["sha256"]
    return len(records)


def test_a_batch_killed_twice_keeps_what_was_finished(project):
    given = arguments("nnunet", MANY)
    for wanted in (1, 3):
        process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--cores", "2", *given],
            cwd=project.folder,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 400
        folder = project.folder / "results/nnunet/kept/segment/center-B"
        while len(list(folder.glob("*/kept.json"))) < wanted:
            assert process.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert wanted <= kept(project) < len(MANY)
        project.run("--unlock", *given)
    before = kept(project)
    project.run(*given)
    assert done(project, "nnunet", "B01") == {"restored": before, "predicted": len(MANY) - before}
    assert kept(project) == len(MANY)
    for case in MANY:
        assert file_sha256(mask(project, "nnunet", case)) == status(project, "nnunet", case).files["mask"]["sha256"]
