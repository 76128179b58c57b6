"""Manual masks reach the image's grid by geometry, whatever their form."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.dicom_series import make_series, save, save_contours
from osteon.config.delivery import MaskChecks, MaskReading
from osteon.ingest.contours import ContoursMisplaced, fill_contours
from osteon.ingest.delivery import Native
from osteon.ingest.mask_files import find_masks
from osteon.ingest.masks import manual_mask

LABELS = {"L1": 1, "L2": 2}


@pytest.fixture
def image():
    """Sagittal like the converter's: axes posterior, superior, right."""
    made = sitk.GetImageFromArray(np.arange(10 * 16 * 20, dtype=np.int16).reshape(10, 16, 20))
    made.SetSpacing((1.5, 1.25, 4.0))
    made.SetDirection((0, 0, 1, 1, 0, 0, 0, 1, 0))
    made.SetOrigin((-20.0, -70.0, 41.25))
    return made


def blocks(image):
    array = np.zeros(image.GetSize()[::-1], dtype=np.uint8)
    array[3:7, 2:6, 4:12] = 1
    array[3:7, 8:13, 4:12] = 2
    mask = sitk.GetImageFromArray(array)
    mask.CopyInformation(image)
    return mask


def found(folder, image, name="mask.nii.gz", labels=LABELS, frame=""):
    files = find_masks(folder, MaskReading(pattern=name), "A001")
    return manual_mask(files, Native(image, {}, frame_of_reference=frame), labels, MaskChecks())


def codes(findings):
    return [(entry["code"], entry["severity"]) for entry in findings]


@pytest.mark.parametrize("name", ["mask.nii.gz", "deep/mask.nrrd"])
def test_label_map_on_the_grid_is_taken_as_it_is(tmp_path, image, name):
    (tmp_path / "deep").mkdir()
    sitk.WriteImage(sitk.Cast(blocks(image), sitk.sitkFloat32), str(tmp_path / name))
    mask, findings = found(tmp_path, image, "**/mask.n*")
    assert findings == []
    assert mask.GetPixelID() == sitk.sitkUInt8
    assert np.array_equal(sitk.GetArrayFromImage(mask), sitk.GetArrayFromImage(blocks(image)))


def test_flipped_and_reordered_axes_are_the_same_grid(tmp_path, image):
    sitk.WriteImage(sitk.DICOMOrient(blocks(image), "RAS"), str(tmp_path / "mask.nii.gz"))
    mask, findings = found(tmp_path, image)
    assert findings == []
    assert np.array_equal(sitk.GetArrayFromImage(mask), sitk.GetArrayFromImage(blocks(image)))


def test_finer_grid_is_resampled_with_a_note(tmp_path, image):
    fine = sitk.Image(40, 32, 20, sitk.sitkUInt8)
    fine.SetDirection(image.GetDirection())
    fine.SetSpacing([step / 2 for step in image.GetSpacing()])
    fine.SetOrigin(image.TransformContinuousIndexToPhysicalPoint((-0.25, -0.25, -0.25)))
    sitk.WriteImage(
        sitk.Resample(blocks(image), fine, sitk.Transform(), sitk.sitkNearestNeighbor), str(tmp_path / "mask.nii.gz")
    )
    mask, findings = found(tmp_path, image)
    assert codes(findings) == [("mask_resampled", "note")]
    assert np.array_equal(sitk.GetArrayFromImage(mask), sitk.GetArrayFromImage(blocks(image)))


def elsewhere(mask):
    mask.SetOrigin([value + 60 for value in mask.GetOrigin()])
    return mask


def without_geometry(mask):
    return sitk.GetImageFromArray(sitk.GetArrayFromImage(mask))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (elsewhere, "mask_grid"),
        (without_geometry, "mask_grid"),
        (lambda mask: mask + 5 * sitk.Cast(mask == 2, sitk.sitkUInt8), "mask_labels"),
        (lambda mask: sitk.Cast(mask, sitk.sitkFloat32) * 0.5, "mask_labels"),
        (lambda mask: mask * 0, "mask_empty"),
    ],
)
def test_mask_that_does_not_fit_is_refused(tmp_path, image, change, code):
    sitk.WriteImage(change(blocks(image)), str(tmp_path / "mask.nii.gz"))
    mask, findings = found(tmp_path, image)
    assert mask is None
    assert (code, "exclude") in codes(findings)
    assert {tuple(entry["files"]) for entry in findings} == {("mask.nii.gz",)}


def test_mask_without_geometry_is_refused_even_where_it_would_fit_by_chance(tmp_path, image):
    image.SetOrigin((-10.0, -2.0, 1.0))
    given = without_geometry(blocks(image))
    sitk.WriteImage(given, str(tmp_path / "mask.nii.gz"))
    mask, findings = found(tmp_path, image)
    assert (mask, codes(findings)) == (None, [("mask_grid", "exclude")])
    assert "lost its geometry" in findings[0]["message"]


def test_label_that_is_not_drawn_is_for_review(tmp_path, image):
    sitk.WriteImage(sitk.Cast(blocks(image) == 1, sitk.sitkUInt8), str(tmp_path / "mask.nii.gz"))
    mask, findings = found(tmp_path, image)
    assert mask is not None
    assert codes(findings) == [("mask_empty", "review")]


def test_no_file_two_files_no_image(tmp_path, image):
    assert codes(found(tmp_path, image)[1]) == [("mask_missing", "note")]
    for name in ("a.nii", "b.nii"):
        (tmp_path / name).write_bytes(b"no image")
    mask, findings = found(tmp_path, image, "*.nii")
    assert (mask, codes(findings)) == (None, [("mask_ambiguous", "exclude")])
    assert findings[0]["files"] == ["a.nii", "b.nii"]
    assert codes(found(tmp_path, image, "a.nii")[1]) == [("mask_unreadable", "exclude")]
    for name in ("a.dcm", "a.stl"):
        (tmp_path / name).write_bytes(b"no contours")
        assert codes(found(tmp_path, image, name)[1]) == [("mask_unreadable", "exclude")]
    assert ".seg.nrrd" in found(tmp_path, image, "a.stl")[1][0]["message"]


def box(image, low, high, level):
    """Corners (mm) of a rectangle between two in-plane indices of slice `level`."""
    (i, j), (k, m) = low, high
    return np.array(
        [image.TransformContinuousIndexToPhysicalPoint((x, y, level)) for x, y in ((i, j), (k, j), (k, m), (i, m))]
    )


def test_contours_fill_the_voxels_whose_centers_they_enclose(tmp_path, image):
    drawn = {
        "L1": [box(image, (3.5, 1.6), (11.4, 5.4), level) for level in range(3, 7)],
        "l2_body": [box(image, (3.5, 7.5), (11.5, 12.5), level) for level in range(3, 7)],
        "heart": [box(image, (0, 0), (2, 2), 0)],
    }
    save_contours(tmp_path / "rs.dcm", drawn)
    mask, findings = found(tmp_path, image, "rs.dcm", {"L1": 1, "L2Body": 2})
    assert findings == []
    assert np.array_equal(sitk.GetArrayFromImage(mask), sitk.GetArrayFromImage(blocks(image)))


def test_inner_contour_is_a_hole(image):
    outer, inner = box(image, (1.5, 1.5), (10.5, 10.5), 4), box(image, (3.5, 3.5), (6.5, 6.5), 4)
    filled, joined = fill_contours((outer, inner), image)
    assert (filled.sum(), joined) == (9 * 9 - 3 * 3, 0)
    assert np.array_equal(fill_contours((inner, outer), image)[0], filled)
    assert np.flatnonzero(filled.any(axis=(1, 2))).tolist() == [4]


def test_contour_with_a_keyhole_has_a_hole(image):
    outer, inner = box(image, (1.5, 1.5), (10.5, 10.5), 4), box(image, (3.5, 3.5), (6.5, 6.5), 4)
    keyhole = np.concatenate([outer, outer[:1], inner[::-1], inner[-1:]])
    assert fill_contours((keyhole,), image)[0].sum() == 9 * 9 - 3 * 3


def test_contour_that_is_there_twice_counts_once(image):
    outer, inner = box(image, (1.5, 1.5), (10.5, 10.5), 4), box(image, (3.5, 3.5), (6.5, 6.5), 4)
    for polygons in ((outer, outer), (outer, inner, outer, inner)):
        once = tuple({id(polygon): polygon for polygon in polygons}.values())
        filled, joined = fill_contours(polygons, image)
        assert joined == 0
        assert np.array_equal(filled, fill_contours(once, image)[0])


def test_contours_of_one_structure_that_cross_are_joined_and_for_review(tmp_path, image):
    pair = [box(image, (3.5, 2.5), (11.5, 8.5), 4), box(image, (3.5, 5.5), (11.5, 11.5), 4)]
    filled, joined = fill_contours(tuple(pair), image)
    assert (filled.sum(), joined) == (8 * 9, 1)
    save_contours(tmp_path / "rs.dcm", {"L1": pair})
    mask, findings = found(tmp_path, image, "rs.dcm", {"L1": 1})
    assert codes(findings) == [("mask_overlap", "review")]
    assert (sitk.GetArrayFromImage(mask) == 1).sum() == 8 * 9


@pytest.mark.parametrize(("kept", "severity"), [(True, "review"), (False, "exclude")])
def test_label_that_lies_between_the_slices_is_missed(tmp_path, image, kept, severity):
    fine = sitk.Image(20, 16, 80, sitk.sitkUInt8)
    fine.SetDirection(image.GetDirection())
    fine.SetSpacing((1.5, 1.25, 0.5))
    fine.SetOrigin(image.GetOrigin())
    array = np.zeros((80, 16, 20), dtype=np.uint8)
    array[27:29, 8:12, 4:12] = 2  # 13.5 to 14 mm from the first slice; slices lie at 12 and 16 mm
    if kept:
        array[20:30, 2:6, 4:12] = 1
    else:
        array[27:29, 2:6, 4:12] = 1
    mask = sitk.GetImageFromArray(array)
    mask.CopyInformation(fine)
    sitk.WriteImage(mask, str(tmp_path / "mask.nii.gz"))
    mask, findings = found(tmp_path, image)
    assert codes(findings) == [("mask_resampled", "note"), ("mask_empty", severity)]
    assert (mask is not None) == kept


@pytest.mark.parametrize(("level", "low"), [(4.5, (2, 2)), (10.0, (2, 2)), (-1.0, (2, 2)), (4.0, (-9, 2))])
def test_contours_outside_or_between_slices(image, level, low):
    with pytest.raises(ContoursMisplaced):
        fill_contours((box(image, low, (8, 8), level),), image)


def test_oblique_contour_is_refused(image):
    points = np.array(
        [image.TransformContinuousIndexToPhysicalPoint(index) for index in ((2, 2, 3), (9, 2, 5), (9, 9, 5), (2, 9, 3))]
    )
    with pytest.raises(ContoursMisplaced, match="not in a slice"):
        fill_contours((points,), image)


def test_contours_of_other_names_or_frames(tmp_path, image):
    save_contours(tmp_path / "rs.dcm", {"L1": [box(image, (3, 3), (9, 9), 4)]}, frame="1.2.3")
    mask, findings = found(tmp_path, image, "rs.dcm", {"L1": 1}, frame="4.5.6")
    assert mask is not None
    assert codes(findings) == [("mask_frame", "review")]
    mask, findings = found(tmp_path, image, "rs.dcm", {"T12": 1})
    assert (mask, codes(findings)) == (None, [("mask_labels", "exclude")])
    save_contours(tmp_path / "rs.dcm", {"L1": [], "L_1": []})
    assert codes(found(tmp_path, image, "rs.dcm", {"l1": 1})[1]) == [("mask_ambiguous", "exclude")]


@pytest.mark.parametrize(("used", "status", "severity"), [(True, "excluded", "exclude"), (False, "ok", "review")])
def test_bad_mask_stops_the_case_only_where_masks_are_used(tmp_path, run, used, status, severity):
    save(make_series(), tmp_path / "raw")
    sitk.WriteImage(sitk.Image(4, 4, 4, sitk.sitkUInt8), str(tmp_path / "raw" / "m.nii.gz"))
    result = run(tmp_path / "raw", masks=[{"pattern": "m.nii.gz"}], masks_used=used)
    assert result.status == status
    assert codes(result.findings) == [("mask_empty", severity)]
    assert "manual" not in result.files


def test_good_mask_lies_beside_the_image(tmp_path, run):
    save(make_series(), tmp_path / "raw" / "t2")
    run(tmp_path / "raw")
    image = sitk.ReadImage(str(tmp_path / "native" / "sub-A001_T2.nii.gz"))
    corners = box(image, (3.5, 3.5), (8.5, 9.5), 4)
    save_contours(tmp_path / "raw" / "rs.dcm", {"L1": [corners]})
    status = run(tmp_path / "raw", masks=[{"pattern": "rs.dcm"}], labels={"L1": 7})
    assert status.findings == []
    assert status.files["manual"]["path"] == "sub-A001_desc-manual_dseg.nii.gz"
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "native" / status.files["manual"]["path"])))
    assert (mask[4, 4:10, 4:9] == 7).all()
    assert (mask == 7).sum() == 30


def test_labels_that_share_contour_voxels_are_for_review(tmp_path, image):
    drawn = {"L1": [box(image, (2, 2), (8, 8), 4)], "L2": [box(image, (8, 2), (9, 8), 4)]}
    save_contours(tmp_path / "rs.dcm", drawn)
    mask, findings = found(tmp_path, image, "rs.dcm")
    assert codes(findings) == [("mask_overlap", "review")]
    assert findings[0]["value"] == {"L1 and L2": 7}
    assert (sitk.GetArrayFromImage(mask) == 2).sum() == 2 * 7


def test_nrrd_that_names_no_space_of_the_patient_is_refused(tmp_path, image):
    sitk.WriteImage(blocks(image), str(tmp_path / "mask.nrrd"), useCompression=False)
    content = (tmp_path / "mask.nrrd").read_bytes()
    assert codes(found(tmp_path, image, "mask.nrrd")[1]) == []
    (tmp_path / "mask.nrrd").write_bytes(content.replace(b"left-posterior-superior", b"scanner-xyz"))
    mask, findings = found(tmp_path, image, "mask.nrrd")
    assert (mask, codes(findings)) == (None, [("mask_grid", "exclude")])
    assert "scanner-xyz" in findings[0]["message"]
