"""Deflated DICOM (DICOM PS3.5, A.5) as the plain file that it stands for, inflated up to a limit."""

from __future__ import annotations

import io
import struct
import zlib
from typing import BinaryIO

from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

LIMIT_BYTES = 1 << 29
CHUNK_BYTES = 1 << 20
UID = DeflatedExplicitVRLittleEndian.encode()
META_START = 144  # preamble, 'DICM' and the element with the length of the meta header


def inflate(stream: BinaryIO) -> io.BytesIO | None:
    """Inflate a file with preamble, or return None if it is not a deflated one; the stream is back at its start.

    A few megabytes can stand for many gigabytes, so the data are inflated piece by piece.

    Raises:
        ValueError: it inflates to more than 512 MiB.
        zlib.error: it is damaged or cut off.
    """
    head = stream.read(META_START)
    length = struct.unpack("<I", head[140:])[0] if head[128:138] == b"DICM\x02\x00\x00\x00UL" else 0
    meta = stream.read(min(length, CHUNK_BYTES))
    if UID not in meta:
        stream.seek(0)
        return None
    result = io.BytesIO()
    # the same length, so that no other element of the meta header changes
    result.write(head + meta.replace(UID, ExplicitVRLittleEndian.encode().ljust(len(UID), b"\0")))
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflater.eof:
        piece = inflater.unconsumed_tail or stream.read(CHUNK_BYTES)
        if not piece:
            raise zlib.error("the deflated data end too early")
        result.write(inflater.decompress(piece, CHUNK_BYTES))
        if result.tell() > LIMIT_BYTES:
            raise ValueError(f"the file inflates to more than {LIMIT_BYTES} bytes")
    result.seek(0)
    stream.seek(0)
    return result
