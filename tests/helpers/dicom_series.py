"""Small DICOM series for tests: clean ones, and every way in which an export goes wrong."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ComprehensiveSRStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    MRImageStorage,
    RTStructureSetStorage,
    SecondaryCaptureImageStorage,
    generate_uid,
)

SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
ROLES = {
    "T1": {"SeriesDescription": "SAG T1 TSE", "RepetitionTime": "600", "EchoTime": "12", "SeriesNumber": 2},
    "T2": {"SeriesDescription": "SAG T2 TSE", "RepetitionTime": "3500", "EchoTime": "110", "SeriesNumber": 3},
    "FST2": {
        "SeriesDescription": "T2_TSE_FS_SAG",
        "RepetitionTime": "3200",
        "EchoTime": "43",
        "ScanOptions": "FS",
        "SeriesNumber": 4,
    },
}
STUDY = generate_uid(entropy_srcs=["study"])
FRAME_OF_REFERENCE = generate_uid(entropy_srcs=["frame"])
PLANTED_NAME = "Meier^Anna"


def make_series(
    role: str = "T2",
    count: int = 10,
    step: float = 4.0,
    orientation: tuple[float, ...] = SAGITTAL,
    rows: int = 16,
    columns: int = 20,
    seed: int = 0,
    **tags,
) -> list[Dataset]:
    """Slices of one series, in order; `tags` replace or add header values, None removes one."""
    rng = np.random.default_rng([seed, len(role), count])
    series_uid = generate_uid(entropy_srcs=[role, str(seed)])
    normal = np.cross(orientation[:3], orientation[3:])
    slices = []
    for number in range(count):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        values = {
            "SOPClassUID": MRImageStorage,
            "StudyInstanceUID": STUDY,
            "SeriesInstanceUID": series_uid,
            "FrameOfReferenceUID": FRAME_OF_REFERENCE,
            "PatientName": PLANTED_NAME,
            "PatientID": "A001",
            "Modality": "MR",
            "Manufacturer": "SIEMENS",
            "ManufacturerModelName": "Skyra",
            "MagneticFieldStrength": "3",
            "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
            "ScanningSequence": "SE",
            "SequenceVariant": "SK",
            "MRAcquisitionType": "2D",
            "FlipAngle": "150",
            "EchoTrainLength": "15",
            "SliceThickness": "3.6",
            "SpacingBetweenSlices": f"{step}",
            "ImagesInAcquisition": count,
            "InstanceNumber": number + 1,
            "AcquisitionNumber": 1,
            "AcquisitionTime": "101500",
            "ImageOrientationPatient": list(orientation),
            "ImagePositionPatient": [f"{v:.6f}" for v in np.array([-20.0, -70.0, 60.0]) + number * step * normal],
            "PixelSpacing": ["1.25", "1.5"],
            "Rows": rows,
            "Columns": columns,
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "BitsAllocated": 16,
            "BitsStored": 12,
            "HighBit": 11,
            "PixelRepresentation": 0,
            **ROLES[role],
            **tags,
        }
        for keyword, value in values.items():
            if value is not None:
                setattr(dataset, keyword, value)
        dataset.PixelData = rng.integers(0, 1000, (rows, columns), dtype=np.uint16).tobytes()
        new_uid(dataset, role, seed, number)
        slices.append(dataset)
    return slices


def new_uid(dataset: Dataset, *sources: object) -> Dataset:
    """Give a dataset a SOPInstanceUID made from `sources`."""
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[str(source) for source in sources])
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def save(slices: list[Dataset], folder: Path, prefix: str = "") -> list[Path]:
    """Write each slice as <prefix><number> without extension."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{prefix}{number:03d}" for number in range(len(slices))]
    for path, dataset in zip(paths, slices, strict=True):
        dataset.save_as(path, enforce_file_format=True)
    return paths


def pixels(slices: list[Dataset]) -> np.ndarray:
    """Pixel values (slices, rows, columns)."""
    return np.stack(
        [np.frombuffer(dataset.PixelData, np.uint16).reshape(dataset.Rows, dataset.Columns) for dataset in slices]
    )


def shift(dataset: Dataset, along: int, distance: float) -> None:
    """Move a slice along its row (0), column (1) or normal (2), mm."""
    orientation = np.array(dataset.ImageOrientationPatient, dtype=float).reshape(2, 3)
    direction = [*orientation, np.cross(*orientation)][along]
    position = np.array(dataset.ImagePositionPatient, dtype=float) + distance * direction
    dataset.ImagePositionPatient = [f"{value:.6f}" for value in position]


def compress(slices: list[Dataset], syntax: str) -> None:
    """Compress in place."""
    for dataset in slices:
        dataset.compress(syntax, generate_instance_uid=False)


def save_deflated(slices: list[Dataset], folder: Path) -> None:
    """Write as deflated explicit little endian."""
    for dataset in slices:
        dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    save(slices, folder)


def save_bare(slices: list[Dataset], folder: Path) -> None:
    """Write implicit little endian without preamble and meta header, as old archives do."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, dataset in enumerate(slices):
        bare = copy.deepcopy(dataset)
        bare.file_meta = FileMetaDataset()
        bare.preamble = None
        pydicom.dcmwrite(folder / f"{number:03d}.ima", bare, implicit_vr=True, little_endian=True, force_encoding=True)


def save_clutter(folder: Path, like: Dataset) -> None:
    """What lies between the images of an export: reports, screen copies, localizer, viewers, junk.

    Screen copy and localizer are of the patient and examination of the image `like`.
    """
    for name, uid, modality in (
        ("sr", ComprehensiveSRStorage, "SR"),
        ("rt", RTStructureSetStorage, "RTSTRUCT"),
        ("pr", GrayscaleSoftcopyPresentationStateStorage, "PR"),
    ):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID, dataset.Modality = uid, modality
        dataset.SeriesInstanceUID, dataset.SeriesDescription = generate_uid(entropy_srcs=[name]), modality
        save([new_uid(dataset, name)], folder, name)
    screen = copy.deepcopy(like)
    screen.SOPClassUID, screen.SeriesInstanceUID = SecondaryCaptureImageStorage, generate_uid(entropy_srcs=["sc"])
    screen.ImageType, screen.SeriesDescription = ["DERIVED", "SECONDARY", "SCREEN SAVE"], "Screen Save"
    screen.BurnedInAnnotation = "YES"
    for keyword in ("ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing"):
        delattr(screen, keyword)
    save([new_uid(screen, "sc")], folder, "sc")
    for name, orientation in (("ax", AXIAL), ("sag", SAGITTAL), ("cor", CORONAL)):
        planes = [copy.deepcopy(like) for _ in range(3)]
        for number, plane in enumerate(planes, start=1):
            plane.SeriesInstanceUID, plane.SeriesNumber = generate_uid(entropy_srcs=["loc"]), 1
            plane.SeriesDescription = plane.ProtocolName = "3-Plane Loc FGRE"
            plane.ScanningSequence, plane.RepetitionTime, plane.EchoTime = "GR", "5.4", "1.7"
            plane.InstanceNumber, plane.ImageOrientationPatient = number, list(orientation)
            shift(plane, 2, 20.0 * number)
            new_uid(plane, "loc", name, number)
        save(planes, folder, f"loc_{name}")
    (folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0" * 64)
    (folder / "VERSION").write_text("viewer 1.0")
    (folder / "empty.dcm").write_bytes(b"")


def save_contours(path: Path, polygons: dict[str, list[np.ndarray]], frame: str = FRAME_OF_REFERENCE) -> None:
    """Write an RTSTRUCT with closed planar contours, (points, 3) mm, by structure name."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.Modality = RTStructureSetStorage, "RTSTRUCT"
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["contours"])
    dataset.StructureSetROISequence, dataset.ROIContourSequence = [], []
    for number, (name, drawn) in enumerate(polygons.items(), start=1):
        structure, contours = Dataset(), Dataset()
        structure.ROINumber, structure.ROIName, structure.ReferencedFrameOfReferenceUID = number, name, frame
        contours.ReferencedROINumber, contours.ContourSequence = number, []
        for polygon in drawn:
            contour = Dataset()
            contour.ContourGeometricType = "CLOSED_PLANAR"
            contour.ContourData = [f"{value:.4f}" for value in np.ravel(polygon)]
            contours.ContourSequence.append(contour)
        dataset.StructureSetROISequence.append(structure)
        dataset.ROIContourSequence.append(contours)
    path.parent.mkdir(parents=True, exist_ok=True)
    new_uid(dataset, "contours").save_as(path, enforce_file_format=True)
