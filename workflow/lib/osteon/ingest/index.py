"""The headers of every file below a case's folder, whatever the files are called and however they are nested."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from osteon.ingest.header import Image, read_header
from osteon.ingest.source_state import files_below

logger = logging.getLogger(__name__)


@dataclass
class Index:
    """What a case's folder holds; paths are relative to it and sorted."""

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


def index_folder(folder: str | Path) -> Index:
    """Read the headers of every file at any depth below `folder`; no file stops the others.

    Verified against: files without extension, preamble or meta header, junk, empty and truncated files,
    and the reference series of six vendors.
    """
    index = Index()
    folder = Path(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of every value that strays from the standard
        for name, state in sorted(files_below(folder)):
            kind, image = ("broken", None) if state.st_size == 0 else _read(folder / name, name)
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
