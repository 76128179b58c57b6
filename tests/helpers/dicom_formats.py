"""Series written in any transfer syntax that an export may have."""

from __future__ import annotations

import copy
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from helpers.dicom_series import save

EXACT = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
    "RLE": RLELossless,
    "JPEG lossless": JPEGLossless,
    "JPEG lossless, first order": JPEGLosslessSV1,
    "JPEG-LS": JPEGLSLossless,
    "JPEG 2000": JPEG2000Lossless,
}
LOSSY = {
    "JPEG baseline": JPEGBaseline8Bit,
    "JPEG extended": JPEGExtended12Bit,
    "JPEG-LS near-lossless": JPEGLSNearLossless,
    "JPEG 2000 lossy": JPEG2000,
}


def save_in(syntax: str, slices: list[Dataset], folder: Path, prefix: str = "") -> list[Path]:
    """Write slices in a transfer syntax; the datasets given stay as they are."""
    slices = [_encoded(copy.deepcopy(item), syntax) for item in slices]
    return save(slices, folder, prefix)


def _encoded(dataset: Dataset, syntax: str) -> Dataset:
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    elif syntax in (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1):
        frames = np.frombuffer(dataset.PixelData, "<u2").reshape(-1, dataset.Rows, dataset.Columns)
        _set_fragments(dataset, [_jpeg(frame, syntax, dataset) for frame in frames])
    elif syntax in (RLELossless, JPEGLSLossless, JPEGLSNearLossless, JPEG2000Lossless, JPEG2000):
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        extra = {JPEGLSNearLossless: {"jls_error": 2}, JPEG2000: {"j2k_cr": [4]}}.get(syntax, {})
        dataset.compress(syntax, generate_instance_uid=False, **extra)
    return dataset


def _jpeg(frame: np.ndarray, syntax: str, dataset: Dataset) -> bytes:
    if syntax == JPEGBaseline8Bit:
        return imagecodecs.jpeg8_encode((frame >> 2).astype(np.uint8), level=95)
    if syntax == JPEGExtended12Bit:
        return imagecodecs.jpeg8_encode(frame, level=95, bitspersample=12)
    return imagecodecs.jpeg8_encode(frame, lossless=True, bitspersample=16)


def _set_fragments(dataset: Dataset, fragments: list[bytes]) -> None:
    if dataset.file_meta.TransferSyntaxUID == JPEGBaseline8Bit:
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = encapsulate(fragments)
    dataset["PixelData"].is_undefined_length = True
    dataset["PixelData"].VR = "OB"


def decoded(path: Path) -> np.ndarray:
    """What pydicom decodes from a file."""
    return pydicom.dcmread(path, force=True).pixel_array
