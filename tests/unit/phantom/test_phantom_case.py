"""The files of one patient: real DICOM, marked as synthetic, on the grid of the mask, the same bytes each time."""

from __future__ import annotations

import hashlib

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from osteon.phantom.case import write_case
from osteon.phantom.cohort import sample_cohort
from osteon.phantom.dicom import stable_uid

ROLES = {"S02": "T1", "S03": "T2", "S04": "FST2"}


@pytest.fixture(scope="module")
def row(parameters):
    return sample_cohort(parameters, "B", 1, seed=8).to_dict("records")[0]


@pytest.fixture(scope="module")
def case(tmp_path_factory, parameters, row):
    folder = tmp_path_factory.mktemp("case") / "sub-B001"
    write_case(folder, row, parameters, "small")
    return folder


def headers(folder):
    return [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_files(case, row):
    assert {path.name for path in (case / "dicom").iterdir()} == {"S01", "S02", "S03", "S04", "AUTORUN.INF"}
    assert [len(list((case / "dicom" / name).iterdir())) for name in ("S01", *ROLES)] == [3, 9, 9, 9]
    assert [path.name for path in (case / "truth").iterdir()] == ["sub-B001_dseg.nii.gz"]


@pytest.mark.slow
def test_the_same_participant_gives_the_same_bytes_over_an_older_case(case, tmp_path, parameters, row):
    (tmp_path / "dicom" / "S02").mkdir(parents=True)
    (tmp_path / "dicom" / "S02" / "IM002_099.dcm").write_bytes(b"left over")
    write_case(tmp_path, row, parameters, "small")
    assert digests(tmp_path) == digests(case)


@pytest.mark.parametrize("series", ROLES)
def test_mask_and_series_share_the_grid(case, series):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(case / "dicom" / series)))
    image = reader.Execute()
    mask = sitk.ReadImage(str(case / "truth" / "sub-B001_dseg.nii.gz"))
    assert mask.GetPixelID() == sitk.sitkUInt8
    assert image.GetSize() == mask.GetSize()
    for get in ("GetSpacing", "GetOrigin", "GetDirection"):
        np.testing.assert_allclose(getattr(image, get)(), getattr(mask, get)(), atol=1e-4)


@pytest.mark.parametrize("series", ROLES)
def test_headers_carry_the_protocol(case, parameters, series):
    hospital = parameters.hospital("B")
    sequence = hospital.sequences[ROLES[series]]
    for number, header in enumerate(headers(case / "dicom" / series), start=1):
        assert header.SeriesDescription == sequence.description
        assert (header.RepetitionTime, header.EchoTime) == (sequence.tr, sequence.te)
        assert ("FS" in header.ScanOptions) == sequence.fat_saturation
        assert (header.MagneticFieldStrength, header.ManufacturerModelName) == (1.5, "SIGNA Explorer")
        assert header.InstanceNumber == number
        assert header.ImagesInAcquisition == 9
        assert header.PixelSpacing[0] == pytest.approx(hospital.fov / 128)
        assert header.SpacingBetweenSlices == pytest.approx(5.5)
        assert header.pixel_array.dtype == np.int16
        assert header.pixel_array.max() > 1000


def test_every_file_says_that_it_is_synthetic(case):
    everything = [header for name in ("S01", *ROLES) for header in headers(case / "dicom" / name)]
    for header in everything:
        assert header.QualityControlSubject == header.PatientIdentityRemoved == "YES"
        assert str(header.PatientName) == "SYNTHETIC^B001"
        assert "SYNTHETIC" in header.DeidentificationMethod
        assert "NOT A PATIENT" in header.ImageComments
        assert header.InstitutionName == "SIMULATED HOSPITAL B"
    assert len({header.SOPInstanceUID for header in everything}) == len(everything) == 30
    assert len({header.SeriesInstanceUID for header in everything}) == 4
    assert len({header.StudyInstanceUID for header in everything}) == 1
    assert len({header.FrameOfReferenceUID for header in everything}) == 1
    assert all(header.SOPInstanceUID.is_valid for header in everything)


def test_patient_header_follows_the_participant(case, row):
    header = headers(case / "dicom" / "S02")[0]
    assert header.PatientID == row["subject"]
    assert header.PatientSex == row["sex"][0].upper()
    assert header.PatientAge == f"{row['age']:03d}Y"


def test_the_localizer_has_three_orientations(case):
    images = headers(case / "dicom" / "S01")
    normals = [np.cross(image.ImageOrientationPatient[:3], image.ImageOrientationPatient[3:]) for image in images]
    np.testing.assert_allclose(np.abs(normals).sum(axis=0), 1, atol=1e-6)
    assert images[0].ImageType[2] == "LOCALIZER"


def test_uids_depend_on_their_parts_only():
    assert stable_uid("a", 1) == stable_uid("a", 1) != stable_uid("a", 2)
    assert len(stable_uid("a", 1)) <= 64
