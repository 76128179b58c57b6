"""Preprocessing of a case: what is written, and what happens to bad ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.imaging import Preprocess
from osteon.images import preprocess
from osteon.images.io import read_image, write_image
from osteon.images.preprocess import preprocess_case
from osteon.images.registration import RegistrationFailed, Rigid, rigid_transform
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


def two_sequences(folder, order=("T1", "T2")):
    """A case with a body in both sequences."""
    z, y, x = np.ogrid[:24, :48, :48]
    body = ((x - 24) / 18) ** 2 + ((y - 24) / 20) ** 2 + 0 * z < 1
    noise = np.random.default_rng(0)
    files = {}
    for sequence, level in (("T1", 400), ("T2", 900)):
        image = sitk.GetImageFromArray(np.abs(body * level + noise.normal(0, 9, body.shape)).astype(np.float32))
        write_image(image, folder / f"{sequence}.nii.gz")
        files[sequence] = {"path": f"{sequence}.nii.gz", "sha256": sequence}
    return CaseStatus("A", "A1", "ingest", files={name: files[name] for name in order})


RIGID = Preprocess.model_validate({"bias_correction": {"enabled": False}, "registration": {"method": "rigid"}})
FOUND = Rigid((1.0, 0.0, 0.0), (0.0, 3.0, 0.0), (0.0, 0.0, 0.0), -0.2, -0.4)


@pytest.mark.parametrize("order", [("T1", "T2"), ("T2", "T1")])
def test_others_are_registered_to_the_reference_and_not_resampled(tmp_path, monkeypatch, order):
    pairs = []
    monkeypatch.setattr(preprocess, "register_rigid", lambda *images: pairs.append(images) or FOUND)
    status = preprocess_case(two_sequences(tmp_path, order), tmp_path, tmp_path / "out", RIGID, "T1")
    assert list(status.files) == list(order)
    assert status.extra["registration"] == {"T2": FOUND.entry()}
    assert status.findings == []
    ((reference, other),) = pairs
    assert [round(sitk.GetArrayFromImage(image).max(), -2) for image in (reference, other)] == [400, 900]
    status.write(tmp_path / "preprocess.json")
    assert rigid_transform(CaseStatus.read(tmp_path / "preprocess.json").extra["registration"]["T2"]) is not None


def test_refused_registration_is_for_review_and_not_used(tmp_path, monkeypatch):
    far = replace(FOUND, shift_mm=(0.0, 30.0, 0.0))
    monkeypatch.setattr(preprocess, "register_rigid", lambda *_: far)
    status = preprocess_case(two_sequences(tmp_path), tmp_path, tmp_path / "out", RIGID, "T1")
    assert (status.ok, status.extra["registration"]) == (True, {})
    (found,) = status.findings
    assert (found["code"], found["severity"]) == ("registration_refused", "review")
    assert "T2 to T1: the shift of 30.0 mm" in found["message"]


def test_failed_registration_is_for_review(tmp_path, monkeypatch):
    def lost(*_):
        raise RegistrationFailed("the registration failed (no overlap)")

    monkeypatch.setattr(preprocess, "register_rigid", lost)
    status = preprocess_case(two_sequences(tmp_path), tmp_path, tmp_path / "out", RIGID, "T1")
    assert [found["code"] for found in status.findings] == ["registration_refused"]


def test_a_patient_who_did_not_move_is_no_finding(tmp_path, monkeypatch):
    still = replace(FOUND, shift_mm=(0.0, 0.1, 0.0), angles_degrees=(0.1, 0.0, 0.0), metric_after=-0.2)
    monkeypatch.setattr(preprocess, "register_rigid", lambda *_: still)
    status = preprocess_case(two_sequences(tmp_path), tmp_path, tmp_path / "out", RIGID, "T1")
    assert (status.findings, status.extra["registration"]) == ([], {})


def test_without_the_reference_nothing_is_registered(tmp_path):
    status = preprocess_case(two_sequences(tmp_path), tmp_path, tmp_path / "out", RIGID, "FST2")
    assert (status.findings, status.extra["registration"]) == ([], {})
