"""One DICOM header as plain values: the tags that the road needs and where each frame lies.

Names and dates of birth are never read. PatientID, sex, age and study date are, for the checks of identity;
PatientID leaves this module's callers only as a hash or, in the proposal of a scan, as the subject's label.
Pixel data are not read either, but whether all of them are there is checked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, MediaStorageDirectoryStorage, RTStructureSetStorage

from osteon.ingest.pixels import missing_deflated_pixels, missing_pixels

NUMBERS = (
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "BitsAllocated",
    "InstanceNumber",
    "AcquisitionNumber",
    "SeriesNumber",
    "ImagesInAcquisition",
    "SliceThickness",
    "SpacingBetweenSlices",
    "RepetitionTime",
    "EchoTime",
    "InversionTime",
    "FlipAngle",
    "EchoTrainLength",
    "MagneticFieldStrength",
    "PixelSpacing",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "AcquisitionMatrix",
    "BitsStored",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
    "ReconstructionDiameter",
    "KVP",
    "TemporalPositionIdentifier",
    "DiffusionBValue",
)
WORDS = ("ImageType", "ScanningSequence", "SequenceVariant", "ScanOptions", "ConvolutionKernel")
TEXTS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "Modality",
    "Manufacturer",
    "ManufacturerModelName",
    "SeriesDescription",
    "ProtocolName",
    "SequenceName",
    "MRAcquisitionType",
    "ContrastBolusAgent",
    "AcquisitionDate",
    "AcquisitionTime",
    "StudyInstanceUID",
    "StudyDate",
    "AccessionNumber",
    "PatientID",
    "PatientSex",
    "PatientAge",
    "PatientIdentityRemoved",
    "BurnedInAnnotation",
    "PhotometricInterpretation",
    "BodyPartExamined",
)
SHARED, PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
READ = [tag_for_keyword(keyword) for keyword in ("SpecificCharacterSet", *NUMBERS, *WORDS, *TEXTS, SHARED, PER_FRAME)]

# Where enhanced multi-frame headers keep what classic ones have at the top: keyword -> (group, keyword there).
ENHANCED = {
    "RepetitionTime": ("MRTimingAndRelatedParametersSequence", "RepetitionTime"),
    "EchoTrainLength": ("MRTimingAndRelatedParametersSequence", "EchoTrainLength"),
    "FlipAngle": ("MRTimingAndRelatedParametersSequence", "FlipAngle"),
    "EchoTime": ("MREchoSequence", "EffectiveEchoTime"),
    "InversionTime": ("MRModifierSequence", "InversionTimes"),
    "SliceThickness": ("PixelMeasuresSequence", "SliceThickness"),
    "SpacingBetweenSlices": ("PixelMeasuresSequence", "SpacingBetweenSlices"),
}
# DICOM begins with group 0002 or, without its meta header, with group 0008; in either byte order.
FIRST_GROUPS = (b"\x02\x00", b"\x00\x02", b"\x08\x00", b"\x00\x08")


@dataclass(frozen=True)
class Frame:
    """Where a two-dimensional image lies in DICOM's patient coordinates (mm); None where the header does not say."""

    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None


@dataclass(frozen=True)
class Image:
    """A DICOM file that is an image.

    `file` is its path inside the case's folder; `tags` are plain values by keyword (absent ones have no key);
    `damage` is a sentence if pixel data are missing, else empty.
    """

    file: str
    tags: dict[str, object]
    frames: tuple[Frame, ...]
    transfer_syntax: str = ""
    damage: str = ""

    @property
    def series_uid(self) -> str:
        """The UID of the series that the file belongs to."""
        return str(self.tags["SeriesInstanceUID"])

    @property
    def sop_uid(self) -> str:
        """The UID of the image itself; empty if the header has none."""
        return str(self.tags.get("SOPInstanceUID", ""))


def read_header(path: Path, name: str) -> tuple[str, Image | None]:
    """Read one file's header.

    Args:
        path: the file.
        name: its path inside the case's folder.

    Returns:
        What the file is ('images', 'contours', 'other', 'broken' or 'foreign'), and the image if it is one.

    Raises:
        Exception: whatever pydicom raises on a malformed header, or OSError if the file cannot be opened.
    """
    with open(path, "rb") as stream:
        start = stream.read(132)
        stream.seek(0)
        if start[128:] != b"DICM" and start[:2] not in FIRST_GROUPS:
            return "foreign", None
        dataset = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=READ, force=True)
        tags = tags_of(dataset)
        kind = _kind(dataset, tags, with_preamble=start[128:] == b"DICM")
        if kind != "images":
            return kind, None
        syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
        if "Rows" not in tags or "Columns" not in tags:
            damage = "the file ends inside its header"
        elif syntax == DeflatedExplicitVRLittleEndian:
            damage = missing_deflated_pixels(path, tags)
        else:
            implicit, little_endian = dataset.original_encoding
            damage = missing_pixels(
                stream, tags, explicit=not implicit, little_endian=bool(little_endian), size=path.stat().st_size
            )
    return "images", Image(name, tags, frames_of(dataset, tags), syntax, damage)


def _kind(dataset: Dataset, tags: dict[str, object], with_preamble: bool) -> str:
    if dataset.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        return "other"
    if "SOPClassUID" not in tags or "SeriesInstanceUID" not in tags:
        return "broken" if with_preamble or tags else "foreign"
    if tags["SOPClassUID"] == RTStructureSetStorage:
        return "contours"
    # an image cut off inside its header has no 'Rows', like a report: its class tells them apart
    is_image = "Rows" in tags or UID(str(tags["SOPClassUID"])).name.endswith("Image Storage")
    return "images" if is_image else "other"


def tags_of(dataset: Dataset) -> dict[str, object]:
    """The header's values as float, tuple of floats, tuple of upper-case words, or trimmed text.

    Empty and unreadable values have no key. Enhanced multi-frame headers are flattened to the classic keywords.
    """
    tags: dict[str, object] = {}
    for keywords, convert in ((NUMBERS, _numbers), (WORDS, _words), (TEXTS, _text)):
        for keyword in keywords:
            value = _get(dataset, keyword, convert)
            if value is not None:
                tags[keyword] = value
    if SHARED in dataset and len(dataset[SHARED].value):
        _flatten(dataset[SHARED].value[0], tags)
    return tags


def _flatten(shared: Dataset, tags: dict[str, object]) -> None:
    for keyword, (group, inner) in ENHANCED.items():
        value = _get(_item(shared, group), inner, _numbers)
        if keyword not in tags and value is not None:
            tags[keyword] = value if isinstance(value, float) else value[0]
    modifier = _item(shared, "MRModifierSequence")
    words = list(tags.get("ScanningSequence", ()))
    if _get(modifier, "InversionRecovery", _text) == "YES" and "IR" not in words:
        tags["ScanningSequence"] = (*words, "IR")
    if _get(modifier, "SpectrallySelectedSuppression", _text) in ("FAT", "FAT_AND_WATER"):
        tags["ScanOptions"] = (*tags.get("ScanOptions", ()), "FS")


def frames_of(dataset: Dataset, tags: dict[str, object]) -> tuple[Frame, ...]:
    """One frame per two-dimensional image in the file, in the file's order."""
    own = (
        _triple(tags.get("ImagePositionPatient"), 3),
        _triple(tags.get("ImageOrientationPatient"), 6),
        _triple(tags.get("PixelSpacing"), 2),
    )
    groups = dataset.get(PER_FRAME) or []
    if not len(groups):
        count = int(tags.get("NumberOfFrames", 1.0))
        # several frames without a position each: the slices are somewhere, but nobody says where
        return (Frame(*own),) if count <= 1 else (Frame(None, own[1], own[2]),) * min(count, 2)
    shared = dataset[SHARED].value[0] if SHARED in dataset and len(dataset[SHARED].value) else Dataset()
    return tuple(_frame(group, shared, own) for group in groups)


def _frame(group: Dataset, shared: Dataset, own: tuple) -> Frame:
    def find(sequence: str, keyword: str, length: int, fallback: tuple | None) -> tuple[float, ...] | None:
        value = _get(_item(group, sequence), keyword, _numbers) or _get(_item(shared, sequence), keyword, _numbers)
        return _triple(value, length) or fallback

    return Frame(
        find("PlanePositionSequence", "ImagePositionPatient", 3, None),
        find("PlaneOrientationSequence", "ImageOrientationPatient", 6, own[1]),
        find("PixelMeasuresSequence", "PixelSpacing", 2, own[2]),
    )


def _item(dataset: Dataset, sequence: str) -> Dataset:
    items = dataset.get(sequence) or []
    return items[0] if len(items) else Dataset()


def _triple(value: object, length: int) -> tuple[float, ...] | None:
    return value if isinstance(value, tuple) and len(value) == length else None


def _get(dataset: Dataset, keyword: str, convert):
    try:
        value = dataset.get(keyword)
        return None if value is None else convert(value)
    except Exception:  # one malformed value is as good as none; pydicom raises many kinds of errors on them
        return None


def _numbers(value: object) -> float | tuple[float, ...] | None:
    if isinstance(value, str) or not hasattr(value, "__len__"):
        number = float(value)
        return number if math.isfinite(number) else None
    numbers = tuple(float(part) for part in value)
    return numbers if numbers and all(math.isfinite(number) for number in numbers) else None


def _words(value: object) -> tuple[str, ...] | None:
    parts = [value] if isinstance(value, str) else list(value)
    return tuple(str(part).strip().upper() for part in parts if str(part).strip()) or None


def _text(value: object) -> str | None:
    text = value if isinstance(value, str) else " ".join(str(part) for part in value)
    return text.strip("\0 ") or None
