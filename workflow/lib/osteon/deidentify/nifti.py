"""NIfTI files and their sidecars: free text out, voxels untouched.

NIfTI-1 and NIfTI-2 keep text in few fields of a header of fixed form (nifti1.h, nifti2.h), and in extensions between
header and voxels, where scanners' whole headers may lie. Done on the bytes, so that nothing else can change.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import struct
import zlib

from pydicom.dataelem import DataElement

from osteon.deidentify import values
from osteon.deidentify.nifti_header import NIFTI1, NIFTI2, form
from osteon.deidentify.objects import Refused
from osteon.deidentify.refusals import Refusal
from osteon.tables.vocabulary import SIDECAR_KEYS

# First byte and length of each field that holds text or that nobody reads any more.
# NIfTI-1: data_type, db_name, extents, session_error; descrip; aux_file; intent_name.
# NIfTI-2: descrip, aux_file, intent_name, unused_str.
TEXT_FIELDS = {
    NIFTI1: ((4, 34), (148, 80), (228, 24), (328, 16)),
    NIFTI2: ((240, 80), (320, 24), (508, 16), (525, 15)),
}
GZIP = b"\x1f\x8b"
CONVERTER = re.compile(r"dcm2niix|dicom2nifti|osteon", re.IGNORECASE)
VERSION = re.compile(r"v?\d+(\.\d+){1,3}")
# Keys that hold text, and the rule that their element in a DICOM header has; all others hold numbers.
TEXT_RULES = {
    "Modality": values.modality,
    "Manufacturer": values.maker,
    "ManufacturersModelName": values.model,
    "ConvolutionKernel": values.kernel,
    "BodyPartExamined": values.body_part,
    "MRAcquisitionType": values.code_string,
    "ScanningSequence": values.code_string,
    "SeriesDescription": values.known_text,
}


def deidentify_nifti(content: bytes) -> tuple[bytes, int]:
    """A NIfTI image without free text, extensions and bytes behind its voxels; gzip stays gzip, without a name in it.

    Returns:
        The file's new bytes, and how many fields of text and extensions were emptied.

    Raises:
        Refused: it is no whole NIfTI image.
    """
    packed = content[:2] == GZIP
    try:
        image = bytearray(gzip.decompress(content) if packed else content)
    except (OSError, EOFError, zlib.error):
        raise Refused(Refusal.UNREADABLE) from None
    found = form(image)
    if found is None or len(image) < found[0]:
        raise Refused(Refusal.UNREADABLE)
    size, order = found
    first, voxels = _layout(image, size, order)
    if first < size or len(image) < first + voxels:
        raise Refused(Refusal.TRUNCATED)
    emptied = 0
    for start, length in (*TEXT_FIELDS[size], (size, first - size)):
        if any(image[start : start + length]):
            image[start : start + length] = bytes(length)
            emptied += 1
    emptied += len(image) > first + voxels
    del image[first + voxels :]
    return (_gzip(bytes(image)) if packed else bytes(image)), emptied


def _layout(image: bytearray, size: int, order: str) -> tuple[int, int]:
    """Where the voxels begin and how many bytes they are."""
    if size == NIFTI1:
        dimensions, bits = struct.unpack_from(order + "8h", image, 40), struct.unpack_from(order + "h", image, 72)[0]
        first = struct.unpack_from(order + "f", image, 108)[0]
    else:
        dimensions, bits = struct.unpack_from(order + "8q", image, 16), struct.unpack_from(order + "h", image, 14)[0]
        first = struct.unpack_from(order + "q", image, 168)[0]
    count = math.prod(dimensions[1 : 1 + dimensions[0]]) if 1 <= dimensions[0] <= 7 else -1
    if count <= 0 or bits <= 0 or not math.isfinite(first):
        raise Refused(Refusal.UNREADABLE)
    return int(first), (count * bits + 7) // 8


def _gzip(content: bytes) -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=stream, mtime=0) as packed:
        packed.write(content)
    return stream.getvalue()


def clean_sidecar(content: bytes) -> tuple[bytes, int, int]:
    """A JSON sidecar reduced to the keys and words that Osteon's own sidecars have.

    Returns:
        The new bytes, and the number of keys that stay and that go.

    Raises:
        Refused: it is no JSON object.
    """
    try:
        given = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refused(Refusal.UNREADABLE) from None
    if not isinstance(given, dict):
        raise Refused(Refusal.UNREADABLE)
    kept = {key: _sidecar_value(key, given[key]) for key in SIDECAR_KEYS if key in given}
    kept = {key: value for key, value in kept.items() if value not in (None, "", [])}
    return (json.dumps(kept, indent=2) + "\n").encode(), len(kept), len(given) - len(kept)


def _sidecar_value(key: str, value: object) -> object:
    """A value that a key may hold: a number, or text that passes the rule of the key; None if it may not."""
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        parts = [_sidecar_value(key, part) for part in value if not isinstance(part, (list, dict))]
        return None if None in parts else parts
    if not isinstance(value, str):
        return None
    if key in TEXT_RULES:
        return TEXT_RULES[key](DataElement("TextValue", "UT", value))
    if key == "ConversionSoftware":
        return value if CONVERTER.fullmatch(value) else None
    match = VERSION.match(value) if key == "ConversionSoftwareVersion" else None
    return match[0] if match else None
