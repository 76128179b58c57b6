"""Preprocessing of a case: what is written, and what happens to bad ones."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from osteon.config.imaging import Preprocess
from osteon.images.io import read_image, write_image
from osteon.images.preprocess import preprocess_case
from osteon.tables.status import CaseStatus, excluded

SETTINGS = Preprocess.model_validate({"bias_correction": {"enabled": False}, "intensity": {"method": "minmax"}})


def ingested(folder, values):
    image = sitk.GetImageFromArray(values.astype(np.float32))
    write_image(image, folder / "sub-A1_T1.nii.gz")
    write_image(image, folder / "sub-A1_mask.nii.gz")
    return CaseStatus(
        "A",
        "A1",
        "ingest",
        files={
            "T1": {"path": "sub-A1_T1.nii.gz", "sha256": "x"},
            "manual": {"path": "sub-A1_mask.nii.gz", "sha256": "y"},
        },
    )


def test_images_are_normalised_and_masks_left_alone(tmp_path):
    status = preprocess_case(
        ingested(tmp_path, np.random.default_rng(0).random((6, 20, 20)) * 900), tmp_path, tmp_path / "out", SETTINGS
    )
    assert status.ok
    assert list(status.files) == ["T1"]
    values = sitk.GetArrayFromImage(read_image(tmp_path / "out" / status.files["T1"]["path"]))
    assert values.max() <= 1.0 + 1e-6


def test_constant_image_is_excluded_with_its_reason(tmp_path):
    status = preprocess_case(ingested(tmp_path, np.full((6, 20, 20), 7.0)), tmp_path, tmp_path / "out", SETTINGS)
    assert (status.status, status.reason, status.stage) == ("excluded", "intensity_constant", "preprocess")


def test_exclusion_is_passed_on_and_the_folder_is_there(tmp_path):
    before = excluded("A", "A1", "ingest", "sequence_missing", "no T2")
    status = preprocess_case(before, tmp_path, tmp_path / "out", SETTINGS)
    assert (status.stage, status.reason, status.detail) == ("ingest", "sequence_missing", "no T2")
    assert list((tmp_path / "out").iterdir()) == []
