"""Masks of a batch against nnU-Net's own command on the same images: identical, whatever model and grid."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk

pytest.importorskip("torch")
pytest.importorskip("nnunetv2")

from helpers.annotated import write_annotated
from helpers.exported_network import VALUES, write_model
from helpers.nnunet_command import Command
from osteon.config.segmentation import Segmentation
from osteon.images.io import read_image, write_image
from osteon.images.masks import labels_present, same_grid
from osteon.segmentation.batch import segment_batch
from osteon.segmentation.order import CaseFiles, Order
from osteon.tables.files import file_sha256
from osteon.tables.status import CaseStatus

pytestmark = pytest.mark.slow

SAGITTAL = (0.0, 0.0, -1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
OBLIQUE = tuple(np.linalg.qr(np.reshape([0.1, 0.2, -1.0, 1.0, 0.1, 0.1, -0.1, -1.0, -0.2], (3, 3)))[0].ravel().tolist())
GRIDS = {
    "axial": ((48, 40, 9), (1.5, 1.5, 1.5), None),
    "sagittal": ((61, 47, 7), (0.9, 1.1, 4.0), SAGITTAL),
    "oblique": ((33, 70, 12), (2.3, 0.8, 3.1), OBLIQUE),
    "small": ((20, 24, 5), (1.0, 1.0, 6.0), SAGITTAL),
    "large": ((120, 110, 4), (0.8, 0.8, 5.0), SAGITTAL),
    "bordered": ((50, 52, 8), (1.4, 1.2, 4.0), None),
}

# nnU-Net reads its folders when it is imported, so planning and training are two processes.
TRAIN = """
import sys
from pathlib import Path
from osteon.config.segmentation import Training
from osteon.segmentation.dataset import TrainingCase
from osteon.segmentation.package import export_fold
from osteon.segmentation.planning import plan_training
from osteon.segmentation.train import train_fold
from osteon.tables.files import file_sha256

folder, work, step = Path(sys.argv[1]), Path(sys.argv[1], sys.argv[2]), sys.argv[3]
settings = Training(epochs=2, iterations=3, folds=2, batch_size=2, channels=[4, 8, 8], trainer=sys.argv[2])
if step == "plan":
    cases = [TrainingCase("A", path.name[:2], path, folder / f"{path.name[:2]}_mask.nii.gz", file_sha256(path))
             for path in sorted(folder.glob("*_T1.nii.gz"))]
    plan_training(cases, settings, {"L1": 20, "L3": 22}, work / "prepared", 3)
else:
    export_fold(train_fold(0, work / "prepared", work / "work", settings, 3, device="cpu"), 0, work / "model.zip")
"""


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Noise with structure on grids that differ in size, spacing, direction and zeros at the border."""
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.default_rng(11)
    paths = []
    for name, (size, spacing, direction) in GRIDS.items():
        values = sitk.GetImageFromArray(generator.normal(0, 1, size[::-1]).astype(np.float32))
        image = 300 + 400 * sitk.DiscreteGaussian(values, 2.0)
        if name == "bordered":
            image = sitk.ConstantPad(image[6:-6, 5:-3, 1:-1], (6, 5, 1), (6, 3, 1), 0.0)
        image.SetSpacing(spacing)
        image.SetOrigin((-31.0, 17.5, 240.0))
        if direction:
            image.SetDirection(direction)
        write_image(sitk.Cast(image, sitk.sitkFloat32), folder / f"{name}.nii.gz")
        paths.append(folder / f"{name}.nii.gz")
    return paths


def of_batch(model, images, folder, labels, mirroring="trained"):
    """The masks of `segment_batch` by the images' names."""
    cases = []
    for number, path in enumerate(images):
        own = folder / f"A{number}"
        files = {"T1": {"path": str(path), "sha256": file_sha256(path)}}
        CaseStatus("A", own.name, "ingest", files=files).write(own / "ingest.json")
        cases.append(CaseFiles(own / "ingest.json", own, own / "segment.json", own / "masks"))
    settings = Segmentation(method="nnunet", model=str(model), device="cpu", mirroring=mirroring)
    segment_batch(cases, Order(settings, "T1", labels), folder / "kept", threads=os.cpu_count())
    statuses = [CaseStatus.read(files.status) for files in cases]
    assert all(status.ok for status in statuses), [status.detail for status in statuses]
    return {
        path.name.removesuffix(".nii.gz"): files.target / status.files["mask"]["path"]
        for path, files, status in zip(images, cases, statuses, strict=True)
    }


def assert_identical(own, others, values):
    """The same voxels on the same grid, with the study's integers in place of the network's."""
    table = np.array([0, *values])
    for name, path in own.items():
        mask, other = read_image(path), read_image(others[name])
        assert same_grid(mask, other), name
        assert labels_present(mask), name
        expected = table[sitk.GetArrayFromImage(other)]
        assert np.array_equal(sitk.GetArrayFromImage(mask), expected), name


@pytest.mark.parametrize(
    "kind",
    [
        {"folds": 2},
        {"mirrored": (0, 1)},
        {"axes": 3, "patch": [8, 32, 32], "mirrored": (0, 1, 2), "reader": "NibabelIOWithReorient"},
    ],
    ids=["two folds", "mirrored", "3d mirrored reoriented"],
)
def test_untrained_networks(kind, images, tmp_path):
    model = write_model(tmp_path, **kind)
    command = Command(model, tmp_path / "command")
    mirrored = of_batch(model, images, tmp_path / "trained", VALUES)
    assert_identical(mirrored, command.predict(images), VALUES.values())
    if kind.get("mirrored") == (0, 1):
        plain = of_batch(model, images, tmp_path / "none", VALUES, mirroring="none")
        assert_identical(plain, command.predict(images, "--disable_tta"), VALUES.values())
        assert any(plain[name].read_bytes() != mirrored[name].read_bytes() for name in plain)


@pytest.mark.parametrize("trainer", ["nnUNetTrainer", "nnUNetTrainerNoMirroring"])
def test_trained_networks(trainer, images, tmp_path, root):
    write_annotated(tmp_path, ("A1", "A2", "A3", "A4"))
    environment = os.environ | {"PYTHONPATH": str(root / "workflow" / "lib"), "OMP_NUM_THREADS": "1"}
    for step in ("plan", "fold"):
        done = subprocess.run(
            [sys.executable, "-c", TRAIN, str(tmp_path), trainer, step],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    model = tmp_path / trainer / "model.zip"
    cases = [tmp_path / "A1_T1.nii.gz", *images[:3]]
    own = of_batch(model, cases, tmp_path / "own", VALUES)
    assert_identical(own, Command(model, tmp_path / "command").predict(cases), VALUES.values())


def test_the_demos_model(root, tmp_path):
    from osteon.phantom.case import write_mask
    from osteon.phantom.cohort import sample_cohort
    from osteon.phantom.parameters import load_parameters
    from osteon.phantom.simulate import simulate_patient

    parameters = load_parameters(root / "config" / "phantom" / "lumbar.yaml")
    paths = []
    for hospital in "ABC":
        participant = sample_cohort(parameters, hospital, 1, 77).to_dict("records")[0]
        examination = simulate_patient(
            participant, parameters.hospital(hospital), parameters, parameters.preset("demo")
        )
        write_mask(examination.mask, examination.stack, tmp_path / "truth.nii.gz")
        image = sitk.GetImageFromArray(examination.images["T1"])
        image.CopyInformation(read_image(tmp_path / "truth.nii.gz"))
        paths.append(tmp_path / f"{hospital}.nii.gz")
        write_image(sitk.Flip(image, [False, True, False]), paths[-1])
    model = root / "config" / "demo" / "model" / "phantom_lumbar_t1.zip"
    own = of_batch(model, paths, tmp_path / "own", {"L1": 1, "L2": 2, "L3": 3})
    assert_identical(own, Command(model, tmp_path / "command").predict(paths), (1, 2, 3))
