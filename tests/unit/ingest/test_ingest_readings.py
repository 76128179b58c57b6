"""Several readers and repeats: the first mask is the study's, the others come along and never stop the case."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.masks import LABELS, segment_keys, voxels, write_seg_nrrd
from osteon.config.imaging import Preprocess
from osteon.images.preprocess import preprocess_case


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    image = sitk.GetImageFromArray(np.arange(10 * 20 * 20, dtype=np.int16).reshape(10, 20, 20))
    image.SetSpacing((1.0, 1.0, 4.0))
    image.SetOrigin((5.0, 6.0, 7.0))
    sitk.WriteImage(image, str(folder / "t2.nii.gz"))
    return folder


def boxes(raw, upper=1, lower=2, grow=0):
    image = sitk.ReadImage(str(raw / "t2.nii.gz"))
    array = np.zeros((10, 20, 20), dtype=np.uint8)
    array[6:9, 4:9, 4 : 9 + grow] = upper
    array[2:5, 4:9, 4:9] = lower
    mask = sitk.GetImageFromArray(array)
    mask.CopyInformation(image)
    return mask


READINGS = [
    {"reader": "AB", "pattern": "mask.nii.gz"},
    {"reader": "CD", "pattern": "{subject}.seg.nrrd"},
    {"reader": "AB", "reading": 2, "pattern": "{subject}_again.nii.gz"},
]


@pytest.fixture
def read(run, raw, tmp_path):
    """read() -> status of a NIfTI case with the READINGS; the further ones lie in a folder of their own."""

    def call(readings=READINGS, **settings):
        others = [{**reading, "folder": str(tmp_path / "others")} for reading in readings[1:]]
        checks = {"head_to_foot": ["L1", "L2"]}
        common = {"masks_used": True, "labels": LABELS, "mask_checks": checks}
        return run(raw, source="nifti", images={"T2": "t2.nii.gz"}, masks=[*readings[:1], *others], **common | settings)

    (tmp_path / "others").mkdir()
    sitk.WriteImage(boxes(raw), str(raw / "mask.nii.gz"))
    write_seg_nrrd(
        tmp_path / "others" / "A001.seg.nrrd", [boxes(raw, grow=1)], segment_keys(("L1", 1, 0), ("L2", 2, 0))
    )
    sitk.WriteImage(boxes(raw, grow=2), str(tmp_path / "others" / "A001_again.nii.gz"))
    return call


def rows(status):
    return [(entry["code"], entry["severity"], entry["message"].split(":")[0]) for entry in status.findings]


def test_two_readings_that_are_one_mask_are_for_review(tmp_path, read, raw):
    sitk.WriteImage(boxes(raw), str(tmp_path / "others" / "A001_again.nii.gz"))
    status = read()
    assert status.ok
    (entry,) = status.findings
    assert (entry["code"], entry["severity"]) == ("mask_ambiguous", "review")
    assert entry["message"].startswith("the masks of reader AB, reading 1 and reader AB, reading 2 are the same")


def test_every_reading_is_written_under_its_key(tmp_path, read):
    status = read()
    assert (status.ok, status.findings) == (True, [])
    names = {
        "manual": "sub-A001_desc-manual_dseg.nii.gz",
        "manual-CD-1": "sub-A001_desc-manual_reader-CD_reading-1_dseg.nii.gz",
        "manual-AB-2": "sub-A001_desc-manual_reader-AB_reading-2_dseg.nii.gz",
    }
    assert {key: entry["path"] for key, entry in status.files.items() if key != "T2"} == names
    sizes = {
        key: int((voxels(sitk.ReadImage(str(tmp_path / "native" / name))) == 1).sum()) for key, name in names.items()
    }
    assert sizes == {"manual": 75, "manual-CD-1": 90, "manual-AB-2": 105}
    assert status.extra["readings"] == [
        {"reader": "AB", "reading": 1, "key": "manual", "found": True},
        {"reader": "CD", "reading": 1, "key": "manual-CD-1", "found": True},
        {"reader": "AB", "reading": 2, "key": "manual-AB-2", "found": True},
    ]


def test_a_further_reading_never_stops_the_case(tmp_path, raw, read):
    (tmp_path / "others" / "A001.seg.nrrd").unlink()
    sitk.WriteImage(boxes(raw, upper=2, lower=1), str(tmp_path / "others" / "A001_again.nii.gz"))
    status = read()
    assert status.ok
    assert rows(status) == [
        ("mask_missing", "note", "reader CD, reading 1"),
        ("mask_order", "review", "reader AB, reading 2"),
    ]
    assert sorted(status.files) == ["T2", "manual"]
    assert [row["found"] for row in status.extra["readings"]] == [True, False, True]


def test_the_first_reading_does(raw, read):
    sitk.WriteImage(boxes(raw, upper=2, lower=1), str(raw / "mask.nii.gz"))
    status = read()
    assert (status.status, status.reason) == ("excluded", "mask_order")
    assert "L2 lies above L1" in status.detail
    status = read(masks_used=False)
    assert status.ok
    assert rows(status) == [("mask_order", "review", "reader AB, reading 1")]
    assert sorted(status.files) == ["T2", "manual-AB-2", "manual-CD-1"]


def test_several_files_for_the_first_reading(raw, read):
    sitk.WriteImage(boxes(raw), str(raw / "mask2.nii.gz"))
    status = read([{"pattern": "mask*.nii.gz"}])
    assert (status.status, status.reason) == ("excluded", "mask_ambiguous")
    assert status.findings[0]["files"] == ["mask.nii.gz", "mask2.nii.gz"]


def test_masks_are_no_images_for_later_stages(read, tmp_path):
    settings = Preprocess(bias_correction={"enabled": False}, intensity={"method": "none"})
    status = preprocess_case(read(), tmp_path / "native", tmp_path / "preprocessed", settings)
    assert list(status.files) == ["T2"]
