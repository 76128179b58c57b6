"""Segmentations of 3D Slicer: names from the header, layers, and every way in which a grid can be written."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.dicom_series import make_series
from helpers.masks import LABELS, OBLIQUE, drawn, image_of, like, segment_keys, voxels, write_seg_nrrd
from osteon.config.delivery import MaskChecks, MaskReading
from osteon.ingest.delivery import Native
from osteon.ingest.mask_files import find_masks
from osteon.ingest.masks import manual_mask

NAME = "A001.seg.nrrd"
# the drawn L2 has a gap of one slice
CHECKS = MaskChecks(one_component=False)


@pytest.fixture(scope="module")
def image():
    return image_of(make_series(orientation=OBLIQUE))


def read(folder, image, labels=LABELS):
    files = find_masks(folder, MaskReading(pattern=NAME), "A001")
    return manual_mask(files, Native(image, {}), labels, CHECKS)


def codes(findings):
    return [(entry["code"], entry["severity"]) for entry in findings]


def two_layers(mask):
    """L2 as value 1 of a second layer, as Slicer writes overlapping segments."""
    array = voxels(mask)
    return [like(mask, (array == value).astype(np.uint8)) for value in (1, 2)]


def test_one_layer_by_name_not_by_value(tmp_path, image):
    write_seg_nrrd(tmp_path / NAME, [drawn(image)], segment_keys(("L2", 1, 0), ("L1", 2, 0)))
    mask, findings = read(tmp_path, image)
    assert findings == []
    assert np.array_equal(voxels(mask), np.array([0, 2, 1], np.uint8)[voxels(drawn(image))])


@pytest.mark.parametrize("list_axis", ["first", "last"])
@pytest.mark.parametrize("space", ["left-posterior-superior", "LPS", "right-anterior-superior", "RAS"])
def test_layers_and_spaces(tmp_path, image, space, list_axis):
    layers = two_layers(drawn(image))
    keys = segment_keys(("l1", 1, 0), ("L_2", 1, 1))
    write_seg_nrrd(tmp_path / NAME, layers, keys, space=space, list_axis=list_axis)
    mask, findings = read(tmp_path, image)
    assert findings == []
    assert np.array_equal(voxels(mask), voxels(drawn(image)))


def test_old_slicer_without_layers_and_values(tmp_path, image):
    keys = {"Segment0_Name": "L1", "Segment0_ID": "a", "Segment1_Name": "L2", "Segment1_ID": "b"}
    write_seg_nrrd(tmp_path / NAME, two_layers(drawn(image)), keys)
    mask, findings = read(tmp_path, image)
    assert findings == []
    assert np.array_equal(voxels(mask), voxels(drawn(image)))


@pytest.mark.parametrize(
    "change",
    [
        lambda mask: sitk.PermuteAxes(mask, (2, 0, 1)),
        lambda mask: sitk.Flip(mask, (True, False, True)),
        lambda mask: mask[3:14, 1:15, 2:8],
        lambda mask: sitk.ConstantPad(mask, (2, 0, 3), (0, 4, 1)),
    ],
)
def test_axes_and_extent_of_the_file_move_no_voxel(tmp_path, image, change):
    layers = [change(layer) for layer in two_layers(drawn(image))]
    write_seg_nrrd(tmp_path / NAME, layers, segment_keys(("L1", 1, 0), ("L2", 1, 1)))
    mask, findings = read(tmp_path, image)
    assert findings == []
    assert np.array_equal(voxels(mask), voxels(drawn(image)))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_names(tmp_path, image, encoding):
    keys = segment_keys(("第一腰椎", 1, 0), ("Ｌ２", 2, 0))
    write_seg_nrrd(tmp_path / NAME, [drawn(image)], keys, encoding=encoding)
    mask, findings = read(tmp_path, image, {"第一腰椎": 7, "L2": 2})
    assert findings == []
    assert np.array_equal(voxels(mask), np.array([0, 7, 2], np.uint8)[voxels(drawn(image))])


def test_overlapping_segments_are_refused_by_name(tmp_path, image):
    first, second = two_layers(drawn(image))
    array = voxels(second)
    array[3, 5, 4:9] = 1
    layers = [first, like(image, array)]
    write_seg_nrrd(tmp_path / NAME, layers, segment_keys(("L1", 1, 0), ("L2", 1, 1)))
    mask, findings = read(tmp_path, image)
    assert (mask, codes(findings)) == (None, [("mask_overlap", "exclude")])
    assert findings[0]["value"] == {"L1 and L2": 5}
    assert findings[0]["files"] == [NAME]
    # a structure that the study does not use may overlap what it likes
    write_seg_nrrd(tmp_path / NAME, layers, segment_keys(("L1", 1, 0), ("disc", 1, 1)))
    assert codes(read(tmp_path, image, {"L1": 1})[1]) == []


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (segment_keys(("Segment_1", 1, 0), ("Segment_2", 2, 0)), "mask_labels"),
        (segment_keys(("L1", 1, 0), ("L1", 2, 0)), "mask_ambiguous"),
        (segment_keys(("L1", 1, 0), ("L2", 2, 3)), "mask_unreadable"),
        (segment_keys(("L1", 1, 0), ("L2", "two", 0)), "mask_unreadable"),
    ],
)
def test_headers_that_cannot_be_used(tmp_path, image, keys, code):
    write_seg_nrrd(tmp_path / NAME, [drawn(image)], keys)
    mask, findings = read(tmp_path, image)
    assert (mask, codes(findings)) == (None, [(code, "exclude")])


def test_a_misspelt_name_is_told(tmp_path, image):
    write_seg_nrrd(tmp_path / NAME, [drawn(image)], segment_keys(("L1", 1, 0), ("L2 neu", 2, 0)))
    mask, findings = read(tmp_path, image)
    assert mask is not None
    assert codes(findings) == [("mask_labels", "note"), ("mask_empty", "review")]
    assert "L2 neu" in findings[0]["message"]


@pytest.mark.parametrize("space", ["", "scanner-xyz", "3D-left-handed"])
def test_a_space_that_is_not_the_patients_is_refused(tmp_path, image, space):
    write_seg_nrrd(tmp_path / NAME, [drawn(image)], segment_keys(("L1", 1, 0), ("L2", 2, 0)), space=space)
    mask, findings = read(tmp_path, image)
    assert (mask, codes(findings)) == (None, [("mask_grid", "exclude")])


def test_wrong_place_and_no_file_of_this_kind(tmp_path, image):
    moved = drawn(image)
    moved.SetOrigin([value + 90 for value in moved.GetOrigin()])
    write_seg_nrrd(tmp_path / NAME, [moved], segment_keys(("L1", 1, 0), ("L2", 2, 0)))
    mask, findings = read(tmp_path, image)
    assert (mask, codes(findings)) == (None, [("mask_grid", "exclude")])
    (tmp_path / NAME).write_bytes(b"NRRD0004\nbroken")
    assert codes(read(tmp_path, image)[1]) == [("mask_unreadable", "exclude")]


def test_without_segments_it_is_a_label_map(tmp_path, image):
    write_seg_nrrd(tmp_path / NAME, [drawn(image)], {})
    mask, findings = read(tmp_path, image)
    assert findings == []
    assert np.array_equal(voxels(mask), voxels(drawn(image)))
