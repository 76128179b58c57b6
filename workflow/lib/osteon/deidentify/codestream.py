"""Compressed images hold free text in comments, and bytes behind their end: both go, and no pixel changes.

Encapsulated pixel data (PS3.5, A.4) are items of codestreams, one or more per frame. They are put together to frames
and written anew, one item each, so that nothing between and behind them stays. The payload of segments that hold text
is overwritten with zeros. JPEG and JPEG-LS: ISO/IEC 10918-1, B.1.1 (COM, APPn) and ISO/IEC 14495-1, C.1; JPEG 2000:
ISO/IEC 15444-1, A.4 and A.9.2 (COM).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydicom.encaps import encapsulate, generate_frames


@dataclass(frozen=True)
class Coding:
    """How a codestream is built: markers (their second bytes) and where coded pixels end."""

    text: frozenset[int]
    """Segments that hold text."""
    kept: int
    """Bytes of such a segment before its text."""
    pixels: int
    """The marker before coded pixels."""
    has_length: bool
    """Whether a segment with a length follows it."""
    after_pixels: re.Pattern[bytes]
    """The next marker; coded pixels never look like one."""


END = 0xD9
JPEG = Coding(frozenset({0xFE, *range(0xE0, 0xF0)}), 0, 0xDA, True, re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]"))
JPEG_2000 = Coding(frozenset({0x64}), 2, 0x93, False, re.compile(rb"\xff[\x90\xd9]"))
CODINGS = {b"\xff\xd8": JPEG, b"\xff\x4f": JPEG_2000}


def without_comments(pixels: bytes, frames: int) -> bytes:
    """Encapsulated pixel data without the free text of their codestreams.

    Args:
        pixels: the items, compressed with any kind of JPEG.
        frames: number of frames.

    Raises:
        ValueError: there are no such items, or not so many frames.
    """
    cleaned = [_cleaned(frame) for frame in generate_frames(pixels, number_of_frames=frames)]
    if len(cleaned) != frames:
        raise ValueError(f"{len(cleaned)} frames, not {frames}")
    return encapsulate(cleaned)


def _cleaned(frame: bytes) -> bytes:
    """One codestream up to its end marker, without text.

    >>> _cleaned(b"\\xff\\xd8\\xff\\xfe\\x00\\x06Anna\\xff\\xd9Meier")
    b'\\xff\\xd8\\xff\\xfe\\x00\\x06\\x00\\x00\\x00\\x00\\xff\\xd9'
    """
    content, coding = bytearray(frame), CODINGS.get(frame[:2])
    if coding is None:
        raise ValueError("no codestream")
    position = 2
    while content[position : position + 1] == b"\xff" and position + 1 < len(content):
        kind = content[position + 1]
        if kind == 0xFF:  # fill byte
            position += 1
            continue
        if kind == END:
            return bytes(content[: position + 2])
        after = position + 2
        if kind != coding.pixels or coding.has_length:
            after += int.from_bytes(content[after : after + 2])
        if kind in coding.text:
            first = position + 4 + coding.kept
            content[first:after] = bytes(max(0, after - first))
        if kind == coding.pixels:
            marker = coding.after_pixels.search(content, after)
            after = marker.start() if marker else len(content)
        position = after
    raise ValueError("the codestream has no end")
