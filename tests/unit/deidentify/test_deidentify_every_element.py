"""A secret in every element of the standard, at the top and inside sequences, and hostile files."""

from __future__ import annotations

import random
import struct

import pydicom
import pytest
from pydicom.datadict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from helpers.dicom_series import make_series, save
from osteon.deidentify.objects import Refused, deidentify_file
from osteon.deidentify.pseudonyms import Pseudonyms

PSEUDONYMS = Pseudonyms(bytes(32))
SECRET = "Geheim" + "nis"
# For values that are codes by their kind the secret is a number of a person, since words in capitals are codes.
NUMBER = "7" + "654321"
KINDS = {"AE": SECRET, "AS": "99Z", "CS": NUMBER, "DA": SECRET, "DT": SECRET, "LO": SECRET, "LT": SECRET, "PN": SECRET}
KINDS |= {"SH": SECRET, "ST": SECRET, "TM": SECRET, "UC": SECRET, "UI": f"1.2.{NUMBER}", "UN": SECRET.encode()}
KINDS |= {"UR": SECRET, "UT": SECRET, "OB": SECRET.encode() + b"\0", "OW": SECRET.encode() + b"\0"}
LEFT = {"SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "ImageType", "BurnedInAnnotation", "ConversionType"}
LEFT |= {"PhotometricInterpretation", "PixelData", "FloatPixelData", "DoubleFloatPixelData"}
# Free text by its kind and kept all the same, cleaned: scanners fill it, and no list of models is complete.
LEFT |= {"ManufacturerModelName"}
SEQUENCES = ("SharedFunctionalGroupsSequence", "ReferencedImageSequence", "SegmentedPropertyTypeCodeSequence")


def planted() -> list[DataElement]:
    """Every element of the dictionary that can hold text, with a secret in it."""
    return [
        DataElement(Tag(number), kind, KINDS[kind], validation_mode=pydicom.config.IGNORE)
        for number, (kind, _, _, _, keyword) in DicomDictionary.items()
        if kind in KINDS and Tag(number).group >= 8 and keyword not in LEFT
    ]


@pytest.mark.filterwarnings("ignore")
def test_no_element_of_the_standard_lets_a_secret_through(tmp_path):
    (dataset,) = make_series("T2", 1)
    item = Dataset()
    for element in planted():
        item.add(element)
        dataset.add(element)
    assert len(item) > 1500
    for keyword in SEQUENCES:
        dataset.add(DataElement(Tag(keyword), "SQ", [item]))
    path = tmp_path / "a"
    dataset.save_as(path, enforce_file_format=True)
    assert path.read_bytes().count(SECRET.encode()) > 3000
    content = deidentify_file(path, PSEUDONYMS).content
    for secret in (SECRET, SECRET.upper(), NUMBER, KINDS["AS"]):
        assert secret.encode() not in content
    (tmp_path / "b").write_bytes(content)
    kept = pydicom.dcmread(tmp_path / "b")
    assert kept.SharedFunctionalGroupsSequence[0].StudyInstanceUID.startswith("2.25.")


@pytest.mark.slow
def test_mutated_files_are_written_or_refused(tmp_path):
    """400 files with changed bytes in their headers: nothing but a refusal may come out of the reader."""
    (path,) = save(make_series("T2", 1), tmp_path / "in")
    whole = path.read_bytes()
    header = whole.index(struct.pack("<HH", 0x7FE0, 0x0010)) + 12
    rng = random.Random(7)
    ends = {"written": 0, "refused": 0}
    for _ in range(400):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(header)] = rng.randrange(256)
        path.write_bytes(content)
        try:
            deidentify_file(path, PSEUDONYMS)
            ends["written"] += 1
        except Refused:
            ends["refused"] += 1
    assert min(ends.values()) > 20


def test_ten_gigabytes_that_are_only_declared_are_refused(tmp_path):
    (path,) = save(make_series("T2", 1), tmp_path / "in")
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.index(struct.pack("<HH", 0x7FE0, 0x0010)) + 8, 0xFFFFFFF0)
    path.write_bytes(content)
    with pytest.raises(Refused, match="truncated"):
        deidentify_file(path, PSEUDONYMS)
