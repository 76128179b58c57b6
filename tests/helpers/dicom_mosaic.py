"""A Siemens mosaic made from the slices of a classic series."""

from __future__ import annotations

import copy
import math
import struct

import numpy as np
from pydicom.dataset import Dataset

from helpers.dicom_series import new_uid, pixels


def csa_header(**values: list[str]) -> bytes:
    """Siemens' private header ('SV10') with texts by name."""
    data = b"SV10\x04\x03\x02\x01" + struct.pack("<II", len(values), 77)
    for name, texts in values.items():
        data += name.encode().ljust(64, b"\0") + struct.pack("<i4siii", len(texts), b"FD\0\0", 3, 6, 77)
        for number in range(6):
            text = texts[number].encode() + b"\0" if number < len(texts) else b""
            length = len(text)
            data += struct.pack("<4i", length, length, 77, length) + text.ljust(-(-length // 4) * 4, b"\0")
    return data


def mosaic(slices: list[Dataset], normal: bool = True, private: bool = True) -> Dataset:
    """One image with the slices as tiles; `normal` and `private` say what the private header tells."""
    first, count = slices[0], len(slices)
    tiles = math.ceil(math.sqrt(count))
    positions = [np.array(item.ImagePositionPatient, dtype=float) for item in slices]
    row, column = np.reshape(np.array(first.ImageOrientationPatient, dtype=float), (2, 3))
    down, across = (float(value) for value in first.PixelSpacing)
    made = copy.deepcopy(first)
    whole = np.zeros((tiles * first.Rows, tiles * first.Columns), np.uint16)
    for number, tile in enumerate(pixels(slices)):
        top, left = (number // tiles) * first.Rows, (number % tiles) * first.Columns
        whole[top : top + first.Rows, left : left + first.Columns] = tile
    corner = positions[0] - (tiles - 1) / 2 * (first.Columns * across * row + first.Rows * down * column)
    step = positions[1] - positions[0]
    made.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
    made.ImagePositionPatient = [f"{value:.8f}" for value in corner]
    made.SpacingBetweenSlices = f"{np.linalg.norm(step):.6f}"
    made.Rows, made.Columns = whole.shape
    made.PixelData = whole.tobytes()
    made.ImagesInAcquisition = 1
    made.AcquisitionMatrix = [first.Columns, 0, 0, first.Rows]
    unit = [f"{value:.8f}" for value in step / np.linalg.norm(step)]
    texts = {"NumberOfImagesInMosaic": [str(count)]} | ({"SliceNormalVector": unit} if normal else {})
    if private:
        made.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", count)
    made.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", csa_header(**texts))
    return new_uid(made, "mosaic", made.InstanceNumber, made.SeriesInstanceUID)
