"""Whether bytes are a NIfTI image in one file (nifti1.h, nifti2.h)."""

from __future__ import annotations

import struct

NIFTI1, NIFTI2 = 348, 540
"""Sizes of the two headers, bytes; also the value of their first field."""

MAGIC = {NIFTI1: (344, (b"n+1\0",)), NIFTI2: (4, (b"n+2\0",))}


def is_nifti(start: bytes) -> bool:
    """Whether a file's first bytes (decompressed) are those of a NIfTI image in one file."""
    return form(start) is not None


def form(start: bytes) -> tuple[int, str] | None:
    """Size of the header and byte order ('<' or '>')."""
    for size, (place, marks) in MAGIC.items():
        for order in "<>":
            if start[:4] == struct.pack(order + "i", size) and bytes(start[place : place + 4]) in marks:
                return size, order
    return None
