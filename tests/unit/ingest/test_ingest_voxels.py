"""The converted voxels are held to a second reader: equal, one scale for a person to see, or refused."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset

from helpers.dicom_enhanced import enhanced
from helpers.dicom_series import make_series, pixels, save
from osteon.ingest import conversion
from osteon.ingest.convert import convert_series


@pytest.fixture
def converted(monkeypatch, tmp_path, run):
    """converted(change) -> status of a clean series whose converted voxels went through `change`."""

    def call(change, **tags):
        def changed(staged, work):
            image = convert_series(staged, work)
            result = sitk.GetImageFromArray(change(sitk.GetArrayFromImage(image)))
            result.CopyInformation(image)
            return result

        monkeypatch.setattr(conversion, "convert_series", changed)
        save(make_series(**tags), tmp_path / "raw")
        return run(tmp_path / "raw")

    return call


def one_voxel(array):
    array[3, 5, 7] += 1
    return array


def two_slices_swapped(array):
    # the converter's first axis runs along the image's rows here; two sagittal slices lie along the last one
    array[[3, 4]] = array[[4, 3]]
    return array


WRONG = {
    "one voxel": one_voxel,
    "two slices swapped": two_slices_swapped,
    "flipped": lambda array: array[:, ::-1].copy(),
    "bytes swapped": lambda array: array.byteswap(),
    "inverted": lambda array: (1000 - array.astype(np.int32)).astype(np.int16),
    "squared": lambda array: array.astype(np.float32) ** 2,
    "one slice scaled": lambda array: np.concatenate([array[:1] * 2, array[1:]]),
}


@pytest.mark.slow
@pytest.mark.parametrize("change", WRONG)
def test_wrong_voxels_are_refused(converted, change):
    status = converted(WRONG[change])
    assert status.reason == "voxels_mismatch", status.detail


def test_untouched_voxels_pass(converted):
    status = converted(lambda array: array)
    assert status.ok, status.detail
    assert status.findings == []


@pytest.mark.parametrize(("scale", "offset"), [(2.0, 0.0), (0.25, 10.0), (1.0, -1024.0)])
def test_one_scale_for_the_whole_series_is_left_to_a_person(converted, scale, offset):
    status = converted(lambda array: (array * scale + offset).astype(np.float32))
    assert status.ok, status.detail
    (entry,) = status.findings
    assert (entry["code"], entry["severity"]) == ("intensity_scale", "review")
    assert entry["value"] == pytest.approx(scale)


def test_rounding_of_rescaled_values_is_no_difference(tmp_path, run):
    slices = make_series(RescaleSlope="0.0123456789", RescaleIntercept="-7.1")
    save(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert status.findings == []


def philips(slices, scales):
    for item, scale in zip(slices, scales, strict=True):
        item.Manufacturer = "Philips Medical Systems"
        block = item.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        block.add_new(0x0E, "FL", scale)
    return slices


def voxels(tmp_path):
    image = sitk.DICOMOrient(sitk.ReadImage(str(tmp_path / "native" / "sub-A001_T2.nii.gz")), "LPS")
    return sitk.GetArrayFromImage(image).transpose(2, 0, 1)[::-1, ::-1]


@pytest.mark.parametrize("block", [0x10, 0x12])
def test_philips_precise_values_are_recognised(tmp_path, run, block):
    slices = make_series(RescaleSlope="1.75", RescaleIntercept="3.5")
    for other in range(0x10, block):
        for item in slices:
            item.private_block(0x2005, f"Another {other}", create=True).add_new(0x01, "LO", "x")
    save(philips(slices, [0.0042] * 10), tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    expected = (pixels(slices) * 1.75 + 3.5) / (1.75 * np.float32(0.0042))
    if block == 0x10:  # dcm2niix knows Philips' elements in the first block alone; elsewhere both readers ignore them
        assert np.allclose(voxels(tmp_path), expected, rtol=1e-6)
    assert status.findings == []


def test_philips_scales_that_differ_from_slice_to_slice_are_left_to_a_person(tmp_path, run):
    """dcm2niix divides all slices by the scale of the first one."""
    slices = make_series(RescaleSlope="1.75", RescaleIntercept="3.5")
    save(philips(slices, [0.004 + number / 1000 for number in range(10)]), tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert [(entry["code"], entry["severity"]) for entry in status.findings] == [("intensity_scale", "review")]


def test_values_that_a_reader_rescales_twice_are_seen(converted):
    status = converted(lambda array: (array * 3 + 2).astype(np.float32), RescaleSlope="3", RescaleIntercept="2")
    assert [entry["code"] for entry in status.findings] == ["intensity_scale"]


def test_enhanced_private_scale_lies_in_each_frame(tmp_path, run):
    slices = make_series(RescaleSlope="1.75", RescaleIntercept="0")
    made = enhanced(slices)
    made.Manufacturer = "Philips Medical Systems"
    for group in made.PerFrameFunctionalGroupsSequence:
        inner = Dataset()
        inner.private_block(0x2005, "Philips MR Imaging DD 001", create=True).add_new(0x0E, "FL", 0.0042)
        group.private_block(0x2005, "Philips MR Imaging DD 005", create=True).add_new(0x0F, "SQ", [inner])
    save([made], tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert np.allclose(voxels(tmp_path), pixels(slices) / np.float32(0.0042), rtol=1e-6)
    assert status.findings == []
