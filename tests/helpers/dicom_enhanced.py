"""Enhanced multi-frame files made from the slices of a classic series."""

from __future__ import annotations

import copy

import numpy as np
from highdicom.legacy import LegacyConvertedEnhancedCTImage, LegacyConvertedEnhancedMRImage
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    generate_uid,
)

from helpers.dicom_series import new_uid

# What highdicom wants to copy and the small series lack.
PATIENT = {
    "PatientBirthDate": "",
    "PatientSex": "",
    "StudyDate": "20240102",
    "StudyTime": "101000",
    "StudyID": "1",
    "AccessionNumber": "",
    "ReferringPhysicianName": "",
    "SeriesDate": "20240102",
    "SeriesTime": "101000",
    "ContentDate": "20240102",
    "ContentTime": "101000",
    "AcquisitionDate": "20240102",
    "DeviceSerialNumber": "1",
    "SoftwareVersions": "1",
    "PositionReferenceIndicator": "",
    "PatientPosition": "HFS",
    "BodyPartExamined": "LSPINE",
    "Laterality": "",
}


def legacy(slices: list[Dataset]) -> Dataset:
    """One file as an archive converts it: LegacyConvertedEnhanced MR or CT (DICOM PS3.3, A.70 and A.71)."""
    slices = [copy.deepcopy(item) for item in slices]
    for item in slices:
        for keyword, value in PATIENT.items():
            if keyword not in item:
                setattr(item, keyword, value)
    kind = LegacyConvertedEnhancedCTImage if slices[0].Modality == "CT" else LegacyConvertedEnhancedMRImage
    made = kind(slices, generate_uid(entropy_srcs=["legacy"]), 7, generate_uid(entropy_srcs=["legacy image"]), 1)
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made


def to_ct(slices: list[Dataset], kernel: str = "B30f") -> list[Dataset]:
    """Turn MR slices into CT slices, in place."""
    for item in slices:
        item.SOPClassUID, item.Modality = CTImageStorage, "CT"
        item.file_meta.MediaStorageSOPClassUID = CTImageStorage
        item.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        for keyword in ("ScanningSequence", "SequenceVariant", "RepetitionTime", "EchoTime", "EchoTrainLength"):
            delattr(item, keyword)
        for keyword in ("MagneticFieldStrength", "FlipAngle", "MRAcquisitionType", "ImagesInAcquisition"):
            delattr(item, keyword)
        item.RescaleSlope, item.RescaleIntercept, item.RescaleType = "1", "-1024", "HU"
        item.KVP, item.ConvolutionKernel = "120", kernel
    return slices


def _items(**sequences: dict) -> Dataset:
    """A dataset with sequences of one item each."""
    dataset = Dataset()
    for keyword, values in sequences.items():
        item = Dataset()
        for inner, value in values.items():
            if value is not None:
                setattr(item, inner, value)
        setattr(dataset, keyword, [item])
    return dataset


def enhanced(slices: list[Dataset], suppression: str = "NONE", pulse: str = "SPIN", inversion: float | None = None):
    """One Enhanced MR file as a scanner writes it (DICOM PS3.3, A.36): physics in the functional groups alone.

    Echo time, time point and rescaling are taken from each slice.
    """
    first = slices[0]
    made = _header(first, EnhancedMRImageStorage, len(slices))
    made.ImageType, made.EchoPulseSequence, made.MRAcquisitionType = ["ORIGINAL", "PRIMARY", "M", "NONE"], pulse, "2D"
    made.PulseSequenceName, made.MagneticFieldStrength = "tse2d", 3.0
    made.SharedFunctionalGroupsSequence = [
        _items(
            MRTimingAndRelatedParametersSequence={
                "RepetitionTime": first.RepetitionTime,
                "FlipAngle": first.FlipAngle,
                "EchoTrainLength": first.EchoTrainLength,
            },
            MRModifierSequence={
                "InversionRecovery": "NO" if inversion is None else "YES",
                "InversionTimes": inversion,
                "SpectrallySelectedSuppression": suppression,
            },
            PlaneOrientationSequence={"ImageOrientationPatient": first.ImageOrientationPatient},
            PixelMeasuresSequence={
                "PixelSpacing": first.PixelSpacing,
                "SliceThickness": first.SliceThickness,
                "SpacingBetweenSlices": first.get("SpacingBetweenSlices"),
            },
        )
    ]
    heights = [_height(item) for item in slices]
    ranks = {height: rank for rank, height in enumerate(sorted(set(heights)), start=1)}
    made.PerFrameFunctionalGroupsSequence = [
        _items(
            FrameContentSequence={
                "StackID": "1",
                "InStackPositionNumber": item.get("InstanceNumber") if _plain(slices) else ranks[height],
                "TemporalPositionIndex": item.get("TemporalPositionIdentifier"),
                "FrameAcquisitionNumber": 1,
            },
            PlanePositionSequence={"ImagePositionPatient": item.ImagePositionPatient},
            PlaneOrientationSequence={"ImageOrientationPatient": item.ImageOrientationPatient},
            MREchoSequence={"EffectiveEchoTime": float(item.EchoTime)},
            MRImageFrameTypeSequence={"FrameType": made.ImageType, "ComplexImageComponent": "MAGNITUDE"},
            PixelValueTransformationSequence={
                "RescaleSlope": item.get("RescaleSlope", "1"),
                "RescaleIntercept": item.get("RescaleIntercept", "0"),
                "RescaleType": "US",
            },
        )
        for item, height in zip(slices, heights, strict=True)
    ]
    made.PixelData = b"".join(item.PixelData for item in slices)
    return made


def enhanced_ct(slices: list[Dataset], contrast: bool = False) -> Dataset:
    """One Enhanced CT file (DICOM PS3.3, A.38)."""
    first = slices[0]
    made = _header(first, EnhancedCTImageStorage, len(slices))
    made.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    if contrast:
        made.ContrastBolusAgentSequence = [Dataset()]
        made.ContrastBolusAgentSequence[0].CodeMeaning = "Iodinated contrast agent"
    made.SharedFunctionalGroupsSequence = [
        _items(
            CTReconstructionSequence={"ConvolutionKernel": first.ConvolutionKernel, "ReconstructionDiameter": 200.0},
            CTXRayDetailsSequence={"KVP": float(first.KVP)},
            CTImageFrameTypeSequence={"FrameType": made.ImageType},
            PixelMeasuresSequence={"PixelSpacing": first.PixelSpacing, "SliceThickness": first.SliceThickness},
            PlaneOrientationSequence={"ImageOrientationPatient": first.ImageOrientationPatient},
            PixelValueTransformationSequence={
                "RescaleSlope": first.RescaleSlope,
                "RescaleIntercept": first.RescaleIntercept,
                "RescaleType": "HU",
            },
        )
    ]
    made.PerFrameFunctionalGroupsSequence = [
        _items(
            FrameContentSequence={"StackID": "1", "InStackPositionNumber": item.InstanceNumber},
            PlanePositionSequence={"ImagePositionPatient": item.ImagePositionPatient},
        )
        for item in slices
    ]
    made.PixelData = b"".join(item.PixelData for item in slices)
    return made


def _plain(slices: list[Dataset]) -> bool:
    numbers = [item.get("InstanceNumber") for item in slices]
    return all(numbers) and "TemporalPositionIdentifier" not in slices[0] and len({i.EchoTime for i in slices}) == 1


def _height(item: Dataset) -> float:
    orientation = np.array(item.ImageOrientationPatient, dtype=float).reshape(2, 3)
    return round(float(np.array(item.ImagePositionPatient, dtype=float) @ np.cross(*orientation)), 2)


def _header(first: Dataset, storage: str, count: int) -> Dataset:
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for keyword in (
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "FrameOfReferenceUID",
        "PatientName",
        "PatientID",
        "PatientIdentityRemoved",
        "Modality",
        "Manufacturer",
        "ManufacturerModelName",
        "SeriesDescription",
        "SeriesNumber",
        "Rows",
        "Columns",
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "PixelRepresentation",
    ):
        if keyword in first:
            setattr(made, keyword, first[keyword].value)
    made.SOPClassUID, made.InstanceNumber, made.NumberOfFrames = storage, 1, count
    made.AcquisitionDateTime = "20240102101500"
    return new_uid(made, "enhanced", made.SeriesInstanceUID)
