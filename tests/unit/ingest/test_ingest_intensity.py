"""Gray values and pixel sizes that cannot be what the headers say."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.decisions import series_of
from helpers.dicom_series import make_series, save
from osteon.ingest.intensity import full_scales, header_findings, saturation_findings


def headers(**tags):
    return [
        (entry["code"], entry["severity"], entry["value"]) for entry in header_findings(series_of(make_series(**tags)))
    ]


@pytest.mark.parametrize(
    ("photometric", "found"),
    [
        ("MONOCHROME2", []),
        (None, []),
        *((name, [("photometric", "exclude", name)]) for name in ("MONOCHROME1", "RGB", "PALETTE COLOR", "YBR_FULL")),
    ],
)
def test_colors_and_inverted_grays_exclude(photometric, found):
    assert headers(PhotometricInterpretation=photometric) == found


def test_inverted_series_gives_way_to_the_original(tmp_path, run):
    save(make_series(count=12, seed=1, PhotometricInterpretation="MONOCHROME1"), tmp_path / "raw", "a")
    assert run(tmp_path / "raw").reason == "photometric"
    save(make_series(seed=2), tmp_path / "raw", "b")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert {(entry["code"], entry["severity"]) for entry in status.findings} == {
        ("photometric", "review"),
        ("series_surplus", "note"),
    }


def test_rescaling_that_varies_is_noted():
    slices = make_series(RescaleSlope="2", RescaleIntercept="0")
    assert header_findings(series_of(slices)) == []
    slices[4].RescaleSlope = "2.5"
    (entry,) = header_findings(series_of(slices))
    assert (entry["code"], entry["severity"], entry["value"]) == ("rescale_varies", "note", 2)


@pytest.mark.parametrize(
    ("diameter", "found"),
    [
        (None, []),
        ("30", []),  # 20 columns of 1.5 mm
        ("30.6", []),
        ("20", []),  # 16 rows of 1.25 mm
        ("25", [("spacing_doubtful", "note", 1.2)]),
        ("31", [("spacing_doubtful", "note", 0.9677)]),
    ],
)
def test_spacing_against_the_reconstruction_diameter(diameter, found):
    assert headers(ReconstructionDiameter=diameter) == found


@pytest.mark.parametrize(
    ("tags", "scales"),
    [
        ({"BitsStored": 12}, [255, 511, 1023, 2047, 4095]),
        ({"BitsStored": 12, "PixelRepresentation": 1}, [255, 511, 1023, 2047]),
        ({"BitsStored": 9, "RescaleSlope": "2", "RescaleIntercept": "-10"}, [500, 1012]),
        ({"BitsStored": None}, []),
    ],
)
def test_ends_of_the_scale(tags, scales):
    assert full_scales(series_of(make_series(**tags))) == scales


def test_varying_rescaling_has_no_end_of_the_scale():
    slices = make_series(RescaleSlope="1")
    slices[0].RescaleSlope = "2"
    assert full_scales(series_of(slices)) == []


@pytest.mark.parametrize(
    ("top", "count", "share"),
    [
        (4095, 20, 0.002),
        (4095, 11, 0.0011),
        (4095, 10, None),  # 0.1 %
        (3000, 20, None),  # a flat top, but not at the end of the scale
        (3000, 60, 0.006),
        (3000, 50, None),  # 0.5 %
    ],
)
def test_share_of_saturated_voxels(top, count, share):
    voxels = np.arange(10000, dtype=np.int16).reshape(10, 20, 50) % 2000
    voxels.ravel()[:count] = top
    found = saturation_findings(sitk.GetImageFromArray(voxels), [2047.0, 4095.0])
    assert [(entry["code"], entry["severity"], entry["value"]) for entry in found] == (
        [("intensity_saturated", "review", share)] if share else []
    )


def test_a_few_voxels_of_a_small_image_are_no_saturation():
    voxels = np.zeros((4, 5, 5), dtype=np.uint8)
    voxels[0, 0] = 255
    assert saturation_findings(sitk.GetImageFromArray(voxels), [255.0]) == []


def test_saturated_series_is_told_with_its_case(tmp_path, run):
    slices = make_series()
    for item in slices[:5]:
        values = np.frombuffer(item.PixelData, np.uint16).copy()
        values[:10] = 4095
        item.PixelData = values.tobytes()
    save(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    (entry,) = status.findings
    assert (entry["code"], entry["value"]) == ("intensity_saturated", round(50 / 3200, 6))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda values: values - 300, True),  # negative numbers stored as if there were none
        (lambda values: values | (values > 950).astype(np.int64) << 15, True),  # something drawn into the highest bit
        (lambda values: np.where(values > 990, 40000, values), False),  # one value that stands for no measurement
        (lambda values: values * 60, False),
        (lambda values: values, False),
    ],
)
def test_gray_values_in_two_groups_far_apart_are_for_review(tmp_path, run, change, found):
    slices = make_series(BitsStored=16, HighBit=15)
    for item in slices:
        values = np.frombuffer(item.PixelData, np.uint16).astype(np.int64)
        item.PixelData = change(values).astype(np.uint16).tobytes()
    save(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert ("intensity_wrapped" in {entry["code"] for entry in status.findings}) == found
