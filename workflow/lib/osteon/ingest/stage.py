"""A folder with exactly the files of one volume, in slice order, in a form that the converter reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    MRImageStorage,
    RLELossless,
)

from osteon.ingest.enhanced import PER_FRAME, SHARED
from osteon.ingest.header import Image

# Read by dcm2niix as they are; '' is a file without meta header, which is implicit little endian.
PLAIN = {"", ImplicitVRLittleEndian, ExplicitVRLittleEndian}
# Read by dcm2niix without loss where a file holds one image.
COMPRESSED = {RLELossless, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless}


class SyntaxUnreadable(ValueError):
    """Pixel data in a transfer syntax that no reader here decodes."""

    def __init__(self, image: Image, error: Exception):
        name = UID(image.transfer_syntax).name if image.transfer_syntax else "none named"
        why = " ".join(str(error).split())[:300] or type(error).__name__
        super().__init__(f"{image.file}: transfer syntax {image.transfer_syntax} ({name}) cannot be decoded: {why}")


def stage_series(images: list[Image], folder: Path, target: Path) -> None:
    """Link the images into `target` as 00000.dcm, 00001.dcm, ...

    Files in other transfer syntaxes (big endian, deflated, lossy) and files of which only some frames are wanted
    are decoded by pydicom and written explicit little endian; so are, one by one, frames with
    different scales and those of a volume that was divided into several multi-frame files.

    Args:
        images: the files in slice order, each with the frames that are wanted.
        folder: the case's folder, to which the images' paths are relative.
        target: an empty folder.

    Raises:
        SyntaxUnreadable: the pixel data cannot be decoded; the message names the transfer syntax.
    """
    counts = [len(image.frames) for image in images]
    for number, image in enumerate(images):
        link = target / f"{number:05d}.dcm"
        source = (folder / image.file).resolve()
        stored = int(image.tags.get("NumberOfFrames", 1.0))
        whole = image.tiles > 1 or stored == len(image.frames)
        readable = image.transfer_syntax in PLAIN or (image.transfer_syntax in COMPRESSED and stored == 1)
        if _scales_vary(image) or (len(images) > 1 and image.tiles == 1 and len(image.frames) > 1):
            parts = partial(_single_frames, image=image, folder=target, first=1 + sum(counts[:number]))
            _rewrite(source, image, parts)
        elif whole and readable:
            link.symlink_to(source)
        else:
            wanted = None if whole else [frame.index for frame in image.frames]
            _rewrite(source, image, partial(_kept, wanted=wanted, path=link))


def _rewrite(source: Path, image: Image, parts_of: Callable[[Dataset], Iterable[tuple[Path, Dataset]]]) -> None:
    """Decode a file and write what `parts_of` makes of it as explicit little endian."""
    try:
        dataset = pydicom.dcmread(source, force=True)
        if image.transfer_syntax and UID(image.transfer_syntax).is_encapsulated:
            dataset.decompress()
        elif dataset.original_encoding[1] is False:
            _swap(dataset)
        for path, part in parts_of(dataset):
            part.ensure_file_meta()
            part.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            pydicom.dcmwrite(path, part, implicit_vr=False, little_endian=True, force_encoding=True)
    except FileNotFoundError:
        raise
    except Exception as error:  # decoders raise many kinds of errors
        raise SyntaxUnreadable(image, error) from error


def _scales_vary(image: Image) -> bool:
    """Whether the frames of one file are rescaled differently, which dcm2niix overlooks."""
    return len({(frame.tags.get("RescaleSlope"), frame.tags.get("RescaleIntercept")) for frame in image.frames}) > 1


def _swap(dataset: Dataset) -> None:
    """Pixel data as little endian; pydicom keeps them as they were when it writes another byte order."""
    size = dataset.BitsAllocated // 8
    if size > 1:
        data = np.frombuffer(dataset.PixelData, dtype=f">u{size}")
        dataset.PixelData = data.astype(f"<u{size}").tobytes()


def _frame_bytes(dataset: Dataset) -> int:
    return dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated // 8


def _kept(dataset: Dataset, wanted: list[int] | None, path: Path) -> list[tuple[Path, Dataset]]:
    """The file with the wanted frames alone."""
    if wanted is not None:
        size, data = _frame_bytes(dataset), dataset.PixelData
        dataset.PixelData = b"".join(data[i * size : (i + 1) * size] for i in wanted)
        dataset.NumberOfFrames = len(wanted)
        groups = dataset[PER_FRAME].value
        setattr(dataset, PER_FRAME, [groups[i] for i in wanted])
    return [(path, dataset)]


def _single_frames(dataset: Dataset, image: Image, folder: Path, first: int) -> Iterator[tuple[Path, Dataset]]:
    """Each frame as a classic file with its own place and scale; numbered from `first`."""
    size, data = _frame_bytes(dataset), dataset.PixelData
    classic = CTImageStorage if image.tags.get("Modality") == "CT" else MRImageStorage
    for keyword in (SHARED, PER_FRAME, "NumberOfFrames", "PixelData"):
        delattr(dataset, keyword)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = classic
    for number, frame in enumerate(image.frames, start=first):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{number}"
        dataset.InstanceNumber = number
        dataset.ImagePositionPatient = [f"{value:.10g}" for value in frame.position]
        dataset.ImageOrientationPatient = [f"{value:.10g}" for value in frame.orientation]
        dataset.PixelSpacing = [f"{value:.10g}" for value in frame.spacing]
        dataset.SliceThickness = image.tags.get("SliceThickness")
        dataset.RescaleSlope = f"{frame.tags.get('RescaleSlope', 1.0):.12g}"
        dataset.RescaleIntercept = f"{frame.tags.get('RescaleIntercept', 0.0):.12g}"
        pixels = data[frame.index * size : (frame.index + 1) * size]
        dataset.add_new("PixelData", "OB" if dataset.BitsAllocated <= 8 else "OW", pixels)
        yield folder / f"frame_{number:05d}.dcm", dataset
