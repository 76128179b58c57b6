"""Whole trainings of a tiny network on a few small images, each in a process of its own as nnU-Net needs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile

import pytest
import SimpleITK as sitk

from helpers.annotated import write_annotated

PLAN = """
import sys
from pathlib import Path
from osteon.config.segmentation import Training
from osteon.segmentation.dataset import TrainingCase
from osteon.segmentation.planning import plan_training
from osteon.tables.files import file_sha256, write_json

folder = Path(sys.argv[1])
cases = [TrainingCase(path.name[0], path.name[:2], path, folder / f"{path.name[:2]}_mask.nii.gz", file_sha256(path))
         for path in sorted(folder.glob("*_T1.nii.gz"))]
settings = Training(folds=2, batch_size=2, channels=[4, 8, 8])
plan = plan_training(cases, settings, {"L1": 20, "L2": 22}, folder / "prepared", 3)
write_json({"cases": plan, "left_out": []}, folder / "plan.json")
"""

FOLD = """
import logging, sys
from pathlib import Path
from osteon.config.segmentation import Training
from osteon.segmentation.folds import make_fold
from osteon.tables.files import read_json
from osteon.tables.kept import Kept

logging.basicConfig(level=logging.INFO)
folder, output, fold, rate = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
settings = Training(epochs=10, iterations=3, folds=2, batch_size=2, channels=[4, 8, 8], rotation=10, shift=0.1,
                    optimizer="adamw", learning_rate=rate)
outputs = {name: output / f"fold_{fold}.{name}" for name in ("model", "curves", "record")}
make_fold(fold, folder / "prepared", read_json(folder / "plan.json")["cases"], settings, 3,
          Kept(output / "kept", settings.model_dump(mode="json")), outputs, device="cpu")
"""

INSTALLED = """
import sys
from pathlib import Path
import numpy as np, SimpleITK as sitk, torch
from osteon.config.segmentation import Segmentation
from osteon.segmentation.predict import load_model, predict
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

image, model, installed, output = map(Path, sys.argv[1:])
settings = Segmentation(method="nnunet", model=str(model), device="cpu")
predict(load_model(model, settings), image, output)
sys.stdout = sys.stderr  # what follows is nnU-Net's own way
stock = nnUNetPredictor(use_mirroring=False, device=torch.device("cpu"), allow_tqdm=False)
stock.initialize_from_trained_model_folder(str(installed), use_folds=None)
assert len(stock.list_of_parameters) == 2
values, properties = stock.plans_manager.image_reader_writer_class().read_images([str(image)])
labels = np.array([0, 20, 22])[stock.predict_single_npy_array(values, properties)]
assert np.array_equal(labels, sitk.GetArrayFromImage(sitk.ReadImage(str(output))))
assert set(np.unique(labels)) - {0}
"""


@pytest.fixture(scope="module")
def start(root):
    """Start a program in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(root / "workflow" / "lib"), "OMP_NUM_THREADS": "1"}

    def started(program, *arguments, **more):
        return subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment | more,
        )

    return started


@pytest.fixture(scope="module")
def run(start):
    """Run a program to its end; what it said on standard error."""

    def finished(program, *arguments, **more):
        process = start(program, *arguments, **more)
        printed, said = process.communicate()
        assert process.returncode == 0, said
        assert printed == ""
        return said

    return finished


@pytest.fixture(scope="module")
def planned(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    write_annotated(folder, ("A1", "A2", "B1", "B2"))
    run(PLAN, folder)
    return folder


@pytest.fixture(scope="module")
def trained(run, planned):
    """Both folds, never interrupted."""
    for fold in (0, 1):
        run(FOLD, planned, planned / "whole", fold, 0.002)
    return planned / "whole"


@pytest.fixture(scope="module")
def killed(start, planned):
    """A training that was killed in its fifth epoch, and the epochs that it had logged."""
    process = start(FOLD, planned, planned / "killed", 0, 0.002)
    logged = []
    for line in process.stderr:
        logged += re.findall(r"epoch (\d+) of 10", line)
        if "4" in logged:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not list((planned / "killed").glob("fold_0.*"))
    return planned / "killed"


def copied(killed, name):
    shutil.copytree(killed, killed.parent / name)
    return killed.parent / name


@pytest.mark.slow
def test_plan_keeps_a_case_of_each_center_in_each_fold_and_nothing_of_the_raw_images(planned):
    cases = json.loads((planned / "plan.json").read_text())["cases"]
    assert sorted((case["center"], case["fold"]) for case in cases) == [("A", 0), ("A", 1), ("B", 0), ("B", 1)]
    splits = json.loads((planned / "prepared" / "Dataset001_Osteon" / "splits_final.json").read_text())
    kept = [sorted(f"{case['center']}-{case['subject']}" for case in cases if case["fold"] == fold) for fold in (0, 1)]
    assert splits == [{"train": kept[1], "val": kept[0]}, {"train": kept[0], "val": kept[1]}]
    assert [entry.name for entry in (planned / "prepared").iterdir()] == ["Dataset001_Osteon"]


@pytest.mark.slow
def test_killed_training_continues_from_its_saved_epoch_to_the_same_model(run, planned, trained, killed):
    target = copied(killed, "continued")
    said = run(FOLD, planned, target, 0, 0.002)
    saved = int(re.search(r"continues after epoch (\d+) of 10", said)[1])
    assert 1 <= saved < 10  # epoch 1 is always saved, a later one when enough time has passed
    assert re.findall(r"epoch (\d+) of 10: loss", said) == [str(epoch) for epoch in range(saved + 1, 11)]
    assert (target / "fold_0.model").read_bytes() == (trained / "fold_0.model").read_bytes()
    curves = [(folder / "fold_0.curves").read_text().splitlines() for folder in (target, trained)]
    assert curves[0] == curves[1]
    assert len(curves[0]) == 1 + 10


@pytest.mark.slow
def test_state_of_other_settings_is_not_continued(run, planned, killed):
    target = copied(killed, "other")
    said = run(FOLD, planned, target, 0, 0.001)
    assert "removes the state of a training with other cases or settings" in said
    assert "continues after" not in said
    assert re.findall(r"epoch (\d+) of 10: loss", said)[0] == "1"
    assert not list(target.glob("kept/fold_0/unfinished-*"))


@pytest.mark.slow
def test_damaged_state_is_not_continued(run, planned, killed):
    target = copied(killed, "damaged")
    (state,) = target.rglob("checkpoint_latest.pth")
    state.write_bytes(state.read_bytes()[:5000])
    said = run(FOLD, planned, target, 0, 0.002)
    assert "starts anew: the saved state is not usable" in said
    assert re.findall(r"epoch (\d+) of 10: loss", said)[0] == "1"


@pytest.mark.slow
def test_finished_fold_is_not_trained_again(run, planned, trained):
    before = {path.name: path.read_bytes() for path in trained.glob("fold_1.*")}
    for path in trained.glob("fold_1.*"):
        path.unlink()
    said = run(FOLD, planned, trained, 1, 0.002)
    assert "trained before" in said
    assert "epoch" not in said
    assert {path.name: path.read_bytes() for path in trained.glob("fold_1.*")} == before


@pytest.mark.slow
def test_training_that_fails_says_so(start, planned):
    process = start(FOLD, planned, planned / "failed", 0, 1e30)
    _, said = process.communicate()
    assert process.returncode != 0
    assert "write a smaller 'segmentation.train.learning_rate' than 1e+30" in said
    assert not list((planned / "failed").glob("fold_0.*"))


@pytest.mark.slow
def test_nnunet_installs_the_joined_model_and_predicts_the_same(run, planned, trained):
    from osteon.segmentation.archive import join_models, trained_on

    cases = json.loads((planned / "plan.json").read_text())["cases"]
    card = {"cases": [{"image_sha256": case["image_sha256"]} for case in cases]}
    join_models([trained / "fold_0.model", trained / "fold_1.model"], card, planned / "model.zip")
    assert trained_on(planned / "model.zip") == {case["image_sha256"] for case in cases}
    installer = "from nnunetv2.model_sharing.entry_points import install_from_zip_entry_point as main; main()"
    run(f"import sys; {installer}", planned / "model.zip", nnUNet_results=str(planned / "installed"),
        nnUNet_raw=str(planned), nnUNet_preprocessed=str(planned))  # fmt: skip
    (installed,) = planned.glob("installed/Dataset001_Osteon/*")
    assert sorted(path.name for path in installed.iterdir()) == [
        "dataset.json", "fold_0", "fold_1", "model_card.json", "plans.json"
    ]  # fmt: skip
    run(INSTALLED, planned / "A1_T1.nii.gz", planned / "model.zip", installed, planned / "mask.nii.gz",
        nnUNet_results="", nnUNet_raw="", nnUNet_preprocessed="")  # fmt: skip
    mask, image = (sitk.ReadImage(str(planned / name)) for name in ("mask.nii.gz", "A1_T1.nii.gz"))
    assert (mask.GetSize(), mask.GetSpacing()) == (image.GetSize(), image.GetSpacing())


@pytest.mark.slow
def test_fold_names_nobody(trained):
    with zipfile.ZipFile(trained / "fold_0.model") as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert not [word for word in (b"A-A1", b"B-B2", str(trained).encode()) if word in content], name
