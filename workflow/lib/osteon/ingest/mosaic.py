"""Siemens mosaics: the slices of one volume side by side in one image (ImageType MOSAIC).

The position in the header is that of a single image as large as the mosaic; the slices' own positions follow from
the matrix of one tile, SpacingBetweenSlices and the normal that Siemens writes into its private header (CSA).
"""

from __future__ import annotations

import math
import struct

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from osteon.ingest.enhanced import Frame

HEADER, CSA = (0x0019, "SIEMENS MR HEADER"), (0x0029, "SIEMENS CSA HEADER")
# Private elements lie in a block that the file itself reserves; Siemens uses the first ones.
BLOCKS = (0x10, 0x11, 0x12)
PRIVATE_TAGS = [
    Tag(group, element)
    for group, elements in ((0x0019, (0x0A,)), (0x0029, (0x10,)))
    for block in BLOCKS
    for element in (block, *((block << 8) + inner for inner in elements))
]
"""What must be read of a header to know its mosaic."""
CSA_MAGIC, CSA_TAG_BYTES, CSA_TAGS, CSA_ITEMS = b"SV10\x04\x03\x02\x01", 84, 512, 4096


def mosaic_frames(private: Dataset, tags: dict[str, object]) -> tuple[int, tuple[Frame, ...]]:
    """The slices of a mosaic.

    Args:
        private: elements `PRIVATE_TAGS` of the header.
        tags: the header's values (see `header.tags_of`).

    Returns:
        Tiles per side, and one frame per slice in the order of the tiles (row by row). Without position
        where the header does not tell the normal or the distance between slices.

    Verified against: dcm2niix on the mosaics of dcm_qa_nih (affine within 1e-3 mm).
    """
    csa = _csa(_private(private, *CSA, 0x10))
    count = _count(_private(private, *HEADER, 0x0A)) or _count(csa.get("NumberOfImagesInMosaic", [None])[0])
    if not count or "Rows" not in tags or "Columns" not in tags:
        return 1, (Frame(None, None, None),)
    tiles = math.ceil(math.sqrt(count))
    orientation, spacing = tags.get("ImageOrientationPatient"), tags.get("PixelSpacing")
    corner, step = tags.get("ImagePositionPatient"), tags.get("SpacingBetweenSlices")
    normal = _normal(csa.get("SliceNormalVector", []), orientation)
    if normal is None or not isinstance(step, float) or not _has(spacing, 2) or not _has(corner, 3) or tiles > 64:
        return tiles, tuple(Frame(None, None, None, i) for i in range(min(count, 2)))
    row, column = np.reshape(orientation, (2, 3))
    whole = np.array([tags["Columns"], tags["Rows"]])
    across, down = (whole - whole // tiles) / 2 * spacing[::-1]
    first = np.array(corner) + across * row + down * column
    return tiles, tuple(
        Frame(tuple(float(value) for value in first + i * step * normal), orientation, spacing, i) for i in range(count)
    )


def _has(value: object, length: int) -> bool:
    return isinstance(value, tuple) and len(value) == length


def _normal(parts: list[str], orientation: object) -> np.ndarray | None:
    """The unit vector from slice to slice, if it is perpendicular to the plane."""
    try:
        normal = np.array([float(part) for part in parts[:3]])
        plane = np.reshape(orientation, (2, 3)).astype(float)
    except (TypeError, ValueError):
        return None
    if normal.shape != (3,) or np.abs(plane @ normal).max() > 1e-3 or abs(np.linalg.norm(normal) - 1) > 1e-3:
        return None
    return normal


def _count(value: object) -> int:
    try:
        return max(0, int(float(value)))
    except (TypeError, ValueError, OverflowError):
        return 0


def _private(dataset: Dataset, group: int, creator: str, element: int) -> object:
    for block in BLOCKS:
        owner = dataset.get((group, block))
        if owner is not None and str(owner.value).strip() == creator:
            found = dataset.get((group, (block << 8) + element))
            return found.value if found is not None else None
    return None


def _csa(data: object) -> dict[str, list[str]]:
    """Siemens' private header as texts by name; empty where it is absent or malformed.

    Layout ('SV10'): 4 + 4 bytes of magic, number of tags, 77; per tag a name (64), multiplicity, type (4), syngo
    type, number of items, 77 or 205; per item four lengths, of which the second counts, and the padded text.
    """
    if not isinstance(data, bytes) or not data.startswith(CSA_MAGIC):
        return {}
    found: dict[str, list[str]] = {}
    try:
        count, at = struct.unpack_from("<I", data, 8)[0], 16
        for _ in range(min(count, CSA_TAGS)):
            name = data[at : at + 64].split(b"\0")[0].decode("latin-1")
            items = struct.unpack_from("<I", data, at + 76)[0]
            at += CSA_TAG_BYTES
            texts = []
            for _ in range(min(items, CSA_ITEMS)):
                length = struct.unpack_from("<4I", data, at)[1]
                texts.append(data[at + 16 : at + 16 + length].split(b"\0")[0].decode("latin-1").strip())
                at += 16 + -(-length // 4) * 4
            found[name] = [part for part in texts if part]
    except struct.error:
        pass  # cut off: what was read so far is right
    return found
