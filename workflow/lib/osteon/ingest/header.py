"""One DICOM header as plain values: the tags that the road needs and where each frame lies.

Names and dates of birth are never read. PatientID, sex, age and study date are, for the checks of identity;
PatientID leaves this module's callers only as a hash or, in the proposal of a scan, as the subject's label.
Pixel data are not read either, but whether all of them are there is checked.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, MediaStorageDirectoryStorage, RTStructureSetStorage

from osteon.ingest.deflated import inflate
from osteon.ingest.elements import get, numbers, text, words
from osteon.ingest.enhanced import PER_FRAME, SHARED, Frame, flatten, frames_of
from osteon.ingest.mosaic import PRIVATE_TAGS, mosaic_frames
from osteon.ingest.pixels import missing_pixels

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
    "InConcatenationTotalNumber",
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
# Texts that a file converted to enhanced form keeps among its unassigned attributes; the others stay at the top.
OF_SEQUENCE = ("SequenceName", "ProtocolName", "MRAcquisitionType", "ContrastBolusAgent", "AcquisitionTime")
# Elements of enhanced headers outside their functional groups.
OF_ENHANCED = (
    "EchoPulseSequence",
    "EchoPlanarPulseSequence",
    "PulseSequenceName",
    "AcquisitionDateTime",
    "ContrastBolusAgentSequence",
)
READ = [
    tag_for_keyword(keyword)
    for keyword in ("SpecificCharacterSet", *NUMBERS, *WORDS, *TEXTS, *OF_ENHANCED, SHARED, PER_FRAME)
]

# DICOM begins with group 0002 or, without its meta header, with group 0008; in either byte order.
FIRST_GROUPS = (b"\x02\x00", b"\x00\x02", b"\x08\x00", b"\x00\x08")
# Reads up to this length are not checked against the file's size.
SMALL_READ = 1 << 16


@dataclass(frozen=True)
class Image:
    """A DICOM file that is an image.

    `file` is its path inside the case's folder; `tags` are plain values by keyword (absent ones have no key);
    `damage` is a sentence if pixel data are missing, else empty. `tiles` is the number of slices along each side of
    the stored image: 1, or more in a mosaic.
    """

    file: str
    tags: dict[str, object]
    frames: tuple[Frame, ...]
    transfer_syntax: str = ""
    damage: str = ""
    tiles: int = 1

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
    with BoundedReader(io.FileIO(path)) as stream:
        start = stream.read(132)
        stream.seek(0)
        if start[128:] != b"DICM" and start[:2] not in FIRST_GROUPS:
            return "foreign", None
        plain = inflate(stream)
        source: BinaryIO = plain or stream
        dataset = pydicom.dcmread(source, stop_before_pixels=True, specific_tags=READ, force=True)
        tags = tags_of(dataset)
        kind = _kind(dataset, tags, with_preamble=start[128:] == b"DICM")
        if kind != "images":
            return kind, None
        syntax = str(DeflatedExplicitVRLittleEndian if plain else dataset.file_meta.get("TransferSyntaxUID", ""))
        if "Rows" not in tags or "Columns" not in tags:
            damage = "the file ends inside its header"
        else:
            implicit, little_endian = dataset.original_encoding
            size = len(plain.getbuffer()) if plain else stream.size
            damage = missing_pixels(source, tags, not implicit, bool(little_endian), size)
        tiles, frames = 1, frames_of(dataset, tags)
        if "MOSAIC" in tags.get("ImageType", ()) and len(frames) == 1:
            source.seek(0)
            private = pydicom.dcmread(source, stop_before_pixels=True, specific_tags=PRIVATE_TAGS, force=True)
            tiles, frames = mosaic_frames(private, tags)
    return "images", Image(name, tags, frames, syntax, damage, tiles)


class BoundedReader(io.BufferedReader):
    """A file that never sets memory aside for more bytes than it has, whatever length a header claims."""

    def __init__(self, raw: io.FileIO):
        super().__init__(raw)
        self.size = raw.seek(0, io.SEEK_END)
        raw.seek(0)

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes, fewer at the end of the file."""
        if size is not None and size > SMALL_READ:
            size = max(0, min(size, self.size - self.tell()))
        return super().read(size)


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
    for keywords, convert in ((NUMBERS, numbers), (WORDS, words), (TEXTS, text)):
        for keyword in keywords:
            value = get(dataset, keyword, convert)
            if value is not None:
                tags[keyword] = value
    if SHARED in dataset or PER_FRAME in dataset:
        flatten(dataset, tags, {"numbers": NUMBERS, "words": WORDS, "texts": OF_SEQUENCE})
    return tags
