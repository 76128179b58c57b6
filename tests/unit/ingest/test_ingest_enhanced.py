"""Enhanced multi-frame files get the same roles, checks and voxels as the classic series that they stand for."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from helpers.dicom_defects import DEFECTS
from helpers.dicom_enhanced import enhanced, enhanced_ct, legacy, to_ct
from helpers.dicom_formats import save_in
from helpers.dicom_series import AXIAL, make_series, new_uid, pixels, save
from osteon.ingest.index import index_source
from osteon.ingest.rules import SeriesRules
from osteon.ingest.series import group_series

FRAME_DEFECTS = (
    "inner slice missing",
    "two inner slices missing",
    "first slice missing",
    "slices further apart from the middle on",
    "one slice moved along the normal",
    "one slice moved in its plane",
    "gantry tilt",
    "other pixels at one position",
    "two time points",
    "constant image",
)
CT_RULES = SeriesRules.model_validate({"rules": [{"name": "CT", "role": "CT", "modality": {"any": ["CT"]}}]})
ANY_MR = SeriesRules.model_validate({"rules": [{"name": "MR", "role": "T2"}]})


def series_in(folder):
    return group_series(index_source(folder).images)


def voxels(tmp_path, role="T2"):
    """Voxels (slice, row, column) in the order of a sagittal series as the helpers write it."""
    image = sitk.DICOMOrient(sitk.ReadImage(str(tmp_path / "native" / f"sub-A001_{role}.nii.gz")), "LPS")
    return sitk.GetArrayFromImage(image).transpose(2, 0, 1)[::-1, ::-1]


@pytest.mark.slow
@pytest.mark.parametrize("make", [enhanced, legacy])
@pytest.mark.parametrize("role", ["T1", "T2", "FST2"])
def test_one_file_plays_the_role_of_its_series(tmp_path, run, make, role):
    slices = make_series(role)
    made = make(slices, "FAT") if make is enhanced and role == "FST2" else make(slices)
    save([made], tmp_path / "raw")
    status = run(tmp_path / "raw", (role,))
    assert status.ok, status.detail
    assert status.findings == []
    assert np.array_equal(voxels(tmp_path, role), pixels(slices))
    facts = status.extra["sequences"][role]
    assert facts["EchoTime"] == pytest.approx(float(slices[0].EchoTime) / 1000)
    assert facts["RepetitionTime"] == pytest.approx(float(slices[0].RepetitionTime) / 1000)
    assert facts["EchoTrainLength"] == 15


def test_physics_of_enhanced_mr_is_found_in_its_groups(tmp_path):
    save([enhanced(make_series("FST2"), "FAT", "BOTH", 160.0)], tmp_path)
    head = series_in(tmp_path)[0].head
    assert head["ScanningSequence"] == ("SE", "GR", "IR")
    assert head["ScanOptions"] == ("FS",)
    assert (head["InversionTime"], head["EchoTime"], head["FlipAngle"]) == (160.0, 43.0, 150.0)
    assert head["SequenceName"] == "tse2d"
    assert (head["AcquisitionDate"], head["AcquisitionTime"]) == ("20240102", "101500")


@pytest.mark.parametrize(("suppression", "found"), [("NONE", False), ("WATER", False), ("FAT", True)])
def test_only_suppressed_fat_counts_as_fat_suppression(tmp_path, suppression, found):
    save([enhanced(make_series("T2"), suppression)], tmp_path)
    assert ("ScanOptions" in series_in(tmp_path)[0].head) == found


def test_inversion_recovery_is_not_taken_for_t2(tmp_path, run):
    save([enhanced(make_series("T2"), inversion=160.0)], tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.reason == "sequence_missing"
    assert status.extra["series"][0]["reason"] == "inversion recovery (STIR, FLAIR)"


def test_type_of_mixed_files_is_that_of_their_frames(tmp_path):
    made = enhanced(make_series())
    made.ImageType = ["ORIGINAL", "PRIMARY", "MIXED", "MIXED"]
    for group in made.PerFrameFunctionalGroupsSequence:
        group.MRImageFrameTypeSequence[0].FrameType = ["ORIGINAL", "PRIMARY", "M", "NONE"]
        group.MRImageFrameTypeSequence[0].ComplexImageComponent = "PHASE"
    save([made], tmp_path)
    assert series_in(tmp_path)[0].head["ImageType"] == ("ORIGINAL", "PRIMARY", "M", "NONE", "PHASE")


@pytest.mark.slow
@pytest.mark.parametrize("defect", FRAME_DEFECTS)
def test_defect_among_frames_is_refused_with_its_code(tmp_path, run, lumbar, defect):
    change, code = DEFECTS[defect]
    rules = lumbar.model_copy(update={"rules": [rule for rule in lumbar.rules if rule.slices is None]})
    save([enhanced(change(make_series()))], tmp_path / "raw")
    status = run(tmp_path / "raw", rules=rules)
    assert (status.status, status.reason) == ("excluded", code), status.detail


@pytest.mark.slow
@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless, JPEGLSLossless, JPEG2000Lossless]
)
def test_multiframe_in_any_syntax_keeps_its_voxels(tmp_path, run, syntax):
    slices = make_series(rows=32, columns=40)
    save_in(syntax, [enhanced(slices)], tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert np.array_equal(voxels(tmp_path), pixels(slices))


def test_rescaling_of_each_frame_is_applied(tmp_path, run):
    slices = make_series()
    for number, item in enumerate(slices):
        item.RescaleSlope, item.RescaleIntercept = f"{1 + number / 4}", f"{number}"
    save([enhanced(slices)], tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    scale = 1 + np.arange(10)[:, None, None] / 4
    assert np.allclose(voxels(tmp_path), pixels(slices) * scale + np.arange(10)[:, None, None], rtol=1e-6)


@pytest.mark.parametrize("make", [enhanced_ct, legacy])
def test_ct_in_one_file_gives_hounsfield_units_and_its_tags(tmp_path, run, make):
    slices = to_ct(make_series(orientation=AXIAL), "Br40")
    save([make(slices)], tmp_path / "raw")
    status = run(tmp_path / "raw", ("CT",), rules=CT_RULES)
    assert status.ok, status.detail
    head = series_in(tmp_path / "raw")[0].head
    assert (head["KVP"], head["ConvolutionKernel"]) == (120.0, ("BR40",))
    assert (head["RescaleSlope"], head["RescaleIntercept"]) == (1.0, -1024.0)
    image = sitk.DICOMOrient(sitk.ReadImage(str(tmp_path / "native" / "sub-A001_CT.nii.gz")), "LPS")
    assert np.array_equal(sitk.GetArrayFromImage(image), pixels(slices).astype(int) - 1024)


@pytest.mark.parametrize("contrast", [True, False])
def test_contrast_agent_of_enhanced_ct_is_seen(tmp_path, contrast):
    save([enhanced_ct(to_ct(make_series(orientation=AXIAL)), contrast)], tmp_path)
    assert ("ContrastBolusAgent" in series_in(tmp_path)[0].head) == contrast


def test_more_frames_than_places_are_refused(tmp_path, run):
    made = enhanced(make_series())
    del made.PerFrameFunctionalGroupsSequence[4]
    save([made], tmp_path / "raw")
    status = run(tmp_path / "raw", rules=ANY_MR)
    assert status.reason == "geometry_missing", status.detail


def in_parts(slices):
    """The volume in two files that belong together."""
    parts = [enhanced(slices[:6]), enhanced(slices[6:])]
    for number, part in enumerate(parts, start=1):
        part.InConcatenationNumber, part.InConcatenationTotalNumber = number, 2
        part.ConcatenationUID = slices[0].SeriesInstanceUID
        new_uid(part, "part", number)
        for group in part.PerFrameFunctionalGroupsSequence if number == 2 else ():
            assert group.FrameContentSequence[0].InStackPositionNumber > 6
    return parts


def test_volume_in_two_files_is_put_together(tmp_path, run):
    slices = make_series()
    save(in_parts(slices), tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert np.array_equal(voxels(tmp_path), pixels(slices))


@pytest.mark.parametrize("lost", [0, 1])
def test_lost_part_of_a_volume_is_missed(tmp_path, run, lost):
    parts = in_parts(make_series())
    save([parts[1 - lost]], tmp_path / "raw")
    assert run(tmp_path / "raw", rules=ANY_MR).reason == "slice_missing"
