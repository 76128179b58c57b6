"""Cases that come as NIfTI take the same road from here on."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
import SimpleITK as sitk


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "anat"
    folder.mkdir(parents=True)
    image = sitk.GetImageFromArray(np.arange(5 * 6 * 7, dtype=np.int16).reshape(5, 6, 7))
    image.SetSpacing((0.5, 0.75, 4.0))
    image.SetOrigin((1.0, 2.0, 3.0))
    sitk.WriteImage(image, str(folder / "x_T2w.nii.gz"))
    (folder / "x_T2w.json").write_text(
        json.dumps(
            {
                "EchoTime": 0.1,
                "Manufacturer": "SIEMENS",
                "PatientName": "Meier",
                "SeriesDescription": "SAG T2 Meier",
                "RepetitionTime": "long",
            }
        )
    )
    return folder.parent


def nifti(run, raw, patterns, **changes):
    return run(raw, source="nifti", images=patterns, **changes)


def test_image_and_listed_facts_are_taken_over(tmp_path, run, raw):
    status = nifti(run, raw, {"T2": "anat/*_T2w.nii.gz"})
    assert status.ok, status.detail
    written = sitk.ReadImage(str(tmp_path / "native" / "sub-A001_T2.nii.gz"))
    given = sitk.ReadImage(str(raw / "anat" / "x_T2w.nii.gz"))
    assert np.array_equal(sitk.GetArrayFromImage(written), sitk.GetArrayFromImage(given))
    assert (written.GetOrigin(), written.GetSpacing()) == (given.GetOrigin(), given.GetSpacing())
    sidecar = json.loads((tmp_path / "native" / "sub-A001_T2.json").read_text())
    assert sidecar == {
        "Manufacturer": "Siemens",
        "EchoTime": 0.1,
        "SpacingBetweenSlices": 4.0,
        "PixelSpacing": [0.75, 0.5],
        "Matrix": [7, 6, 5],
        "SeriesDescription": "SAG T2",
    }


def test_pictures_are_written_and_named_in_the_status(tmp_path, run, raw):
    status = nifti(run, raw, {"T2": "anat/*_T2w.nii.gz"})
    previews = status.extra["previews"]["T2"]
    assert previews["plane"] == "axial"
    assert {previews[kind]["path"] for kind in ("thumb", "montage")} == {
        path.name for path in (tmp_path / "native").glob("*.jpg")
    }


def write(raw, array):
    sitk.WriteImage(sitk.GetImageFromArray(array), str(raw / "anat" / "x_T1w.nii.gz"))


@pytest.mark.parametrize(
    ("make", "pattern", "code"),
    [
        (None, "anat/*_T1w.nii.gz", "sequence_missing"),
        (None, None, "sequence_missing"),
        (lambda raw: write(raw, np.arange(24.0).reshape(2, 3, 4)), "anat/*.nii.gz", "series_ambiguous"),
        (lambda raw: write(raw, np.arange(24.0).reshape(2, 3, 4)), "anat/*_T1w.nii.gz", "not_a_volume"),
        (lambda raw: write(raw, np.ones((4, 4, 4))), "anat/*_T1w.nii.gz", "intensity_constant"),
        (lambda raw: write(raw, np.ones((2, 4, 4, 4))), "anat/*_T1w.nii.gz", "image_unreadable"),
        (lambda raw: (raw / "anat" / "x_T1w.nii.gz").write_bytes(b"x"), "anat/*_T1w.nii.gz", "image_unreadable"),
    ],
)
def test_unusable_image_excludes_the_case(tmp_path, run, raw, make, pattern, code):
    if make:
        make(raw)
    status = nifti(run, raw, {"T1": pattern} if pattern else {}, sequences=["T1"])
    assert status.reason == code, status.detail
    assert status.detail.startswith("T1: ")
    assert list((tmp_path / "native").iterdir()) == []


@pytest.mark.parametrize(("codes", "expected"), [((0, 0), ["geometry_missing"]), ((1, 0), []), ((0, 1), [])])
def test_image_that_does_not_say_where_it_lies_is_for_review(tmp_path, run, raw, codes, expected):
    (path,) = (raw / "anat").glob("*.nii.gz")
    plain = path.with_suffix("")  # uncompressed, to change the header's two codes (NIfTI-1: qform at 252, sform at 254)
    sitk.WriteImage(sitk.ReadImage(str(path)), str(plain))
    content = bytearray(plain.read_bytes())
    content[252:256] = np.array(codes, dtype="<i2").tobytes()
    plain.write_bytes(bytes(content))
    path.unlink()
    status = nifti(run, raw, {"T2": "anat/*_T2w.nii"})
    assert status.ok, status.detail
    assert [(entry["code"], entry["severity"]) for entry in status.findings] == [(code, "review") for code in expected]


def test_no_free_text_of_the_header_is_taken_over(tmp_path, run, raw):
    (path,) = (raw / "anat").glob("*.nii.gz")
    image = sitk.ReadImage(str(path))
    image.SetMetaData("aux_file", "Meier 4711")
    sitk.WriteImage(image, str(path))
    assert nifti(run, raw, {"T2": "anat/*_T2w.nii.gz"}).ok
    assert b"Meier" not in gzip.decompress((tmp_path / "native" / "sub-A001_T2.nii.gz").read_bytes())


def test_folder_that_is_not_there(tmp_path, run):
    assert nifti(run, tmp_path / "none", {"T2": "*"}).reason == "no_files"
