"""Comments inside compressed images are free text: they are blanked, and no pixel changes.

Encapsulated pixel data (PS3.5, A.4) are items of codestreams. The segments are overwritten in place with
zeros, so that all lengths and offsets stay. JPEG and JPEG-LS: ISO/IEC 10918-1, B.1.1.3 (COM, APPn); JPEG 2000:
ISO/IEC 15444-1, A.9.2 (COM).
"""

from __future__ import annotations

import struct

ITEM = b"\xfe\xff\x00\xe0"
SOI, SOC, END = b"\xff\xd8", b"\xff\x4f", b"\xff\xd9"
JPEG_TEXT, JPEG_2000_TEXT = frozenset({0xFE, *range(0xE0, 0xF0)}), frozenset({0x64})
START_OF_SCAN, START_OF_TILE = 0xDA, 0x90
CODING_OF_COMMENT = 2  # bytes before the text of a JPEG 2000 comment


def without_comments(pixels: bytes) -> bytes:
    """Encapsulated pixel data without the free text of their codestreams; RLE has none.

    >>> without_comments(ITEM + bytes([12, 0, 0, 0]) + b"\\xff\\xd8\\xff\\xfe\\x00\\x06Anna\\xff\\xda")[12:]
    b'\\x00\\x06\\x00\\x00\\x00\\x00\\xff\\xda'
    """
    content = bytearray(pixels)
    position = 0
    while content[position : position + 4] == ITEM and position + 8 <= len(content):
        length = struct.unpack_from("<I", content, position + 4)[0]
        start, position = position + 8, min(position + 8 + length, len(content))
        if content[start : start + 2] == SOI:
            coded = _blank(content, start + 2, position, JPEG_TEXT, START_OF_SCAN)
        elif content[start : start + 2] == SOC:
            coded = _blank(content, start + 2, position, JPEG_2000_TEXT, START_OF_TILE, CODING_OF_COMMENT)
        else:
            continue
        # coded pixels never hold the end marker, so what follows the first one is no pixel
        end = content.find(END, coded, position)
        if end >= 0:
            content[end + 2 : position] = bytes(position - end - 2)
    return bytes(content)


def _blank(content: bytearray, start: int, end: int, text: frozenset[int], last: int, keep: int = 0) -> int:
    """Zero the payload of the marker segments in `text`; returns where the coded pixels begin, or `end`."""
    while start + 4 <= end and content[start] == 0xFF:
        kind = content[start + 1]
        if kind == last:
            return start
        if kind == 0xFF:  # fill byte
            start += 1
            continue
        length = struct.unpack_from(">H", content, start + 2)[0]
        if kind in text:
            first, after = start + 4 + keep, min(start + 2 + length, end)
            content[first:after] = bytes(max(0, after - first))
        start += 2 + length
    return end
