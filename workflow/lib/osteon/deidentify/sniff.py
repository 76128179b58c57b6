"""What a file is, from its first bytes; names of files say little in hospital exports. Quick, and without pydicom."""

from __future__ import annotations

import struct
import zlib

from osteon.deidentify.nifti_header import is_nifti

START = 1024
"""Bytes that are enough to tell."""

VALUE_KINDS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
)
LONG_FORM = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
ARCHIVES = (b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ\0")
OFFICE = (b"[Content_Types].xml", b"_rels/.rels", b"docProps/")
GZIP = b"\x1f\x8b"


def kind_of(start: bytes) -> str:
    """'dicom', 'nifti', 'nrrd', 'metaimage', 'archive', or 'other'; through one layer of gzip.

    Args:
        start: the first `START` bytes of the file, or all.
    """
    if start[:2] == GZIP:
        try:
            inner = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(start, START)
        except zlib.error:
            return "other"
        return "nifti" if is_nifti(inner) else "archive" if is_dicom(inner) or _is_tar(inner) else "other"
    if is_dicom(start):
        return "dicom"
    if is_nifti(start):
        return "nifti"
    if start.startswith(b"NRRD000"):
        return "nrrd"
    if start.startswith((b"ObjectType = Image", b"NDims = ")):
        return "metaimage"
    is_archive = start.startswith(ARCHIVES) and not any(name in start for name in OFFICE)
    return "archive" if is_archive or _is_tar(start) else "other"


def is_dicom(start: bytes) -> bool:
    """Whether bytes begin a DICOM file: 'DICM' behind the preamble, or two elements of its first groups in order."""
    return start[128:132] == b"DICM" or any(_two_elements(start, order) for order in "<>")


def _two_elements(start: bytes, order: str) -> bool:
    if len(start) < 16:
        return False
    group, number = struct.unpack_from(order + "HH", start)
    if group not in (0x0002, 0x0008):
        return False
    if start[4:6] in LONG_FORM:
        length, head = struct.unpack_from(order + "I", start, 8)[0], 12
    elif start[4:6] in VALUE_KINDS:
        length, head = struct.unpack_from(order + "H", start, 6)[0], 8
    else:
        length, head = struct.unpack_from(order + "I", start, 4)[0], 8
    after = head + length
    if length % 2 or after + 4 > len(start):
        return False
    next_group, next_number = struct.unpack_from(order + "HH", start, after)
    return next_group in (0x0002, 0x0008, 0x0009, 0x0010) and (next_group, next_number) > (group, number)


def _is_tar(start: bytes) -> bool:
    return start[257:262] == b"ustar"
