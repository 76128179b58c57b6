"""A whole training on a few small images, in a process of its own as nnU-Net needs it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.images.io import write_image

PROGRAM = """
import sys
from pathlib import Path
from osteon.config.segmentation import Segmentation, Training
from osteon.segmentation.package import export_model
from osteon.segmentation.predict import load_model, predict
from osteon.segmentation.train import TrainingCase, train_model

folder = Path(sys.argv[1])
cases = [TrainingCase(path.name[0], path.name[:2], path, folder / f"{path.name[:2]}_mask.nii.gz")
         for path in sorted(folder.glob("*_image.nii.gz"))]
settings = Training(epochs=2, iterations=3, folds=2, batch_size=2, channels=[4, 8], rotation=10, shift=0.1,
                    optimizer="adamw", learning_rate=0.002)
trained = train_model(cases, settings, {"L1": 20, "L2": 22}, folder / sys.argv[2], seed=3, device="cpu")
export_model(trained.folder, folder / f"{sys.argv[2]}.zip")
model = load_model(folder / f"{sys.argv[2]}.zip", Segmentation(method="nnunet", model="x", device="cpu"))
predict(model, cases[0].image, folder / f"{sys.argv[2]}.nii.gz")
"""


@pytest.fixture(scope="module")
def trained(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    generator = np.random.default_rng(8)
    for case in ("A1", "A2", "B1", "B2"):
        mask = np.zeros((6, 32, 32), np.uint8)
        mask[1:5, 6:12, 10:22], mask[1:5, 18:24, 10:22] = 20, 22
        for name, values in (("mask", mask), ("image", (mask * 10 + generator.normal(50, 5, mask.shape)))):
            image = sitk.GetImageFromArray(values.astype(np.uint8 if name == "mask" else np.float32))
            image.SetSpacing((2.0, 2.0, 5.0))
            write_image(image, folder / f"{case}_{name}.nii.gz")
    for work in ("first", "second"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(folder), work],
            capture_output=True,
            text=True,
            env={"PYTHONPATH": str(root / "workflow" / "lib"), "OMP_NUM_THREADS": "1"},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
    return folder


@pytest.mark.slow
def test_same_seed_gives_the_same_model_to_the_byte(trained):
    assert (trained / "first.zip").read_bytes() == (trained / "second.zip").read_bytes()


@pytest.mark.slow
def test_trained_model_predicts_on_the_images_grid(trained):
    mask = sitk.ReadImage(str(trained / "first.nii.gz"))
    image = sitk.ReadImage(str(trained / "A1_image.nii.gz"))
    assert mask.GetSize() == image.GetSize()
    assert mask.GetSpacing() == image.GetSpacing()
    assert set(np.unique(sitk.GetArrayFromImage(mask))) <= {0, 20, 22}


@pytest.mark.slow
def test_validation_part_holds_a_case_of_each_center(trained):
    splits = (trained / "first" / "preprocessed" / "Dataset001_Osteon" / "splits_final.json").read_text()
    kept = splits.split('"val"')[1]
    assert kept.count('"A-') == kept.count('"B-') == 1
