"""A folder with exactly the files of one series, in slice order, in a form that the converter reads."""

from __future__ import annotations

from pathlib import Path

import pydicom
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from osteon.ingest.header import Image

# Read by dcm2niix without loss; '' is a file without meta header, which is implicit little endian.
READ_BY_CONVERTER = {
    "",
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    RLELossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEG2000Lossless,
}


class SyntaxUnreadable(ValueError):
    """Pixel data in a transfer syntax that no reader here decodes."""


def stage_series(images: list[Image], folder: Path, target: Path) -> None:
    """Link the images into `target` as 00000.dcm, 00001.dcm, ...

    Files in other transfer syntaxes (deflated, lossy JPEG) are decoded by pydicom and written explicit little endian.

    Args:
        images: the files in slice order.
        folder: the case's folder, to which the images' paths are relative.
        target: an empty folder.

    Raises:
        SyntaxUnreadable: the pixel data cannot be decoded; the message names the transfer syntax.
    """
    for number, image in enumerate(images):
        link = target / f"{number:05d}.dcm"
        source = (folder / image.file).resolve()
        if image.transfer_syntax in READ_BY_CONVERTER:
            link.symlink_to(source)
        else:
            _rewrite(source, link, image)


def _rewrite(source: Path, target: Path, image: Image) -> None:
    try:
        dataset = pydicom.dcmread(source)
        if dataset.file_meta.TransferSyntaxUID.is_compressed and dataset.file_meta.TransferSyntaxUID.is_encapsulated:
            dataset.decompress()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.save_as(target)
    except Exception as error:  # decoders raise many kinds of errors
        name = UID(image.transfer_syntax).name
        raise SyntaxUnreadable(
            f"{image.file}: transfer syntax {image.transfer_syntax} ({name}) cannot be decoded: {error}"
        ) from error
