"""The headers of every file of a case, whatever the files are called and however they are nested."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from osteon.ingest.header import Image, read_header
from osteon.tables.source import files_of, root_of

logger = logging.getLogger(__name__)


@dataclass
class Index:
    """What a case's source holds; paths are relative to its root and sorted."""

    images: list[Image] = field(default_factory=list)
    """DICOM images, damaged ones too."""
    contours: list[str] = field(default_factory=list)
    """RTSTRUCT files."""
    other: list[str] = field(default_factory=list)
    """DICOM that is no image: reports, presentation states, DICOMDIR."""
    broken: list[str] = field(default_factory=list)
    """Empty files, files that cannot be opened, and DICOM whose header ends before it says what it is."""
    foreign: list[str] = field(default_factory=list)
    """Not DICOM."""

    @property
    def count(self) -> int:
        """Number of files."""
        return sum(len(group) for group in (self.images, self.contours, self.other, self.broken, self.foreign))


def index_source(source: str | Path) -> Index:
    """Read the headers of every file of a case, at any depth below its folder or named by its list.

    No file stops the others.

    Verified against: files without extension, preamble or meta header, junk, empty and truncated files,
    and the reference series of six vendors.
    """
    index = Index()
    root = root_of(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of every value that strays from the standard
        for name, state in sorted(files_of(source)):
            kind, image = ("broken", None) if state.st_size == 0 else _read(root / name, name)
            if image is not None:
                index.images.append(image)
            else:
                getattr(index, kind).append(name)
    return index


def _read(path: Path, name: str) -> tuple[str, Image | None]:
    try:
        return read_header(path, name)
    except Exception as error:  # a malformed file can raise anything inside the reader; it must not stop the case
        logger.info("%s: the header cannot be read: %r", name, error)
        return "broken", None
