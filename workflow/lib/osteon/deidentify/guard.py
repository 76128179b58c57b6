"""The guard before a commit: no image of a patient, no key, no table of identities in a repository.

It looks at contents, not at names, and says where and what without repeating the value. It is a net with meshes: that
it finds nothing does not prove that nothing is there.
"""

from __future__ import annotations

import csv
import io
import lzma
import re
import struct
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from osteon.config.sheets import decode, delimiter_of
from osteon.deidentify.identities import (
    identities_in_json,
    identities_in_lines,
    identities_in_table,
    identities_in_text,
    personal_numbers,
)
from osteon.deidentify.sniff import START, kind_of

IMAGES = {"dicom": "a DICOM file", "nifti": "a NIfTI image", "nrrd": "an NRRD image", "metaimage": "a MetaImage"}
TABLES = (".tsv", ".csv", ".txt", ".log")
KEY = re.compile(rb"\s*[0-9a-fA-F]{64}\s*")
UTF16 = (b"\xff\xfe", b"\xfe\xff")
OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
LARGEST_TEXT = 20 * 2**20
MEMBERS = 2000

TAKE_OUT = "Take it out of the commit (git rm --cached FILE) and keep it with the center."
DEIDENTIFY = TAKE_OUT + " Tests build the images that they need."
REPLACE = "Give pseudonyms instead, or take the file out of the commit (git rm --cached FILE)."


@dataclass(frozen=True)
class Found:
    """Something that must not be committed: where (line 0: the file as a whole), what, and what to do."""

    path: str
    line: int
    what: str
    action: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.what}. {self.action}"


def tracked_files(root: Path) -> list[str]:
    """Names of all files in git's index below a folder; none if it is no repository."""
    done = subprocess.run(["git", "ls-files", "--cached", "-z"], cwd=root, capture_output=True, check=False)
    return [name for name in done.stdout.decode("utf-8", "surrogateescape").split("\0") if name]


def guard_files(root: Path, names: Iterable[str]) -> list[Found]:
    """What must not be committed in files (names relative to a folder); those that are gone are passed over."""
    found = []
    for name in names:
        if (root / name).is_file():
            found += guard(name, (root / name).read_bytes())
    return found


def guard(name: str, content: bytes) -> list[Found]:
    """What must not be committed in one file."""
    found = [
        Found(name, 0, f"its name holds {what}", REPLACE) for what in personal_numbers(re.sub(r"[./_-]", " ", name))
    ]
    kind = kind_of(content[:START])
    if kind in IMAGES:
        return [*found, Found(name, 0, f"it is {IMAGES[kind]}", DEIDENTIFY)]
    if KEY.fullmatch(content):
        return [*found, Found(name, 0, "it looks like a key of de-identification", TAKE_OUT)]
    inside = _image_inside(content) if kind == "archive" else ""
    if inside:
        return [*found, Found(name, 0, f"it is an archive that holds {inside}", DEIDENTIFY)]
    suffix = Path(name).suffix.lower()
    if content[:8] == OLD_OFFICE:
        return [*found, Found(name, 0, "it is an old Office file, which cannot be looked at", REPLACE)]
    if content[:4] == b"PK\x03\x04" and b"xl/workbook.xml" in content:
        listed = identities_in_table(_workbook_rows(content))
    elif len(content) > LARGEST_TEXT or (b"\0" in content[:START] and content[:2] not in UTF16):
        return found
    else:
        text = decode(content)
        listed = identities_in_text(text)
        if suffix == ".json":
            listed += identities_in_json(text)
        elif suffix in TABLES:
            listed += identities_in_table(_rows(text)) + identities_in_lines(text)
    return [*found, *(Found(name, line, what, REPLACE) for line, what in sorted(set(listed)))]


# What the readers of archives raise on damaged ones; an unknown way to compress is a NotImplementedError.
UNREADABLE = (
    *(OSError, EOFError, RuntimeError, ValueError, NotImplementedError),
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error),
)


def _image_inside(content: bytes) -> str:
    """What kind of image an archive holds; one that cannot be opened may hold any."""
    try:
        if content[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for member in [member for member in archive.infolist() if not member.is_dir()][:MEMBERS]:
                    with archive.open(member) as stream:
                        kind = kind_of(stream.read(START))
                    if kind in IMAGES:
                        return IMAGES[kind]
            return ""
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isfile() else None
                kind = kind_of(stream.read(START)) if stream else "other"
                if kind in IMAGES:
                    return IMAGES[kind]
            return ""
    except UNREADABLE:
        return "what cannot be looked at"


def _workbook_rows(content: bytes) -> list[list[str]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception:  # openpyxl raises many kinds of errors on what is no workbook
        return []
    return [
        ["" if cell is None else str(cell) for cell in row]
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
    ]


def _rows(text: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)))
    except csv.Error:  # no table after all: each line is one cell
        return [[line] for line in text.splitlines()]
