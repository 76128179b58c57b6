"""One DICOM object: refused, or rebuilt from what the whitelist keeps.

The result is a new dataset into which only named elements are put, so that what nobody thought of cannot stay.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pydicom import config
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag
from pydicom.uid import UID

import osteon
from osteon.deidentify import values
from osteon.deidentify.pseudonyms import Pseudonyms, normal_id
from osteon.deidentify.whitelist import CODES, EMPTY, KEPT, SEGMENTATIONS, SPECIAL

Tally = Counter[tuple[str, str]]
"""How many elements of what (a keyword or a group of tags) met which end: kept, replaced, shifted, removed."""

METHOD = f"OSTEON {osteon.__version__}: WHITELIST, KEYED PSEUDONYMS, SHIFTED DATES"
# PS3.16, CID 7050. Device and institution are not retained; pixels are not cleaned but refused where text is likely.
METHOD_CODES = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113105", "Clean Descriptors Option"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ("113108", "Retain Patient Characteristics Option"),
)
IMPLEMENTATION = UID("2.25.288475207953441905414291284270105103157")
CHARACTERS = "ISO_IR 192"  # UTF-8
DROPPED_INSIDE = frozenset(values.PIXELS)
"""Left out of sequences: pictures in there are not looked at."""
REWRITTEN = frozenset(
    {
        "SpecificCharacterSet",
        "PatientIdentityRemoved",
        "LongitudinalTemporalInformationModified",
        "DeidentificationMethod",
        "DeidentificationMethodCodeSequence",
    }
)


@dataclass
class Cleaner:
    """Rebuilds the datasets of one patient.

    Args:
        pseudonyms: what stands for ids and UIDs.
        patient: the PatientID.
        labels: names of contours and segments that stay as they are.
    """

    pseudonyms: Pseudonyms
    patient: str
    labels: frozenset[str] = frozenset()
    tally: Tally = field(default_factory=Counter)

    def __post_init__(self):
        self.days = self.pseudonyms.shift(self.patient)
        self.pseudonym = self.pseudonyms.patient(self.patient)

    @property
    def is_known(self) -> bool:
        """Whether there is an id at all; otherwise all patients without one would become one person."""
        return bool(normal_id(self.patient))

    def rebuild(self, dataset: Dataset) -> Dataset:
        """The whole object: cleaned elements, what the standard wants beside them, and marks of what was done."""
        clean = self._elements(dataset)
        clean.SpecificCharacterSet = CHARACTERS
        clean.PatientName = clean.PatientID = self.pseudonym
        age = values.shown_age(*(_text(dataset, word) for word in ("PatientAge", "PatientBirthDate", "StudyDate")))
        if age:
            clean.PatientAge = age
        for keyword in EMPTY:
            setattr(clean, keyword, "")
        _label_contours(clean)
        clean.PatientIdentityRemoved = "YES"
        clean.LongitudinalTemporalInformationModified = "MODIFIED"
        clean.DeidentificationMethod = METHOD
        clean.DeidentificationMethodCodeSequence = [_code(value, "DCM", meaning) for value, meaning in METHOD_CODES]
        clean.file_meta = self._file_meta(dataset, clean)
        return clean

    def _elements(self, dataset: Dataset, dropped: frozenset[str] = frozenset()) -> Dataset:
        clean = Dataset()
        for tag in list(dataset.keys()):
            keyword = keyword_for_tag(tag)
            if keyword in REWRITTEN:
                self.tally[keyword, "replaced"] += 1
                continue
            if tag.is_private or keyword in dropped or (keyword not in KEPT and keyword not in SPECIAL):
                self.tally[_group(tag, keyword), "removed"] += 1
                continue
            try:
                element = dataset[tag]
                value, end = self._value(keyword, element)
            except Exception:  # pydicom raises many kinds of errors on values that are none; what cannot be read goes
                value, end = None, "removed"
            self.tally[keyword, end] += 1
            if end == "kept" and value is element.value:
                clean.add(element)
            elif end != "removed":
                clean.add(DataElement(tag, element.VR, value, validation_mode=config.IGNORE))
        return clean

    def _value(self, keyword: str, element: DataElement) -> tuple[object, str]:
        """The value to write and what became of it."""
        if element.VR not in (allowed := dictionary_VR(element.tag)) and element.VR not in allowed.split(" or "):
            return None, "removed"  # text where a number belongs
        if element.VR == "SQ":
            if keyword in CODES:
                items = [_code(*values.code_item(item)) for item in element.value]
            else:
                items = [self._elements(item, DROPPED_INSIDE) for item in element.value]
            return Sequence(items), "cleaned inside"
        if element.is_empty:
            return element.value, "kept"
        value, changed = self._special(keyword, element) if keyword in SPECIAL else self._by_kind(keyword, element)
        if value is None:
            return None, "removed"
        return value, "kept" if value is element.value or value == element.value else changed

    def _special(self, keyword: str, element: DataElement) -> tuple[object, str]:
        rule = SPECIAL[keyword]
        text = str(element.value)
        keyed = {
            "patient": lambda: self.pseudonym,
            "accession": lambda: self.pseudonyms.accession(text),
            "age": lambda: values.shown_age(text, "", ""),
            "token": lambda: text if text.isascii() and text.isdigit() and len(text) < 6 else self._token(text),
            "label": lambda: values.label(element, self.labels) or f"LABEL {self._token(text)}",
        }
        if rule in keyed:
            return keyed[rule](), "replaced"
        return getattr(values, rule)(element), "replaced"

    def _token(self, text: str) -> str:
        return self.pseudonyms.short("token", text)

    def _by_kind(self, keyword: str, element: DataElement) -> tuple[object, str]:
        kind = element.VR
        if kind == "UI":
            if isinstance(element.value, str):
                return UID(self.pseudonyms.uid(element.value)), "replaced"
            return [UID(self.pseudonyms.uid(uid)) for uid in element.value], "replaced"
        if kind in ("DA", "DT"):
            shift = values.shifted_date if kind == "DA" else values.shifted_date_time
            return shift(str(element.value), self.days), "shifted"
        if kind == "CS":
            return values.code_string(element), "replaced"
        if kind == "TM":
            return values.time(element), "replaced"
        if keyword in values.PIXELS:
            return element.value, "kept"
        is_number = any(part in values.NUMBERS for part in kind.split(" or "))
        return (values.number(element) if is_number else None), "replaced"

    def _file_meta(self, dataset: Dataset, clean: Dataset) -> FileMetaDataset:
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = clean.SOPClassUID
        meta.MediaStorageSOPInstanceUID = clean.SOPInstanceUID
        meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
        meta.ImplementationClassUID = IMPLEMENTATION
        meta.ImplementationVersionName = "OSTEON"
        return meta


def _label_contours(clean: Dataset) -> None:
    """Constant values where segmentations and contours must have a name, and people write names of people."""
    if clean.get("SOPClassUID") in SEGMENTATIONS:
        clean.ContentLabel, clean.ContentDescription, clean.ContentCreatorName = "SEGMENTATION", "", ""
        for segment in clean.get("SegmentSequence", []):
            if segment.get("SegmentAlgorithmType", "MANUAL") != "MANUAL":
                segment.SegmentAlgorithmName = "REMOVED"
    elif "StructureSetROISequence" in clean:
        clean.StructureSetLabel = "CONTOURS"


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _group(tag: BaseTag, keyword: str) -> str:
    if tag.is_private:
        return "private tags"
    if tag.group & 0xFF00 == 0x6000:
        return "overlays"
    if tag.group & 0xFF00 == 0x5000:
        return "curves"
    return keyword or "tags that the standard does not know"


def _text(dataset: Dataset, keyword: str) -> str:
    try:
        return str(dataset.get(keyword) or "")
    except Exception:  # a value that cannot be read is as good as none
        return ""
