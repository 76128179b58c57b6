"""The headers of every file of a case, whatever the files are called and however they are nested."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass, field, fields
from pathlib import Path

from osteon.ingest.archives import is_archive
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
    """Empty files, and DICOM whose header ends before it says what it is."""
    foreign: list[str] = field(default_factory=list)
    """Not DICOM."""
    archives: list[str] = field(default_factory=list)
    """Packed files, which nothing here unpacks."""
    vanished: list[str] = field(default_factory=list)
    """Files that could not be opened after they were listed."""

    @property
    def counts(self) -> dict[str, int]:
        """Number of files of each kind."""
        return {kind.name: len(getattr(self, kind.name)) for kind in fields(self)}


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
            kind, image = ("broken", None) if state.st_size == 0 else read_one(root / name, name)
            if image is not None:
                index.images.append(image)
            else:
                getattr(index, kind).append(name)
    return index


def read_one(path: Path, name: str) -> tuple[str, Image | None]:
    """What a file is, as the name of its list in `Index`, and its header if it is an image; never raises."""
    try:
        kind, image = read_header(path, name)
        return ("archives" if kind == "foreign" and is_archive(path) else kind), image
    except OSError as error:
        logger.warning("%s: cannot be opened: %s", name, error.strerror)
        return "vanished", None
    except Exception as error:  # a malformed file can raise anything inside the reader; it must not stop the case
        logger.info("%s: the header cannot be read: %r", name, error)
        return "broken", None
