"""Headers with few digits are one good series; slices of several acquisitions under one UID are for a person."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.dicom_series import make_series, save, shift


def codes(status, severity=None):
    return {entry["code"] for entry in status.findings if severity in (None, entry["severity"])}


@pytest.mark.slow
@pytest.mark.parametrize(("cosines", "positions"), [(4, 2), (4, 6), (5, 3), (6, 2), (12, 2)])
@pytest.mark.parametrize(("count", "step", "rows"), [(15, 4.4, 256), (80, 0.9, 32)])
def test_headers_with_few_digits_are_accepted(tmp_path, run, cosines, positions, count, step, rows):
    turned = (0.06987, 0.99619, -0.05234, -0.17101, -0.03969, -0.98447)
    slices = make_series(count=count, step=step, orientation=turned, rows=rows, columns=rows)
    for item in slices:
        item.ImageOrientationPatient = [f"{value:.{cosines}f}" for value in turned]
        item.ImagePositionPatient = [f"{float(value):.{positions}f}" for value in item.ImagePositionPatient]
    save(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert status.findings == []


@pytest.mark.parametrize(
    ("keyword", "code"), [("FrameOfReferenceUID", "frame_differs"), ("StudyInstanceUID", "studies_several")]
)
def test_slice_of_another_examination_under_the_same_series_uid_is_for_review(tmp_path, run, keyword, code):
    slices = make_series()
    slices[4] = make_series(seed=1, SeriesInstanceUID=slices[0].SeriesInstanceUID, **{keyword: "1.2.3"})[4]
    save(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert codes(status, "review") == {code}
    (entry,) = status.findings
    assert (entry["value"], entry["files"]) == (2, ["004"])


@pytest.mark.parametrize(
    "tags", [{"ScanOptions": "FS"}, {"ContrastBolusAgent": "Gd"}, {"MagneticFieldStrength": "1.5"}]
)
def test_slices_that_were_acquired_differently_are_for_review(tmp_path, run, tags):
    slices = make_series()
    slices[4] = make_series(**tags)[4]
    save(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    (entry,) = status.findings
    assert (entry["code"], entry["severity"], entry["value"]) == ("series_ambiguous", "review", list(tags))


def test_two_series_interleaved_under_one_uid_are_for_review(tmp_path, run):
    unsaid = {"ImagesInAcquisition": None, "SpacingBetweenSlices": None}
    first, second = make_series(**unsaid), make_series(seed=1, **unsaid)
    for item in second:
        item.SeriesInstanceUID = first[0].SeriesInstanceUID
        shift(item, 2, 2.0)
    save(first + second, tmp_path / "raw")
    status = run(tmp_path / "raw")
    (entry,) = status.findings
    assert (entry["code"], entry["severity"], entry["value"]) == ("slice_duplicated", "review", 10)


def test_slice_whose_pixels_are_those_of_its_neighbour_is_for_review(tmp_path, run):
    slices = make_series()
    slices[5].PixelData = slices[4].PixelData
    save(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert codes(status, "review") == {"slice_copied"}
    empty = make_series()
    for item in empty[:2]:
        item.PixelData = bytes(len(item.PixelData))
    save(empty, tmp_path / "empty")
    assert run(tmp_path / "empty").findings == []


def test_echo_times_that_differ_by_rounding_are_one_series(tmp_path, run):
    slices = make_series(EchoTime="110.25")
    for item in slices[::2]:
        item.EchoTime = "110.2500001"
    save(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert (status.detail, status.findings) == (None, [])


def test_copies_of_images_of_real_numbers_are_dropped(tmp_path, run):
    slices = make_series()
    for item in slices:
        item.FloatPixelData = np.frombuffer(item.PixelData, np.uint16).astype(np.float32).tobytes()
        item.BitsAllocated = 32
        for keyword in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
            delattr(item, keyword)
    save(slices, tmp_path / "raw")
    save(slices[:2], tmp_path / "raw" / "again")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert codes(status) == {"slice_copied"}
