"""One DICOM file: read, judged, cleaned, and given as the bytes to write."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    RLELossless,
    RTStructureSetStorage,
)

from osteon.deidentify.codestream import without_comments
from osteon.deidentify.dataset import Cleaner, Tally
from osteon.deidentify.pseudonyms import Pseudonyms
from osteon.deidentify.refusals import Refusal
from osteon.deidentify.whitelist import KINDS

PIXEL_DATA = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
GRAY = ("MONOCHROME1", "MONOCHROME2", "")
# Image types of copies of screens and of pages of text; vendors store some of them as MR images.
SCREEN_COPIES = ("SCREEN SAVE", "SCREENSAVE", "SCREEN", "CAPTURE", "REPORT", "CSA REPORT", "PROTOCOL", "FORM")
MOSAICS = ("MOSAIC", "VFRAME")


class Refused(Exception):
    """A file that is not written."""

    def __init__(self, reason: Refusal):
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Written:
    """A de-identified object: where it goes below the target folder, its bytes, what was done, and whose it is."""

    path: str
    content: bytes
    tally: Tally
    patient: str


def deidentify_file(path: Path, pseudonyms: Pseudonyms, labels: frozenset[str] = frozenset()) -> Written:
    """De-identify one DICOM file.

    Pixel values and the transfer syntax stay as they are. Bytes behind the last pixel and comments inside compressed
    images are no pixels and go.

    Args:
        path: the file.
        pseudonyms: what stands for ids and UIDs.
        labels: names of contours and segments that stay as they are.

    Returns:
        What to write. The name holds a hash of the content, so that copies of one image are one file and two images
        with one UID stay two.

    Raises:
        Refused: the file is not to be written.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of every value that strays from the standard
        try:
            return _deidentify(path, pseudonyms, labels)
        except (Refused, OSError):
            raise
        except Exception:  # a malformed file can raise anything inside the reader and the writer
            raise Refused(Refusal.UNREADABLE) from None


def _deidentify(path: Path, pseudonyms: Pseudonyms, labels: frozenset[str]) -> Written:
    dataset = _read(path)
    _judge(dataset)
    patient = _value(dataset, "PatientID").strip("\0 ")
    cleaner = Cleaner(pseudonyms, patient, labels)
    if not cleaner.is_known:
        raise Refused(Refusal.NO_PATIENT_ID)
    _trim_pixels(dataset)
    clean = cleaner.rebuild(dataset)
    stream = io.BytesIO()
    clean.save_as(stream, enforce_file_format=True)
    content = stream.getvalue()
    return Written(_place(clean, cleaner, content), content, cleaner.tally, patient)


def _read(path: Path) -> Dataset:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        dataset = pydicom.dcmread(path, force=True)
    if dataset.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        raise Refused(Refusal.DIRECTORY)
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    if any("End of file" in str(warning.message) for warning in said) or _ends_early(dataset):
        raise Refused(Refusal.TRUNCATED)
    return dataset


def _ends_early(dataset: Dataset) -> bool:
    tags = list(dataset.keys())  # going through the dataset itself would convert its elements
    raw = (dataset.get_item(tag) for tag in tags)
    return any(
        isinstance(element, RawDataElement)
        and element.value is not None
        and element.length != 0xFFFFFFFF
        and len(element.value) < element.length
        for element in raw
    )


def _judge(dataset: Dataset) -> None:
    """Refuse what is no image for a study and what may show names.

    BurnedInAnnotation is absent from most MR and CT images, so that its absence says nothing.
    """
    kind = _value(dataset, "SOPClassUID")
    if not kind or not _value(dataset, "SeriesInstanceUID") or not _value(dataset, "SOPInstanceUID"):
        raise Refused(Refusal.UNREADABLE)
    if kind not in KINDS:
        raise Refused(Refusal.KIND)
    syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
    if syntax.is_private or not syntax.is_transfer_syntax:
        raise Refused(Refusal.TRANSFER_SYNTAX)
    if _value(dataset, "BurnedInAnnotation").upper().startswith("Y"):
        raise Refused(Refusal.BURNED_IN)
    types = _value(dataset, "ImageType").upper().split("\\")
    if any(word.strip() in SCREEN_COPIES for word in types) or "ConversionType" in dataset:
        raise Refused(Refusal.SCREEN_COPY)
    if kind == RTStructureSetStorage:
        return
    if any(word.strip() in MOSAICS for word in types):
        raise Refused(Refusal.MOSAIC)
    if _value(dataset, "PhotometricInterpretation") not in GRAY or _value(dataset, "SamplesPerPixel") not in ("1", ""):
        raise Refused(Refusal.COLOR)
    if any(_overlay_in_pixels(dataset, group) for group in range(0x6000, 0x6020, 2)):
        raise Refused(Refusal.OVERLAY_IN_PIXELS)
    if not any(keyword in dataset for keyword in PIXEL_DATA):
        raise Refused(Refusal.TRUNCATED)


def _overlay_in_pixels(dataset: Dataset, group: int) -> bool:
    """An overlay of which the header speaks and whose bits are not in the overlay's own data (PS3.5, 8.1.2)."""
    return Tag(group, 0x0100) in dataset and Tag(group, 0x3000) not in dataset


def _trim_pixels(dataset: Dataset) -> None:
    """Cut what follows the last pixel; blank comments of compressed ones."""
    there = [keyword for keyword in PIXEL_DATA if keyword in dataset]
    if not there:
        return
    try:
        (keyword,) = there  # the standard allows one
        frames = int(dataset.get("NumberOfFrames") or 1)
        syntax = UID(dataset.file_meta.TransferSyntaxUID)
        if syntax.is_encapsulated:
            if syntax != RLELossless:  # which has no place for text
                dataset[keyword].value = without_comments(dataset[keyword].value, frames)
            return
        bits = dataset.Rows * dataset.Columns * frames * dataset.BitsAllocated
    except Exception:  # absent, no numbers, no codestreams
        raise Refused(Refusal.UNREADABLE) from None
    size = (bits + 7) // 8
    pixels = dataset[keyword].value or b""
    if len(pixels) < size:
        raise Refused(Refusal.TRUNCATED)
    if len(pixels) > size:
        dataset[keyword].value = pixels[:size] + b"\0" * (size % 2)


def _place(clean: Dataset, cleaner: Cleaner, content: bytes) -> str:
    """<pseudonym>/study-<short>/<series number>-<short>/<instance number>-<hash>.dcm."""
    study = cleaner.pseudonyms.short("folder", clean.get("StudyInstanceUID", ""))
    series = cleaner.pseudonyms.short("folder", clean.SeriesInstanceUID)
    number, instance = (int(clean.get(word) or 0) for word in ("SeriesNumber", "InstanceNumber"))
    name = f"{instance:05d}-{hashlib.sha256(content).hexdigest()[:10]}.dcm"
    return f"{cleaner.pseudonym}/study-{study}/{number:03d}-{series}/{name}"


def _value(dataset: Dataset, keyword: str) -> str:
    try:
        value = dataset.get(keyword)
    except Exception:  # a value that cannot be read is as good as none
        return ""
    if value is None:
        return ""
    return "\\".join(map(str, value)) if isinstance(value, MultiValue) else str(value)
