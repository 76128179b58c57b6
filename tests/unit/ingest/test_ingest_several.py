"""A series of several volumes is refused, unless its rule names one; then exactly that one is used."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.dicom_enhanced import enhanced
from helpers.dicom_series import make_series, pixels, save

ECHOES = {"EchoTime": ["15", "110"]}
# What tells the volumes of a classic series apart; numbered anew in every case, position after position or not.
MARKS = {
    "time point": {"TemporalPositionIdentifier": [1, 2]},
    "acquisition": {"AcquisitionNumber": [4, 5]},
    "b-value": {"DiffusionBValue": [0.0, 1000.0]},
    "number alone": {},
}


def volumes_of(marks, count=2, interleaved=False):
    """Slices of `count` volumes at the same positions in one series."""
    everything = []
    for volume in range(count):
        slices = make_series(seed=volume, ImagesInAcquisition=10 * count)
        for place, item in enumerate(slices):
            item.SeriesInstanceUID = make_series()[0].SeriesInstanceUID
            item.InstanceNumber = 1 + (place * count + volume if interleaved else volume * 10 + place)
            for keyword, values in marks.items():
                setattr(item, keyword, values[volume])
        everything.append(slices)
    return everything


@pytest.fixture
def choose(tmp_path, run, lumbar):
    """choose(folder, volume) -> status, with every rule of T2 asking for that volume."""

    def call(folder, volume):
        rules = [rule.model_copy(update={"volume": volume, "echo_time": None}) for rule in lumbar.rules]
        return run(folder, rules=lumbar.model_copy(update={"rules": rules}))

    return call


def voxels(tmp_path):
    image = sitk.DICOMOrient(sitk.ReadImage(str(tmp_path / "native" / "sub-A001_T2.nii.gz")), "LPS")
    return sitk.GetArrayFromImage(image).transpose(2, 0, 1)[::-1, ::-1]


@pytest.mark.slow
@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("interleaved", [True, False])
def test_classic_series_of_several_volumes(tmp_path, run, choose, mark, interleaved):
    volumes = volumes_of(MARKS[mark], interleaved=interleaved)
    for number, slices in enumerate(volumes):
        save(slices, tmp_path / "raw", f"{number}_")
    assert run(tmp_path / "raw").reason == "several_volumes"
    for number, slices in enumerate(volumes, start=1):
        status = choose(tmp_path / "raw", number)
        assert status.ok, status.detail
        assert np.array_equal(voxels(tmp_path), pixels(slices))
    refused = choose(tmp_path / "raw", 3)
    assert refused.reason == "several_volumes"
    assert "asks for volume 3, the series holds 2" in refused.detail


def test_volume_of_a_series_of_one_is_that_one(tmp_path, choose):
    save(make_series(), tmp_path / "raw")
    assert choose(tmp_path / "raw", 1).ok
    assert choose(tmp_path / "raw", 2).reason == "several_volumes"


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 4, 9])
def test_slice_that_only_one_volume_lacks_is_missed(tmp_path, choose, lost):
    first, second = volumes_of({"TemporalPositionIdentifier": [1, 2]})
    for item in first + second:
        del item.ImagesInAcquisition
    del second[lost]
    save(first, tmp_path / "raw", "a")
    save(second, tmp_path / "raw", "b")
    assert choose(tmp_path / "raw", 2).reason == "slice_missing"


def test_volumes_that_nothing_tells_apart_are_refused(tmp_path, choose):
    first, second = volumes_of({})
    for item in first + second:
        item.InstanceNumber = 1
    save(first, tmp_path / "raw", "a")
    save(second, tmp_path / "raw", "b")
    status = choose(tmp_path / "raw", 1)
    assert status.reason == "several_volumes"
    assert "nothing in the headers tells" in status.detail


def test_time_points_without_signal_are_no_copies(tmp_path, choose):
    first, second = volumes_of({"TemporalPositionIdentifier": [1, 2]})
    for item in (first[0], second[0]):
        item.PixelData = bytes(len(item.PixelData))
    save(first, tmp_path / "raw", "a")
    save(second, tmp_path / "raw", "b")
    status = choose(tmp_path / "raw", 2)
    assert status.ok, status.detail
    assert np.array_equal(voxels(tmp_path), pixels(second))


@pytest.mark.slow
@pytest.mark.parametrize("marks", [ECHOES, {"TemporalPositionIdentifier": [1, 2]}])
@pytest.mark.parametrize("interleaved", [True, False])
def test_enhanced_file_of_several_volumes(tmp_path, run, choose, lumbar, marks, interleaved):
    volumes = volumes_of(marks)
    frames = [item for slices in volumes for item in slices]
    if interleaved:
        frames = [item for pair in zip(*volumes, strict=True) for item in pair]
    save([enhanced(frames)], tmp_path / "raw")
    any_echo = [rule.model_copy(update={"echo_time": None}) for rule in lumbar.rules]
    assert run(tmp_path / "raw", rules=lumbar.model_copy(update={"rules": any_echo})).reason == "several_volumes"
    for number, slices in enumerate(volumes, start=1):
        status = choose(tmp_path / "raw", number)
        assert status.ok, status.detail
        assert np.array_equal(voxels(tmp_path), pixels(slices))
        assert status.extra["sequences"]["T2"]["EchoTime"] == pytest.approx(float(slices[0].EchoTime) / 1000)
