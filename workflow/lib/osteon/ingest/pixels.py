"""Whether a DICOM file holds all of its pixel data, without decoding them (DICOM PS3.5, 7.1 and A.4)."""

from __future__ import annotations

import struct
from typing import BinaryIO

PIXEL_TAGS = ((0x7FE0, 0x0010), (0x7FE0, 0x0008), (0x7FE0, 0x0009))
LONG_FORMS = (b"OB", b"OW", b"OF", b"OD", b"UN")
UNDEFINED = 0xFFFFFFFF
ITEM, DELIMITER = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)

ABSENT = "it holds no pixel data"
SHORT = "it ends before its pixel data do"


def expected_bytes(tags: dict[str, object]) -> int:
    """Bytes of the uncompressed pixel data that the header promises; 0 where it does not say."""
    pixels = 1.0
    for keyword in ("Rows", "Columns", "BitsAllocated"):
        pixels *= tags.get(keyword, 0.0)
    # subsampled color needs less than rows x columns x samples, so only gray images are held to it
    return int(pixels * tags.get("NumberOfFrames", 1.0)) // 8 if tags.get("SamplesPerPixel", 1.0) == 1 else 0


def missing_pixels(stream: BinaryIO, tags: dict[str, object], explicit: bool, little_endian: bool, size: int) -> str:
    """Say what is missing of the pixel data, or '' if nothing is.

    Args:
        stream: open file at the start of the pixel data element, where pydicom stops.
        tags: the header's values (see `header.tags_of`).
        explicit: whether elements name their value representation.
        little_endian: byte order.
        size: length of the file, bytes.
    """
    order = "<" if little_endian else ">"
    start = stream.tell()
    head = stream.read(12)
    if len(head) < 8 or struct.unpack(order + "HH", head[:4]) not in PIXEL_TAGS:
        return ABSENT
    if not explicit:
        length, header = struct.unpack(order + "I", head[4:8])[0], 8
    elif head[4:6] in LONG_FORMS and len(head) == 12:
        length, header = struct.unpack(order + "I", head[8:12])[0], 12
    else:
        return SHORT
    if length == UNDEFINED:
        stream.seek(start + header)
        return _missing_fragments(stream, size)
    if start + header + length > size:
        return SHORT
    return "" if length >= expected_bytes(tags) else "its pixel data are shorter than rows x columns"


def _missing_fragments(stream: BinaryIO, size: int) -> str:
    """Walk the items of compressed pixel data: offset table, fragments, delimiter."""
    items = 0
    while True:
        head = stream.read(8)
        if len(head) < 8:
            # many writers leave the last delimiter out; what counts is that no fragment is cut
            return "" if not head and items > 1 else SHORT
        group, element, length = struct.unpack("<HHI", head)
        if (group, element) == DELIMITER:
            return "" if items > 1 else ABSENT
        if (group, element) != ITEM or stream.tell() + length > size:
            return SHORT
        stream.seek(length, 1)
        items += 1
