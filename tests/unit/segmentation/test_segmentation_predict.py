"""Prediction: an untrained network shows geometry, label values and refusals; the shipped model shows Dice."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
import SimpleITK as sitk

torch = pytest.importorskip("torch")
pytest.importorskip("nnunetv2")

from helpers.tiny_network import tiny_plans  # noqa: E402
from osteon.config.segmentation import Segmentation  # noqa: E402
from osteon.images.io import read_image, write_image  # noqa: E402
from osteon.images.masks import dice, labels_present, same_grid  # noqa: E402
from osteon.segmentation.archive import ModelRefused  # noqa: E402
from osteon.segmentation.package import export_fold  # noqa: E402
from osteon.segmentation.predict import load_model, predict  # noqa: E402
from osteon.tables.files import write_json  # noqa: E402

LABELS = {"L1": 1, "L2": 2, "L3": 3}


def settings(path="model.zip", device="cpu"):
    return Segmentation(method="nnunet", model=str(path), device=device)


def plans(network_class="dynamic_network_architectures.architectures.unet.PlainConvUNet"):
    """nnU-Net plans of a very small 2d network for 1.5 mm pixels."""
    made = tiny_plans(2, [32, 32])
    configuration = made["configurations"].pop("tiny")
    configuration["architecture"]["network_class_name"] = network_class
    return made | {"configurations": {"2d": configuration}}


def write_model(folder, *, trainer="nnUNetTrainerNoMirroring", channels=1, **changes):
    """An exported model with random weights and labels 20 and 22."""
    from dynamic_network_architectures.architectures.unet import PlainConvUNet

    torch.manual_seed(5)
    small = plans()["configurations"]["2d"]["architecture"]["arch_kwargs"]
    network = PlainConvUNet(
        1,
        3,
        small["features_per_stage"],
        torch.nn.Conv2d,
        small["kernel_sizes"],
        small["strides"],
        1,
        3,
        1,
        conv_bias=True,
        norm_op=torch.nn.InstanceNorm2d,
        norm_op_kwargs=small["norm_op_kwargs"],
        nonlin=torch.nn.LeakyReLU,
        nonlin_kwargs=small["nonlin_kwargs"],
    )
    top = folder / "Dataset001_Test" / f"{trainer}__nnUNetPlans__2d"
    (top / "fold_0").mkdir(parents=True)
    write_json(plans(**changes), top / "plans.json")
    write_json(
        {
            "channel_names": {str(i): "MR" for i in range(channels)},
            "file_ending": ".nii.gz",
            "numTraining": 1,
            "labels": {"background": 0, "L1": 1, "L3": 2},
            "mask_values": [0, 20, 22],
        },
        top / "dataset.json",
    )
    torch.save(
        {"network_weights": network.state_dict(), "trainer_name": trainer, "init_args": {"configuration": "2d"}},
        top / "fold_0" / "checkpoint_final.pth",
    )
    export_fold(top, 0, folder / "model.zip")
    return folder / "model.zip"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(write_model(tmp_path_factory.mktemp("model")), settings())


@pytest.fixture
def image(tmp_path):
    """Oblique, anisotropic, neither of the model's spacing nor a multiple of its patch."""
    values = np.random.default_rng(2).normal(500, 80, (5, 41, 53)).astype(np.float32)
    result = sitk.GetImageFromArray(values)
    result.SetSpacing((0.9, 1.1, 4.0))
    result.SetOrigin((-20.0, 15.0, 8.0))
    result.SetDirection((0, 0, -1, 1, 0, 0, 0, -1, 0))
    write_image(result, tmp_path / "image.nii.gz")
    return tmp_path / "image.nii.gz"


def test_mask_lies_on_the_images_grid_with_the_studys_values(model, image, tmp_path):
    predict(model, image, tmp_path / "mask.nii.gz")
    mask = read_image(tmp_path / "mask.nii.gz")
    assert same_grid(mask, read_image(image))
    assert labels_present(mask)
    assert set(labels_present(mask)) <= {20, 22}


def test_prediction_repeats_to_the_byte(model, image, tmp_path):
    for name in ("first.nii.gz", "second.nii.gz"):
        predict(model, image, tmp_path / name)
    assert (tmp_path / "first.nii.gz").read_bytes() == (tmp_path / "second.nii.gz").read_bytes()


def test_nothing_is_printed(image, tmp_path, capsys):
    predict(load_model(write_model(tmp_path / "m"), settings()), image, tmp_path / "mask.nii.gz")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"trainer": "TrainerOfMine"}, "'TrainerOfMine', which nnunetv2 does not ship"),
        ({"channels": 2}, "several images per case"),
        ({"network_class": "subprocess.Popen"}, r"the model's plans name 'subprocess\.Popen'"),
    ],
)
def test_models_that_cannot_or_must_not_run_are_refused(tmp_path, arguments, message):
    with pytest.raises(ModelRefused, match=message):
        load_model(write_model(tmp_path, **arguments), settings())


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_plans_of_a_network_that_no_memory_holds_are_refused_before_it_is_built(tmp_path):
    """The archive's limits bound the weights that are stored, not the network that its plans ask for."""
    good = write_model(tmp_path)
    with zipfile.ZipFile(good) as archive, zipfile.ZipFile(tmp_path / "huge.zip", "w") as huge:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith("plans.json"):
                asked = json.loads(content)
                network = asked["configurations"]["2d"]["architecture"]["arch_kwargs"]
                network["features_per_stage"] = [10**7] * 3
                content = json.dumps(asked)
            huge.writestr(name, content)
    with pytest.raises(ModelRefused, match="weights do not fit its plans"):
        load_model(tmp_path / "huge.zip", settings())


def test_missing_gpu_is_said(tmp_path):
    with pytest.raises(ValueError, match="no usable GPU"):
        load_model(write_model(tmp_path), settings(device="cuda"))


@pytest.fixture(scope="module")
def shipped(root):
    path = root / "config" / "demo" / "model" / "phantom_lumbar_t1.zip"
    if not path.is_file():
        pytest.skip("the demo's model is absent; rule train_segmentation of config/phantom_training makes it")
    return path


def test_shipped_model_is_small_and_holds_no_paths(shipped):
    assert shipped.stat().st_size <= 10 * 1024**2
    with zipfile.ZipFile(shipped) as archive:
        assert sorted(name.rpartition("/")[2] for name in archive.namelist()) == [
            "checkpoint_final.pth",
            "dataset.json",
            "model_card.json",
            "plans.json",
        ]
        read = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist() if name.endswith(".json")}
    assert b"TA0" in read["model_card.json"]  # the simulated patients that it learned from, by pseudonym
    assert b"TA0" not in read["plans.json"] + read["dataset.json"]
    assert not any(b"/" in text for text in read.values())  # paths


@pytest.mark.slow
def test_shipped_model_finds_the_levels_of_an_unseen_patient_at_an_unseen_hospital(shipped, root, tmp_path):
    from osteon.phantom.case import write_mask
    from osteon.phantom.cohort import sample_cohort
    from osteon.phantom.parameters import load_parameters
    from osteon.phantom.simulate import simulate_patient

    parameters = load_parameters(root / "config" / "phantom" / "lumbar.yaml")
    participant = sample_cohort(parameters, "C", 1, 999_331).to_dict("records")[0]
    examination = simulate_patient(participant, parameters.hospital("C"), parameters, parameters.preset("demo"))
    write_mask(examination.mask, examination.stack, tmp_path / "truth.nii.gz")
    truth = read_image(tmp_path / "truth.nii.gz")
    image = sitk.GetImageFromArray(examination.images["T1"])
    image.CopyInformation(truth)
    # The ingest's converter stores the rows of a slice upwards; the network learned them so.
    write_image(sitk.Flip(image, [False, True, False]), tmp_path / "image.nii.gz")
    model = load_model(shipped, settings(shipped))
    for name in ("mask.nii.gz", "again.nii.gz"):
        predict(model, tmp_path / "image.nii.gz", tmp_path / name)
    assert (tmp_path / "mask.nii.gz").read_bytes() == (tmp_path / "again.nii.gz").read_bytes()
    mask = sitk.Flip(read_image(tmp_path / "mask.nii.gz"), [False, True, False])
    assert min(dice(truth, mask, label) for label in LABELS.values()) > 0.9
