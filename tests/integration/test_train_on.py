"""A study that trains on its annotated cases, from images in folders to the model and its card."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import yaml

from helpers.annotated import LABELS, write_annotated
from helpers.project import Project

ANNOTATED = ("A1", "A2", "A3", "B1", "B2")
MODEL = "results/small/03_segmentations/model"
STUDY = {
    "study": {"name": "small", "title": "Two blocks", "question": "Where are they?"},
    "cases": "config/small/cases.tsv",
    "centers": {
        code: {"role": role, "source": "nifti", "images": {"T1": "*_T1.nii.gz"}, "masks": "*_mask.nii.gz"}
        for code, role in {"A": "development", "B": "development", "X": "external"}.items()
    },
    "sequences": {"T1": {}},
    "labels": LABELS,
    "rois": {"both": ["L1", "L2"]},
    "segmentation": {
        "method": "nnunet",
        "device": "cpu",
        "train_on": {"column": "annotated"},
        "train": {"folds": 2, "epochs": 8, "iterations": 2, "batch_size": 2, "channels": [4, 8, 8]},
    },
}


@pytest.fixture(scope="module")
def project(root, tmp_path_factory):
    project = Project(root, tmp_path_factory.mktemp("train_on"))
    write_annotated(project.folder / "data", (*ANNOTATED, "A4", "X1"), each=True)
    (project.folder / "data" / "A3" / "A3_mask.nii.gz").unlink()  # annotated, they say
    (project.folder / "config" / "small").mkdir()
    (project.folder / "config" / "small" / "study.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False))
    write_cases(project, [*ANNOTATED, "A4", "X1"])
    return project


def write_cases(project, cases):
    rows = ["center\tsubject\tsource\tbatch\tannotated"]
    rows += [f"{case[0]}\t{case}\tdata/{case}\t{case[0]}01\t{'yes' if case in ANNOTATED else ''}" for case in cases]
    (project.folder / "config" / "small" / "cases.tsv").write_text("\n".join(rows) + "\n")


STUDY_OPTION = ("--config", "study=config/small/study.yaml")


@pytest.fixture(scope="module")
def killed(project):
    """The whole run killed while a fold is trained; what it had logged."""
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2", "train_segmentation", *STUDY_OPTION],
        cwd=project.folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    log, deadline = project.folder / "results/small/logs/train_fold/0.log", time.monotonic() + 400
    while not (log.is_file() and "epoch 3 of 8" in log.read_text()):
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    said = log.read_text()
    assert not (project.folder / MODEL / "folds" / "fold_0.zip").exists()
    return said


@pytest.fixture(scope="module")
def trained(project, killed):
    project.run("--unlock", *STUDY_OPTION)
    project.run("train_segmentation", *STUDY_OPTION)
    return project.folder / MODEL


@pytest.mark.slow
def test_killed_run_continues_the_training(project, killed, trained):
    said = (project.folder / "results/small/logs/train_fold/0.log").read_text()
    saved = int(re.search(r"continues after epoch (\d+) of 8", said)[1])
    assert 1 <= saved < 8  # epoch 1 is always saved, a later one when enough time has passed
    assert re.findall(r"epoch (\d+) of 8: loss", said) == [str(epoch) for epoch in range(saved + 1, 9)]
    assert len(pd.read_csv(trained / "learning_curves.tsv", sep="\t").query("fold == 0")) == 8
    assert not list((project.folder / "results/small/kept/train_fold").rglob("unfinished-*"))


@pytest.mark.slow
def test_every_case_was_judged_by_the_fold_that_did_not_learn_from_it(trained):
    table = pd.read_csv(trained / "cross_validation.tsv", sep="\t")
    assert sorted(set(table["subject"])) == ["A1", "A2", "B1", "B2"]
    assert len(table) == 4 * len(LABELS)
    assert set(table["how"]) == {"cross_validation"}
    plan = json.loads((trained / "plan.json").read_text())
    for case in plan["cases"]:
        predicted = [path.parent.name for path in trained.glob(f"folds/*/{case['center']}-{case['subject']}_*")]
        assert predicted == [f"fold_{case['fold']}"]


@pytest.mark.slow
def test_card_names_cases_folds_and_the_case_without_mask(project, trained):
    from osteon.segmentation.archive import read_card, trained_on

    card, text = read_card(trained / "model.zip"), (trained / "MODEL_CARD.md").read_text()
    assert [case["case"] for case in card["cases"]] == [
        f"{case['center']}-{case['subject']}" for case in json.loads((trained / "plan.json").read_text())["cases"]
    ]
    assert card["left_out"] == [{"case": "A-A3", "reason": "mask_missing"}]
    assert "- A-A3: There is no mask for the case." in text
    assert "left out: A A3" in (project.folder / "results/small/logs/plan_segmentation.log").read_text()
    hashes = {
        json.loads(path.read_text())["files"]["T1"]["sha256"]
        for path in project.folder.glob("results/small/02_images/center-*/sub-*/ingest.json")
        if path.parent.name.removeprefix("sub-") in ("A1", "A2", "B1", "B2")
    }
    assert trained_on(trained / "model.zip") == hashes
    assert len(hashes) == 4


@pytest.mark.slow
def test_patient_who_is_not_annotated_trains_nothing(project, trained):
    write_annotated(project.folder / "data", ("A5",), each=True, seed=9)
    write_cases(project, [*ANNOTATED, "A4", "A5", "X1"])
    jobs = project.planned("train_segmentation", *STUDY_OPTION)
    assert not jobs
    write_cases(project, [*ANNOTATED, "A4", "X1"])


@pytest.mark.slow
def test_further_annotated_patient_trains_all_folds(project, trained):
    before = ANNOTATED
    try:
        globals()["ANNOTATED"] = (*before, "A4")
        write_cases(project, [*ANNOTATED, "X1"])
        jobs = project.planned("train_segmentation", *STUDY_OPTION)
    finally:
        globals()["ANNOTATED"] = before
        write_cases(project, [*ANNOTATED, "A4", "X1"])
    assert {name: jobs[name] for name in ("plan_segmentation", "train_fold", "predict_fold", "train_segmentation")} == {
        "plan_segmentation": 1,
        "train_fold": 2,
        "predict_fold": 2,
        "train_segmentation": 1,
    }
