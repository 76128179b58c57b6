"""NIfTI and sidecars: free text out, voxels and geometry as they were."""

from __future__ import annotations

import gzip
import json
import struct

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.deidentify.nifti import clean_sidecar, deidentify_nifti
from osteon.deidentify.objects import Refused


@pytest.fixture
def image():
    image = sitk.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(3, 4, 5))
    image.SetSpacing((0.5, 0.75, 3.3))
    image.SetOrigin((-10.0, 20.0, 5.0))
    return image


def nifti2(first: int = 544) -> bytes:
    header = bytearray(540)
    struct.pack_into("<i8shh8q", header, 0, 540, b"n+2\0\r\n\x1a\n", 2, 8, 3, 2, 2, 2, 1, 1, 1, 1)
    struct.pack_into("<q", header, 168, first)
    for start in (240, 320, 508, 525):
        header[start : start + 4] = b"Anna"
    return bytes(header) + b"Anna" + bytes(range(8)) + b"Anna"


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_voxels_and_geometry_stay(tmp_path, image, suffix):
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(image, str(path))
    content, _ = deidentify_nifti(path.read_bytes())
    assert suffix == ".nii" or content[3:8] == bytes(5), "gzip names a file or a time"
    path.write_bytes(content)
    after = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(after), sitk.GetArrayFromImage(image))
    assert after.GetOrigin() == pytest.approx(image.GetOrigin(), abs=1e-5)
    assert after.GetSpacing() == pytest.approx(image.GetSpacing(), abs=1e-6)
    assert deidentify_nifti(content) == (content, 0)


@pytest.mark.parametrize("order", ["<", ">"])
def test_text_extensions_and_what_follows_the_voxels_go(order):
    header = bytearray(348)
    struct.pack_into(order + "i", header, 0, 348)
    struct.pack_into(order + "8h", header, 40, 3, 2, 2, 2, 1, 1, 1, 1)
    struct.pack_into(order + "hh", header, 70, 2, 8)
    struct.pack_into(order + "f", header, 108, 368.0)
    header[344:348] = b"n+1\0"
    clean = bytes(header) + bytes(20) + bytes(range(8))
    for start in (4, 14, 36, 148, 228, 328):
        header[start : start + 2] = b"An"
    dirty = bytes(header) + b"\1\0\0\0" + struct.pack(order + "ii", 16, 6) + b"Anna\0\0\0\0" + bytes(range(8)) + b"An"
    assert deidentify_nifti(dirty) == (clean, 6)


def test_nifti_2_is_cleaned_too():
    content, emptied = deidentify_nifti(nifti2())
    assert b"Anna" not in content
    assert emptied == 6
    assert content[-8:] == bytes(range(8))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1f\x8b",
        b"\x1f\x8bnothing",
        gzip.compress(bytes(500), mtime=0)[:15] + bytes([255]) * 10,
        nifti2()[:8],
        gzip.compress(b"text", mtime=0),
        nifti2()[:545],
        nifti2(first=10),
        nifti2(first=2**40),
    ],
)
def test_what_is_no_whole_image_is_refused(content):
    with pytest.raises(Refused):
        deidentify_nifti(content)


def test_sidecars_keep_the_acquisition_and_nothing_else():
    given = {
        "RepetitionTime": 3.5,
        "PixelSpacing": [0.5, 0.75],
        "ScanningSequence": ["SE"],
        "Manufacturer": "Siemens Meier",
        "ManufacturersModelName": "Skyra 13800138000",
        "SeriesDescription": "T2 Meier 压脂",
        "ConversionSoftware": "dcm2niix",
        "ConversionSoftwareVersion": "v1.0.20260724 Meier",
        "MRAcquisitionType": {"PatientName": "Meier"},
        "Matrix": [[1, 2]],
        "EchoTime": float("nan"),
        "InversionTime": "Meier",
        "ConvolutionKernel": "MEIER",
        "BodyPartExamined": "Meier",
        "Modality": "MEIER",
        "PatientName": "Meier",
    }
    content, kept, removed = clean_sidecar(json.dumps(given).encode())
    assert json.loads(content) == {
        "Manufacturer": "Siemens",
        "ManufacturersModelName": "Skyra",
        "RepetitionTime": 3.5,
        "ScanningSequence": ["SE"],
        "PixelSpacing": [0.5, 0.75],
        "SeriesDescription": "T2 压脂",
        "ConversionSoftware": "dcm2niix",
        "ConversionSoftwareVersion": "v1.0.20260724",
    }
    assert (kept, removed) == (8, 8)


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff\xfe"])
def test_what_is_no_sidecar_is_refused(content):
    with pytest.raises(Refused):
        clean_sidecar(content)


def test_sidecars_hold_what_headers_may_hold():
    given = {"Modality": "CT", "BodyPartExamined": "LSPINE", "ConvolutionKernel": "B30f", "MRAcquisitionType": "2D"}
    assert json.loads(clean_sidecar(json.dumps(given).encode())[0]) == given
