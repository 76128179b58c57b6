"""DICOM SEG: frames land in the slices that they name, whatever is left out, reordered or cut off."""

from __future__ import annotations

import highdicom
import numpy as np
import pytest
import SimpleITK as sitk

from helpers.dicom_series import AXIAL, FRAME_OF_REFERENCE, SAGITTAL, make_series, save, shift
from helpers.masks import LABELS, OBLIQUE, drawn, image_of, voxels, write_dicom_seg
from osteon.config.delivery import MaskChecks, MaskReading
from osteon.ingest.delivery import Native
from osteon.ingest.mask_files import find_masks
from osteon.ingest.masks import manual_mask
from osteon.ingest.segment_dicom import read_segmentation
from osteon.ingest.series import series_key

# the drawn L2 has a gap of one slice
CHECKS = MaskChecks(one_component=False)


@pytest.fixture
def slices():
    return make_series(orientation=OBLIQUE)


@pytest.fixture
def image(slices):
    return image_of(slices)


def read(folder, image, labels=LABELS, **native):
    files = find_masks(folder, MaskReading(pattern="seg.dcm"), "A001")
    return manual_mask(files, Native(image, {}, **native), labels, CHECKS)


def codes(findings):
    return [(entry["code"], entry["severity"]) for entry in findings]


def parts(mask):
    return {name: voxels(mask) == value for name, value in LABELS.items()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("orientation", [SAGITTAL, AXIAL, OBLIQUE])
def test_every_kind_comes_back_voxel_for_voxel(tmp_path, kind, orientation):
    slices = make_series(orientation=orientation)
    image = image_of(slices)
    segments = parts(drawn(image))
    if kind == "FRACTIONAL":  # 0.4 around, which does not count, 0.6 inside
        segments = {name: np.where(inside, 0.6, 0.4) for name, inside in segments.items()}
    made = write_dicom_seg(tmp_path / "seg.dcm", slices, segments, kind)
    if kind == "BINARY":
        assert made.NumberOfFrames == 7  # four slices of L1, three of L2: the empty ones are not in the file
    mask, findings = read(tmp_path, image)
    assert findings == []
    assert np.array_equal(voxels(mask), voxels(drawn(image)))


@pytest.mark.slow
def test_the_same_as_highdicoms_volume(tmp_path, slices, image):
    write_dicom_seg(tmp_path / "seg.dcm", slices, parts(drawn(image)))
    ours = read_segmentation(tmp_path / "seg.dcm", image)
    theirs = highdicom.seg.segread(tmp_path / "seg.dcm").get_volume()
    assert theirs.spatial_shape == ours.segments[0].inside.shape
    axes, steps = np.reshape(ours.grid.GetDirection(), (3, 3)), np.array(ours.grid.GetSpacing())
    # highdicom may count its slices from the other end; compare the points of the voxels that are drawn
    for number, segment in enumerate(ours.segments):
        points = np.argwhere(segment.inside)[:, ::-1] * steps @ axes.T + ours.grid.GetOrigin()
        indices = np.argwhere(theirs.array[..., number])
        expected = np.c_[indices, np.ones(len(indices))] @ theirs.affine.T
        order, other = np.lexsort(np.round(points, 3).T), np.lexsort(np.round(expected[:, :3], 3).T)
        np.testing.assert_allclose(points[order], expected[other, :3], atol=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        lambda image: sitk.DICOMOrient(image, "RAS"),
        lambda image: sitk.Flip(image, (False, True, True)),
        lambda image: image[2:15, 1:15, 1:9],
    ],
)
def test_the_image_may_be_flipped_reordered_or_cut(tmp_path, slices, image, change):
    order = [4, 0, 9, 2, 7, 1, 8, 3, 6, 5]
    segments = {name: inside[order] for name, inside in parts(drawn(image)).items()}
    write_dicom_seg(tmp_path / "seg.dcm", [slices[number] for number in order], segments)
    target = change(image)
    mask, findings = read(tmp_path, target)
    assert findings == []
    assert np.array_equal(voxels(mask), voxels(change(drawn(image))))


@pytest.mark.parametrize("spacing_said", [True, False])
def test_one_frame_and_frames_far_apart(tmp_path, slices, image, spacing_said):
    """The slices between are empty, whether the file gives the distance of its slices or not."""
    for levels in ([4], [2, 6], [1, 4, 8]):
        inside = np.zeros(voxels(image).shape, dtype=bool)
        inside[levels, 3:7, 5:9] = True
        made = write_dicom_seg(tmp_path / "seg.dcm", slices, {"L1": inside})
        if not spacing_said:
            del made.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices
            made.save_as(tmp_path / "seg.dcm")
        mask, _ = read(tmp_path, image, {"L1": 1})
        assert np.array_equal(voxels(mask) == 1, inside)


def test_on_another_grid_it_is_resampled_in_space(tmp_path, slices, image):
    """Drawn on slices three times as fine, 1 mm aside: each voxel takes the label of the plane nearest to it."""
    fine = make_series(orientation=OBLIQUE, count=30, step=1.3333)
    for item in fine:
        shift(item, along=2, distance=1.0)
    inside = np.zeros((30, 16, 20), dtype=bool)
    inside[[10, 11, 13, 20], 3:7, 5:9] = True
    write_dicom_seg(tmp_path / "seg.dcm", fine, {"L1": inside})
    mask, findings = read(tmp_path, image, {"L1": 1})
    assert codes(findings) == [("mask_resampled", "note")]
    # slices 4, 5 and 7 of the image, at 16, 20 and 28 mm, are nearest to the planes 11, 14 and 20
    expected = np.zeros((10, 16, 20), dtype=bool)
    expected[[4, 7], 3:7, 5:9] = True
    assert np.array_equal(voxels(mask) == 1, expected)


def frames(made):
    return made.PerFrameFunctionalGroupsSequence


def move(made, axis, distance):
    position = frames(made)[-1].PlanePositionSequence[0]
    moved = [float(value) for value in position.ImagePositionPatient]
    moved[axis] += distance
    position.ImagePositionPatient = moved


def shear(made):
    move(made, 2, 5)


def irregular(made):
    move(made, 0, 1.5)


def far_away(made):
    move(made, 0, -4e6)


def no_position(made):
    del frames(made)[2].PlanePositionSequence


def no_segments(made):
    del made.SegmentSequence


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (shear, "mask_grid", "shifted against each other"),
        (irregular, "mask_grid", "regular distances"),
        (far_away, "mask_grid", "planes of 4 mm"),
        (no_position, "mask_grid", "no ImagePositionPatient"),
        (no_segments, "mask_unreadable", "cannot be read as DICOM SEG"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, slices, image, spoil, code, words):
    made = write_dicom_seg(tmp_path / "seg.dcm", slices, parts(drawn(image)))
    spoil(made)
    made.save_as(tmp_path / "seg.dcm")
    mask, findings = read(tmp_path, image)
    assert (mask, codes(findings)) == (None, [(code, "exclude")])
    assert words in findings[0]["message"]


def test_outside_the_image_is_refused(tmp_path, slices, image):
    write_dicom_seg(tmp_path / "seg.dcm", slices, parts(drawn(image)))
    mask, findings = read(tmp_path, image[:, :, :5])
    assert (mask, codes(findings)) == (None, [("mask_grid", "exclude")])


def test_names_and_overlaps(tmp_path, slices, image):
    first, second = parts(drawn(image)).values()
    write_dicom_seg(
        tmp_path / "seg.dcm", slices, {"第一腰椎": first, "l2-body": second}, SpecificCharacterSet="ISO_IR 192"
    )
    mask, findings = read(tmp_path, image, {"第一腰椎": 1, "L2body": 2})
    assert findings == []
    assert np.array_equal(voxels(mask), voxels(drawn(image)))
    write_dicom_seg(tmp_path / "seg.dcm", slices, {"L1": first, "L2": first | second})
    mask, findings = read(tmp_path, image)
    assert (mask, codes(findings)) == (None, [("mask_overlap", "exclude")])
    assert "L1 and L2" in findings[0]["message"]


def test_what_it_was_drawn_on(tmp_path, slices, image):
    write_dicom_seg(tmp_path / "seg.dcm", slices, parts(drawn(image)))
    series = series_key(slices[0].SeriesInstanceUID)
    assert read(tmp_path, image, series=series, frame_of_reference=FRAME_OF_REFERENCE)[1] == []
    mask, findings = read(tmp_path, image, series=series_key("1.2"), frame_of_reference="1.2.3")
    assert mask is not None
    assert codes(findings) == [("mask_frame", "review"), ("mask_frame", "note")]
    assert findings[1]["value"] == [series]


def test_beside_the_images_of_its_case(tmp_path, run):
    """The file is DICOM with pixels, and still no image of the case."""
    slices = make_series()
    segments = parts(drawn(image_of(slices)))
    save(slices, tmp_path / "raw" / "t2")
    write_dicom_seg(tmp_path / "raw" / "seg.dcm", slices, segments)
    status = run(
        tmp_path / "raw",
        masks=[{"pattern": "seg.dcm"}],
        masks_used=True,
        labels=LABELS,
        mask_checks=CHECKS.model_dump(),
    )
    assert status.ok, status.detail
    assert status.findings == []
    native = sitk.ReadImage(str(tmp_path / "native" / "sub-A001_T2.nii.gz"))
    mask = sitk.ReadImage(str(tmp_path / "native" / status.files["manual"]["path"]))
    truth = sitk.DICOMOrient(drawn(image_of(slices)), "LPS")
    assert np.array_equal(voxels(sitk.DICOMOrient(mask, "LPS")), voxels(truth))
    assert (mask.GetSize(), mask.GetOrigin()) == (native.GetSize(), native.GetOrigin())
