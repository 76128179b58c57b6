"""Series of MR images as DICOM files, marked as synthetic in every header."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage

from osteon.phantom.parameters import Hospital, PulseSequence

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "phantom.osteon")
EXAMINATION_DATE = "20230105"
TOP = 2600.0  # pixel value of the 99.5th percentile of a series


@dataclass(frozen=True)
class Slice:
    """One image: pixels (rows, columns), middle of its first pixel, and the directions of rows and columns, mm."""

    pixels: np.ndarray
    position: np.ndarray
    row_direction: np.ndarray
    column_direction: np.ndarray


@dataclass(frozen=True)
class Series:
    """What the headers of a series say beside the patient and the scanner; mm and ms."""

    number: int
    description: str
    sequence: PulseSequence
    matrix: tuple[int, int]
    pixel_spacing: float
    thickness: float
    spacing: float
    slices: list[Slice]
    image_type: list[str]


def stable_uid(*parts: object) -> UID:
    """UID that depends on the parts only (root 2.25, a name-based UUID)."""
    return UID(f"2.25.{uuid.uuid5(NAMESPACE, '/'.join(map(str, parts))).int}")


def write_series(folder: Path, series: Series, participant: Mapping, hospital_name: str, hospital: Hospital) -> None:
    """Write one file per slice, IM<series>_<slice>.dcm, with signed 16-bit pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    shared = _shared_header(series, participant, hospital_name, hospital)
    stack = np.stack([image.pixels for image in series.slices])
    stack = np.clip(np.rint(stack * (TOP / np.percentile(stack, 99.5))), 0, 32767).astype("<i2")
    shared.WindowCenter, shared.WindowWidth = (f"{np.percentile(stack, q):.0f}" for q in (60, 99))
    for index, image in enumerate(series.slices):
        dataset = Dataset()
        dataset.update(shared)
        dataset.SOPInstanceUID = stable_uid(shared.SeriesInstanceUID, index)
        dataset.InstanceNumber = index + 1
        dataset.ImagePositionPatient = [f"{value:.6f}" for value in image.position]
        dataset.ImageOrientationPatient = [f"{v:.8f}" for v in (*image.row_direction, *image.column_direction)]
        normal = np.cross(image.row_direction, image.column_direction)
        dataset.SliceLocation = f"{image.position @ normal:.6f}"
        dataset.PixelData = stack[index].tobytes()
        dataset["PixelData"].VR = "OW"
        dataset.file_meta = _file_meta(dataset)
        dataset.save_as(folder / f"IM{series.number:03d}_{index + 1:03d}.dcm", enforce_file_format=True)


def _file_meta(dataset: Dataset) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = stable_uid("implementation")
    meta.ImplementationVersionName = "OSTEON_PHANTOM"
    return meta


def _shared_header(series: Series, participant: Mapping, hospital_name: str, hospital: Hospital) -> Dataset:
    """Everything that all images of a series have in common."""
    subject = participant["subject"]
    visit = (hospital_name, subject, participant["seed"])
    header = Dataset()
    header.SpecificCharacterSet = "ISO_IR 192"
    header.ImageType = series.image_type
    header.SOPClassUID = MRImageStorage
    header.StudyInstanceUID = stable_uid(*visit)
    header.SeriesInstanceUID = stable_uid(*visit, series.number)
    header.FrameOfReferenceUID = stable_uid(*visit, "frame")
    for name in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(header, name, EXAMINATION_DATE)
    header.StudyTime = "090000"
    for name in ("SeriesTime", "AcquisitionTime", "ContentTime"):
        setattr(header, name, f"09{series.number:02d}00")
    header.Modality = "MR"
    header.Manufacturer = hospital.manufacturer
    header.ManufacturerModelName = hospital.model
    header.InstitutionName = f"SIMULATED HOSPITAL {hospital_name}"
    header.StationName = f"SIM{hospital_name}"
    header.SoftwareVersions = "SIMULATED"
    header.AccessionNumber = f"SIM{subject}"
    header.ReferringPhysicianName = ""
    header.StudyDescription = "L SPINE"
    header.SeriesDescription = header.ProtocolName = series.description
    header.BodyPartExamined = "LSPINE"
    header.StudyID, header.SeriesNumber, header.AcquisitionNumber = "1", series.number, 1
    header.ImagesInAcquisition = len(series.slices)
    header.PositionReferenceIndicator = ""
    _describe_patient(header, participant)
    _describe_acquisition(header, series, hospital)
    _describe_pixels(header, series)
    return header


def _describe_patient(header: Dataset, participant: Mapping) -> None:
    """Demographics, and five marks that this is no patient."""
    male = participant["sex"] == "male"
    header.PatientName = f"SYNTHETIC^{participant['subject']}"
    header.PatientID = participant["subject"]
    header.PatientBirthDate = ""
    header.PatientSex = "M" if male else "F"
    header.PatientAge = f"{int(participant['age']):03d}Y"
    height = 1.67 if male else 1.56
    header.PatientWeight = f"{float(participant['bmi']) * height**2:.1f}"
    header.PatientPosition = "HFS"
    header.QualityControlSubject = "YES"
    header.PatientIdentityRemoved = "YES"
    header.DeidentificationMethod = "SYNTHETIC PHANTOM, NO PATIENT"
    header.ImageComments = "SYNTHETIC PHANTOM - NOT A PATIENT"
    header.BurnedInAnnotation = "NO"


def _describe_acquisition(header: Dataset, series: Series, hospital: Hospital) -> None:
    sequence = series.sequence
    header.ScanningSequence = "SE"
    header.SequenceVariant = ["SK", "OSP"]
    header.ScanOptions = [*hospital.scan_options, *(["FS"] if sequence.fat_saturation else [])]
    header.MRAcquisitionType = "2D"
    header.RepetitionTime, header.EchoTime = f"{sequence.tr:g}", f"{sequence.te:g}"
    header.EchoTrainLength, header.NumberOfAverages = sequence.echo_train, f"{sequence.averages:g}"
    header.EchoNumbers = 1
    header.FlipAngle, header.VariableFlipAngleFlag = "142", "N"
    header.MagneticFieldStrength = f"{hospital.field:g}"
    header.ImagingFrequency = f"{42.5775 * hospital.field:.6f}"
    header.ImagedNucleus = "1H"
    header.PixelBandwidth = f"{hospital.bandwidth:g}"
    header.ReceiveCoilName = "SPINE ARRAY"
    readout, phase = series.matrix
    header.AcquisitionMatrix = [0, readout, phase, 0]  # readout along columns, phase along rows
    header.InPlanePhaseEncodingDirection = "COL"
    header.PercentSampling = header.PercentPhaseFieldOfView = "100"
    header.ReconstructionDiameter = f"{series.pixel_spacing * series.slices[0].pixels.shape[0]:g}"
    header.SliceThickness = f"{series.thickness:.6g}"
    header.SpacingBetweenSlices = f"{series.spacing:.6g}"


def _describe_pixels(header: Dataset, series: Series) -> None:
    header.Rows, header.Columns = series.slices[0].pixels.shape
    header.PixelSpacing = [f"{series.pixel_spacing:.8g}"] * 2
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated = header.BitsStored = 16
    header.HighBit, header.PixelRepresentation = 15, 1
    header.RescaleIntercept, header.RescaleSlope, header.RescaleType = "0", "1", "US"
