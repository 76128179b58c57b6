"""Real series of six vendors are de-identified without a loss to their images.

Data: test data of dicom2nifti (icometrix, MIT); Siemens mosaics of dcm_qa_nih.
"""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from osteon.config.delivery import IngestSettings
from osteon.deidentify.pseudonyms import Pseudonyms
from osteon.deidentify.run import deidentify_folder
from osteon.ingest.case import ingest_case
from osteon.ingest.rules import SeriesRules

SERIES = [
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
ANY_SERIES = SeriesRules.model_validate({"rules": [{"name": "any image", "role": "T1"}]})
PSEUDONYMS = Pseudonyms(bytes(range(32)))


@pytest.mark.slow
@pytest.mark.parametrize("series", SERIES)
def test_series_equals_the_reference_volume_after_de_identification(shared, tmp_path, series):
    vendors = shared / "reference" / "dicom" / "vendors"
    outcome = deidentify_folder(vendors / series, tmp_path / "target", PSEUDONYMS)
    assert not outcome.refused
    for path in (tmp_path / "target").rglob("*.dcm"):
        assert not [element for element in pydicom.dcmread(path).iterall() if element.tag.is_private]
    settings = IngestSettings(source="dicom", sequences=["T1"], reference="T1", labels={"L1": 1})
    status = ingest_case(
        tmp_path / "target" / PSEUDONYMS.patient(outcome.patients[0]),
        "X",
        "X1",
        settings=settings,
        rules=ANY_SERIES,
        overrides=[],
        native_folder=tmp_path / "native",
    )
    assert status.ok, status.detail
    ours, truth = (
        sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")
        for path in (tmp_path / "native" / "sub-X1_T1.nii.gz", vendors / f"{series}_ground_truth.nii.gz")
    )
    # the same tolerances as for the series as they came: the reference is stored in another precision
    np.testing.assert_allclose(
        sitk.GetArrayFromImage(ours).astype(float), sitk.GetArrayFromImage(truth).astype(float), rtol=1e-6, atol=0
    )
    assert ours.GetOrigin() == pytest.approx(truth.GetOrigin(), abs=1e-4)
    assert ours.GetSpacing() == pytest.approx(truth.GetSpacing(), abs=1e-4)


@pytest.mark.parametrize("number", ["0003", "0004", "0005", "0006"])
def test_mosaics_are_refused_because_their_geometry_is_private(shared, tmp_path, number):
    folder = shared / "reference" / "dicom" / "dcm_qa_nih_siemens" / "In" / "20180918Si" / f"mr_{number}"
    outcome = deidentify_folder(folder, tmp_path / "target", PSEUDONYMS)
    assert {str(result.refusal) for result in outcome.refused} == {"mosaic", "not_dicom"}
    assert outcome.written == 0
    assert outcome.needs_a_look


@pytest.mark.slow
@pytest.mark.parametrize("patient", ["STS_019", "STS_025"])
def test_contours_of_real_patients_refer_to_the_images_as_before(shared, tmp_path, patient):
    source = shared / "reference" / "sts_mr" / "dicom" / patient
    outcome = deidentify_folder(source, tmp_path / "target", PSEUDONYMS)
    assert not outcome.needs_a_look
    found = [pydicom.dcmread(path) for path in (tmp_path / "target").rglob("*.dcm")]
    uids = {item.SOPInstanceUID for item in found if item.Modality == "MR"}
    (contours,) = [item for item in found if item.Modality == "RTSTRUCT"]
    assert contours.StructureSetROISequence[0].ROIName.startswith("GTV_Mass")
    referenced = {
        reference.ReferencedSOPInstanceUID
        for contour in contours.ROIContourSequence[0].ContourSequence
        for reference in contour.ContourImageSequence
    }
    assert referenced
    before = [pydicom.dcmread(path, force=True, stop_before_pixels=True) for path in source.rglob("*.dcm")]
    known = {item.SOPInstanceUID for item in before if item.Modality == "MR"}
    (drawn,) = [item for item in before if item.Modality == "RTSTRUCT"]
    once = {
        reference.ReferencedSOPInstanceUID
        for contour in drawn.ROIContourSequence[0].ContourSequence
        for reference in contour.ContourImageSequence
    }
    assert len(referenced & uids) == len(once & known)
    assert not referenced & once
