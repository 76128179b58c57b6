"""What is handed to nnU-Net: splits, dataset, plans. The training itself runs in tests/integration."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.segmentation import Training
from osteon.images.io import read_image, write_image
from osteon.segmentation import dataset, planning
from osteon.segmentation.dataset import TrainingCase


def cases(**counts):
    return [
        TrainingCase(center, f"{center}{index:02d}", Path("i"), Path("m"))
        for center, count in counts.items()
        for index in range(count)
    ]


def test_every_case_is_in_one_part_and_every_center_in_all():
    parts = dataset.split_by_center(cases(A=12, B=7, C=5), 5, seed=4)
    names = sorted(case.name for part in parts for case in part)
    assert names == sorted(case.name for case in cases(A=12, B=7, C=5))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    for center, count in {"A": 12, "B": 7, "C": 5}.items():
        own = [sum(case.center == center for case in part) for part in parts]
        assert max(own) - min(own) <= 1, count


def test_split_depends_on_the_seed_and_not_on_the_order():
    first = dataset.split_by_center(cases(A=9, B=9), 3, seed=1)
    assert dataset.split_by_center(list(reversed(cases(A=9, B=9))), 3, seed=1) == first
    assert dataset.split_by_center(cases(A=9, B=9), 3, seed=2) != first


def test_examinations_of_one_patient_are_in_one_part():
    """And without such patients the parts are the same as without the knowledge of who is who."""
    plain = cases(A=9, B=6)
    known = [replace(case, person=f"{case.center} {case.subject}") for case in plain]
    parts = dataset.split_by_center(plain, 3, seed=1)
    assert [[case.name for case in part] for part in dataset.split_by_center(known, 3, seed=1)] == [
        [case.name for case in part] for part in parts
    ]
    twice = [replace(case, person=f"person {index // 2}") for index, case in enumerate(cases(A=12))]
    for seed in range(5):
        places = [{case.person for case in part} for part in dataset.split_by_center(twice, 3, seed)]
        assert sum(map(len, places)) == 6


def test_too_few_cases_are_refused():
    with pytest.raises(ValueError, match="4 training cases cannot be divided into 5 parts"):
        dataset.split_by_center(cases(A=4), 5, seed=1)


def test_dataset_has_consecutive_labels_on_the_images_grid(tmp_path):
    image = sitk.Image(10, 8, 6, sitk.sitkInt16)
    image.SetSpacing((1.0, 1.0, 4.0))
    values = np.zeros((6, 8, 20), np.uint8)
    values[2, 3, 4:8], values[3, 3, 10:12], values[4, 4, 0] = 20, 22, 99
    mask = sitk.GetImageFromArray(values)
    mask.SetSpacing((0.5, 1.0, 4.0))
    mask.SetOrigin((-0.25, 0.0, 0.0))
    write_image(image, tmp_path / "i.nii.gz")
    write_image(mask, tmp_path / "m.nii.gz")
    case = TrainingCase("A", "A01", tmp_path / "i.nii.gz", tmp_path / "m.nii.gz")
    dataset.write_dataset([case], {"L1": 20, "L3": 22}, tmp_path / "raw")
    written = read_image(tmp_path / "raw" / "labelsTr" / "A-A01.nii.gz")
    expected = np.zeros((6, 8, 10), np.uint8)
    expected[2, 3, 2:4], expected[3, 3, 5] = 1, 2  # 99 belongs to no label of the study
    assert np.array_equal(sitk.GetArrayFromImage(written), expected)
    assert written.GetSpacing() == image.GetSpacing()
    written_json = json.loads((tmp_path / "raw" / "dataset.json").read_text())
    assert written_json["labels"] == {"background": 0, "L1": 1, "L3": 2}
    assert written_json["mask_values"] == [0, 20, 22]
    assert (tmp_path / "raw" / "imagesTr" / "A-A01_0000.nii.gz").is_file()
    with pytest.raises(ValueError, match="no manual mask has the label of L2"):
        dataset.write_dataset([case], {"L1": 20, "L2": 21, "L3": 22}, tmp_path / "other")


PLANNED = {
    "batch_size": 40,
    "patch_size": [192, 128],
    "spacing": [1.0, 1.0],
    "architecture": {
        "arch_kwargs": {
            "n_stages": 4,
            "features_per_stage": [32, 64, 128, 256],
            "kernel_sizes": [[3, 3]] * 4,
            "strides": [[1, 1], [2, 2], [2, 2], [2, 1]],
            "n_conv_per_stage": [2] * 4,
            "n_conv_per_stage_decoder": [2] * 3,
        }
    },
}


def test_without_overrides_plans_stay_as_they_are():
    plans = copy.deepcopy(PLANNED)
    planning.override_plans(plans, Training())
    assert plans == PLANNED


def test_overrides_reach_the_plans():
    plans = copy.deepcopy(PLANNED)
    planning.override_plans(plans, Training(batch_size=6, channels=[8, 16, 24], patch=[96, 64], spacing=[2.0, 2.0]))
    network = plans["architecture"]["arch_kwargs"]
    assert (plans["batch_size"], plans["patch_size"], plans["spacing"]) == (6, [96, 64], [2.0, 2.0])
    assert (network["n_stages"], network["features_per_stage"]) == (3, [8, 16, 24])
    assert [len(network[key]) for key in ("kernel_sizes", "strides", "n_conv_per_stage")] == [3, 3, 3]
    assert len(network["n_conv_per_stage_decoder"]) == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": [8]}, "has 1 stages"),
        ({"channels": [8, 8]}, "give 3 to 4 numbers"),  # trains to nothing but NaN
        ({"channels": [8] * 5}, "give 3 to 4 numbers"),
        ({"patch": [100, 64]}, r"multiples of \[8, 4\]"),
        ({"patch": [96, 64, 8]}, "needs 2"),
        ({"spacing": [1.0, 1.0, 1.0]}, "2 numbers are needed"),
    ],
)
def test_overrides_that_do_not_fit_say_what_would(settings, message):
    with pytest.raises(ValueError, match=message):
        planning.override_plans(copy.deepcopy(PLANNED), Training(**settings))
