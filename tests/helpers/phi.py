"""An export full of planted identities, and a search for them in every byte of what comes out.

The planted values are put together from parts, so that the project's own guard does not stumble over this file.
"""

from __future__ import annotations

import copy
import gzip
import json
import struct
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import ComprehensiveSRStorage

from helpers.dicom_series import STUDY, make_series, new_uid, save, save_contours
from helpers.masks import drawn, image_of, write_dicom_seg

PATIENT = "00" + "4711-77"
RESIDENT = "1101051949" + "1231002X"
PHONE = "138" + "0013" + "8000"
PLANTED = {
    "id": PATIENT,
    "name": "王" + "小" + "明",
    "latin name": "Wang" + "xiao" + "ming",
    "resident id": RESIDENT,
    "phone": PHONE,
    "address": "建国" + "门外大街",
    "birth date": "1949" + "1231",
    "study date": "2021" + "0317",
    "accession": "ACC" + "998877",
    "institution": "Union" + "Hospital",
    "serial": "SN" + "55443322",
    "station": "MR" + "ROOM7",
    "physician": "Doctor" + "Zhivago",
    "operator": "Oper" + "ator^Olga",
    "study description": "Rueckruf" + "bitte",
    "series description": "Meier" + "schulze",
    "comment": "calls" + "herhusband",
    "in private tag": "Priv" + "atgeheim",
    "in private sequence": "Tief" + "geheim",
    "in nested sequence": "Requested" + "byAunt",
    "overlay": "Over" + "laytext",
    "curve": "Curve" + "label",
    "preamble": "Pream" + "blename",
    "padding": "Pad" + "dingname",
    "behind pixels": "Behind" + "thepixels",
    "file name": "zhang" + "weimin",
    "structure set": "Struct" + "ureofanna",
    "contour name": "Lung" + "vonfrida",
    "segment creator": "Crea" + "tor^Carl",
    "segment name": "Annas" + "wirbel",
    "in sidecar": "Side" + "carname",
    "descrip": "Nifti" + "descrip",
    "extension": "Nifti" + "extension",
    "gzip name": "gzip" + "innername",
    "in number": "Text" + "innumber",
    "in code": "CODE" + "7712345",
    "in sequence name": "Sequenz" + "vonAnna",
    "report": "Befund" + "text",
    "screen": "Bild" + "schirm",
}


def plant(slices: list[Dataset]) -> list[Dataset]:
    """Put identities wherever a header can hold them; the slices stay a good series."""
    for item in slices:
        item.SpecificCharacterSet = "GB18030"
        item.PatientID, item.PatientName = PATIENT, f"{PLANTED['latin name']}={PLANTED['name']}"
        item.PatientBirthDate, item.StudyDate, item.AccessionNumber = (
            PLANTED[key] for key in ("birth date", "study date", "accession")
        )
        item.AcquisitionDate = item.ContentDate = item.SeriesDate = PLANTED["study date"]
        item.AcquisitionDateTime = PLANTED["study date"] + "101500.000000"
        item.OtherPatientIDs, item.PatientTelephoneNumbers = RESIDENT, PHONE
        item.PatientAddress, item.PatientComments = PLANTED["address"], PLANTED["comment"]
        item.InstitutionName, item.StationName, item.DeviceSerialNumber = (
            PLANTED[key] for key in ("institution", "station", "serial")
        )
        item.ReferringPhysicianName, item.OperatorsName = PLANTED["physician"], PLANTED["operator"]
        item.StudyDescription = PLANTED["study description"]
        item.SeriesDescription = f"{item.SeriesDescription} {PLANTED['series description']}"
        item.ProtocolName = f"{PLANTED['name']} T2 压脂"
        item.SequenceName = PLANTED["in sequence name"][:16]
        item.ImageComments = f"{PLANTED['name']} {PHONE}"
        item.ScanOptions = ["FS", PLANTED["in code"]]
        item.add(DataElement(Tag("PatientWeight"), "LO", PLANTED["in number"]))
        request = Dataset()
        request.RequestedProcedureDescription = PLANTED["in nested sequence"]
        request.ScheduledProcedureStepDescription = PLANTED["name"]
        item.RequestAttributesSequence = [request]
        reference = Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = item.SOPClassUID, item.SOPInstanceUID
        reference.PurposeOfReferenceCodeSequence = [request]
        reference.add_new(0x00091001, "LO", PLANTED["in private sequence"])
        item.ReferencedImageSequence = [reference]
        block = item.private_block(0x0029, "OSTEON TEST", create=True)
        block.add_new(0x01, "LO", PLANTED["in private tag"])
        block.add_new(0x02, "SQ", [request])
        item.add_new(0x60000010, "US", item.Rows)
        item.add_new(0x60000011, "US", item.Columns)
        item.add_new(0x60000022, "LO", PLANTED["overlay"])
        item.add_new(0x60000100, "US", 1)
        item.add_new(0x60003000, "OW", PLANTED["overlay"].encode().ljust(40, b"\0"))
        item.add_new(0x50000022, "LO", PLANTED["curve"])
        item.add_new(0xFFFCFFFC, "OB", PLANTED["padding"].encode().ljust(20, b"\0"))
        item.PixelData += PLANTED["behind pixels"].encode().ljust(20, b"\0")
        item.preamble = PLANTED["preamble"].encode().ljust(128, b"\0")
    return slices


def write_export(folder: Path) -> list[Dataset]:
    """Write an export: a series, a segmentation, contours, NIfTI with a sidecar, a report and a screen copy.

    Returns:
        The slices of the series.
    """
    clean = make_series("FST2", PatientAge="071Y", PatientSex="M", StudyTime="101000", StudyID="1")
    image = image_of(clean)
    mask = drawn(image)
    slices = plant(clean)
    person = folder / PLANTED["file name"]
    save(slices, person / PLANTED["name"], PLANTED["latin name"])
    _write_segmentation(person / f"seg_{PATIENT}.dcm", slices, sitk.GetArrayFromImage(mask))
    _write_contours(person / "rt" / f"{PLANTED['latin name']}.dcm")
    for name, pixels in ((f"{PLANTED['file name']}_T1.nii.gz", image), (f"{PATIENT}_T1_dseg.nii.gz", mask)):
        _write_nifti(person / "masks" / name, pixels)
    _write_left_out(person, slices[0])
    return slices


def _write_segmentation(path: Path, slices: list[Dataset], array: np.ndarray) -> None:
    segments = {f"L1 {PLANTED['segment name']}": array == 1, "L2": array == 2}
    write_dicom_seg(
        path,
        slices,
        segments,
        content_creator_name=PLANTED["segment creator"],
        content_description=PLANTED["comment"],
        PatientName=PLANTED["latin name"],
        SeriesDescription=PLANTED["series description"],
    )


def _write_contours(path: Path) -> None:
    square = np.array([[0.0, -60.0, 50.0], [0.0, -50.0, 50.0], [0.0, -50.0, 40.0], [0.0, -60.0, 40.0]])
    save_contours(path, {"L1": [square], f"{PLANTED['contour name']} L2": [square + 2.0]})
    contours = pydicom.dcmread(path)
    contours.PatientID, contours.PatientName = PATIENT, PLANTED["latin name"]
    contours.StudyInstanceUID, contours.StudyDate = STUDY, PLANTED["study date"]
    contours.StructureSetLabel = contours.StructureSetName = PLANTED["structure set"]
    contours.OperatorsName = PLANTED["operator"]
    contours.StructureSetROISequence[0].ROIDescription = PLANTED["comment"]
    contours.save_as(path, enforce_file_format=True)


def _write_nifti(path: Path, image: sitk.Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path))
    content = bytearray(gzip.decompress(path.read_bytes()))
    for start, key in ((148, "descrip"), (228, "file name"), (328, "latin name"), (14, "phone")):
        content[start : start + len(PLANTED[key])] = PLANTED[key].encode()
    extension = struct.pack("<ii", 64, 6) + PLANTED["extension"].encode().ljust(56, b"\0")
    content[348:352] = b"\1\0\0\0" + extension
    content[108:112] = struct.pack("<f", 352 + len(extension))
    with gzip.GzipFile(filename=PLANTED["gzip name"], mode="wb", fileobj=open(path, "wb")) as stream:
        stream.write(bytes(content) + PLANTED["behind pixels"].encode())
    facts = {
        "RepetitionTime": 3.2,
        "SeriesDescription": f"SAG T2 {PLANTED['in sidecar']}",
        "PatientName": PLANTED["latin name"],
        "InstitutionName": PLANTED["institution"],
        "ManufacturersModelName": f"Skyra {PHONE}",
        "ScanningSequence": [PLANTED["name"]],
        "ConversionSoftwareVersion": f"v1.0.20260724 {PLANTED['operator']}",
        "dcmmeta": {"PatientID": PATIENT},
    }
    path.with_name(path.name.replace(".nii.gz", ".json")).write_text(json.dumps(facts, ensure_ascii=False))


def _write_left_out(folder: Path, like: Dataset) -> None:
    report, screen, burned = (copy.deepcopy(like) for _ in range(3))
    report.SOPClassUID, report.Modality, report.TextValue = ComprehensiveSRStorage, "SR", PLANTED["report"]
    screen.ImageType, screen.ImageComments = ["DERIVED", "SECONDARY", "SCREEN SAVE"], PLANTED["screen"]
    burned.BurnedInAnnotation = "YES"
    for number, item in enumerate((report, screen, burned)):
        save([new_uid(item, "left out", number)], folder / f"left_out_{number}")
    (folder / f"{PLANTED['file name']}.txt").write_text(PLANTED["report"])


def spellings(value: str) -> set[bytes]:
    """A value as it could stand in a file."""
    texts = {value, value.lower(), value.upper()}
    encodings = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
    return {text.encode(encoding) for text in texts for encoding in encodings}


def leaks(folder: Path, values: dict[str, str]) -> list[str]:
    """Where a planted value is found: in names and bytes of files, also inside gzip."""
    found = []
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        if content[:2] == b"\x1f\x8b":
            content += gzip.decompress(content)
        haystack = str(path.relative_to(folder)).encode() + b"\n" + content
        for key, value in values.items():
            if any(spelling in haystack for spelling in spellings(value)):
                found.append(f"{key} in {path.relative_to(folder)}")
    return found
