"""Packed exports: files that may hold images which nothing here reads."""

from __future__ import annotations

from pathlib import Path

ENDINGS = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".iso", ".gz", ".bz2", ".xz")
# Bytes by which an archive without such an ending is known, and where they stand: zip, 7z, rar, tar, ISO 9660.
MARKS = (
    (0, b"PK\x03\x04"),
    (0, b"7z\xbc\xaf\x27\x1c"),
    (0, b"Rar!\x1a\x07"),
    (257, b"ustar"),
    (32769, b"CD001"),
)
# These hold compressed data too, but no export.
NO_ARCHIVES = (".nii.gz", ".docx", ".xlsx", ".pptx", ".jar", ".mrb", ".odt", ".ods")


def is_archive(path: Path) -> bool:
    """Whether a file that is not DICOM is an archive, by its name or by its bytes.

    Raises:
        OSError: the file cannot be opened.
    """
    name = path.name.lower()
    if name.endswith(NO_ARCHIVES):
        return False
    if name.endswith(ENDINGS):
        return True
    with open(path, "rb") as stream:
        for place, mark in MARKS:
            stream.seek(place)
            if stream.read(len(mark)) == mark:
                return True
    return False
