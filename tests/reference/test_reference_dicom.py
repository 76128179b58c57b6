"""Real DICOM of six vendors and two sarcoma patients: right where it is good, refused where it is not.

Volumes: test data of dicom2nifti (icometrix, MIT). Sarcoma: IBSI data sets, TCIA Soft-tissue-Sarcoma (CC BY 3.0).
"""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.delivery import IngestSettings
from osteon.images.masks import dice
from osteon.ingest.case import ingest_case
from osteon.ingest.conversion import AFFINE_TOLERANCE_MM
from osteon.ingest.convert import affine_difference
from osteon.ingest.index import index_source
from osteon.ingest.rules import Checks, SeriesRules, load_rules
from osteon.ingest.series import group_series
from osteon.ingest.volume import check_series

GOOD = [
    "ge/anatomical/001",
    "siemens/anatomical/001",
    "philips/anatomical/001",
    "hitachi/anatomical/001",
    "hyperfine/anatomical/001",
    "generic/anatomical/001",
    "generic/anatomical/002_non_isotropic",
    "generic/compressed/001",
    "generic/compressed_j2k/001",
    "generic/compressed_jpeg/001",
    "generic/compressed_jpegls/001",
    "generic/compressed_rle/001",
]
FAILING = {
    "gantrytilting/001": "slices_sheared",
    "notavolume/001": "not_a_volume",
    "slicecount/001": "not_a_volume",
    "sliceincrement/001": "slice_missing",
    "sliceincrement/002": "slice_missing",
    "sliceorientation/001": "orientation_mixed",
}
ANY_SERIES = SeriesRules.model_validate({"rules": [{"name": "any image", "role": "T1"}]})


@pytest.fixture
def ingest(tmp_path):
    def call(folder, rules=ANY_SERIES, **settings):
        common = {"source": "dicom", "sequences": ["T1"], "reference": "T1", "labels": {"GTV_Mass": 1}}
        return ingest_case(
            folder,
            "X",
            "X1",
            settings=IngestSettings(**common, allow_identifiable=True, **settings),
            rules=rules,
            overrides=[],
            native_folder=tmp_path,
        )

    return call


def voxels(path):
    """Image with axes along left, posterior, superior: converters reorder and flip axes, which moves no voxel."""
    return sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")


@pytest.mark.slow
@pytest.mark.parametrize("series", GOOD)
def test_good_series_equals_the_reference_volume(shared, tmp_path, ingest, series):
    vendors = shared / "reference" / "dicom" / "vendors"
    status = ingest(vendors / series)
    assert status.ok, status.detail
    ours, truth = voxels(tmp_path / "sub-X1_T1.nii.gz"), voxels(vendors / f"{series}_ground_truth.nii.gz")
    # one reference volume is stored as 64-bit reals, ours as 32-bit ones: equal to the last 32-bit digit
    np.testing.assert_allclose(
        sitk.GetArrayFromImage(ours).astype(float), sitk.GetArrayFromImage(truth).astype(float), rtol=1e-6, atol=0
    )
    # the reference's affine is rounded more coarsely than the headers, by up to 5e-5 mm
    assert ours.GetOrigin() == pytest.approx(truth.GetOrigin(), abs=1e-4)
    assert ours.GetSpacing() == pytest.approx(truth.GetSpacing(), abs=1e-4)


@pytest.mark.parametrize("series", FAILING)
def test_failing_series_is_refused_with_its_code(shared, ingest, tmp_path, series):
    status = ingest(shared / "reference" / "dicom" / "vendors" / "failing" / series)
    assert (status.status, status.reason) == ("excluded", FAILING[series]), status.detail
    assert list(tmp_path.iterdir()) == []


def test_single_slice_is_no_volume(shared, ingest):
    status = ingest(shared / "reference" / "dicom" / "vendors" / "ge" / "anatomical" / "001_single_slice")
    assert status.reason == "not_a_volume"


MOSAICS = {"0003": "EPI_PE=AP_3", "0004": "EPI_PE=PA_4", "0005": "EPI_PE=RL_5", "0006": "EPI_PE=LR_6"}


@pytest.mark.parametrize("number", MOSAICS)
def test_mosaic_series_of_two_volumes_is_refused_unless_a_rule_names_one(shared, ingest, number):
    status = ingest(shared / "reference" / "dicom" / "dcm_qa_nih_siemens" / "In" / "20180918Si" / f"mr_{number}")
    assert status.reason == "several_volumes"


@pytest.mark.slow
@pytest.mark.parametrize("volume", [1, 2])
@pytest.mark.parametrize("number", MOSAICS)
def test_each_volume_of_a_mosaic_series_equals_the_reference(shared, tmp_path, ingest, number, volume):
    source = shared / "reference" / "dicom" / "dcm_qa_nih_siemens"
    rules = SeriesRules.model_validate({"rules": [{"name": "any image", "role": "T1", "volume": volume}]})
    status = ingest(source / "In" / "20180918Si" / f"mr_{number}", rules)
    assert status.ok, status.detail
    ours = sitk.ReadImage(str(tmp_path / "sub-X1_T1.nii.gz"))
    truth = sitk.ReadImage(str(source / "Ref" / f"{MOSAICS[number]}.nii"))[:, :, :, volume - 1]
    assert np.array_equal(sitk.GetArrayFromImage(ours), sitk.GetArrayFromImage(truth))
    # a three-dimensional cut of SimpleITK keeps spacing, origin and direction of the first three axes
    for ours_part, truth_part in (
        (ours.GetSpacing(), truth.GetSpacing()),
        (ours.GetOrigin(), truth.GetOrigin()),
        (ours.GetDirection(), truth.GetDirection()),
    ):
        assert ours_part == pytest.approx(truth_part, abs=AFFINE_TOLERANCE_MM)


def test_volume_that_a_series_does_not_hold_is_refused(shared, ingest):
    folder = shared / "reference" / "dicom" / "dcm_qa_nih_siemens" / "In" / "20180918Si" / "mr_0003"
    rules = SeriesRules.model_validate({"rules": [{"name": "any image", "role": "T1", "volume": 3}]})
    status = ingest(folder, rules)
    assert status.reason == "several_volumes"
    assert "asks for volume 3, the series holds 2" in status.detail


def test_affine_comparison_sees_a_shift_a_flip_and_a_wrong_size(shared, tmp_path, ingest):
    folder = shared / "reference" / "dicom" / "vendors" / "philips" / "anatomical" / "001"
    assert ingest(folder).ok
    (series,) = group_series(index_source(folder).images)
    stack = check_series(series, folder, Checks()).stack
    image = sitk.ReadImage(str(tmp_path / "sub-X1_T1.nii.gz"))
    assert affine_difference(stack, image) < AFFINE_TOLERANCE_MM
    assert affine_difference(stack, image[::-1, :, :]) < AFFINE_TOLERANCE_MM
    assert affine_difference(stack, image[1:, :, :]) == float("inf")
    image.SetOrigin([value + 0.01 for value in image.GetOrigin()])
    assert affine_difference(stack, image) == pytest.approx(0.01, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("patient", ["STS_019", "STS_025"])
def test_sarcoma_image_and_contours_equal_the_shipped_ones(root, shared, tmp_path, ingest, patient):
    study = shared / "reference" / "sts_mr"
    rules = load_rules(root / "config" / "series_rules" / "single_mr.yaml", ["T1"])
    status = ingest(study / "dicom" / patient, rules, masks=[{"pattern": "MR_T1/mask/*.dcm"}], masks_used=True)
    assert status.ok, status.detail
    # the folder's label in these tests is not the collection's id
    assert [entry for entry in status.findings if entry["code"] != "subject_differs"] == []
    image, truth = voxels(tmp_path / "sub-X1_T1.nii.gz"), voxels(study / "nifti" / patient / "MR_T1_image.nii.gz")
    assert np.array_equal(sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(truth))
    mask = voxels(tmp_path / "sub-X1_desc-manual_dseg.nii.gz")
    drawn = sitk.Cast(voxels(study / "nifti" / patient / "MR_T1_mask.nii.gz") > 0.5, sitk.sitkUInt8)
    assert dice(drawn, mask, 1) == 1.0
