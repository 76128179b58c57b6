"""Segmentations of 3D Slicer (`.seg.nrrd`): structures by the names in the header, overlapping ones in layers."""

from __future__ import annotations

import re
from pathlib import Path

import SimpleITK as sitk

from osteon.images.io import has_text_name
from osteon.images.segments import MaskRefused, Segment
from osteon.tables.reasons import Reason

# Spaces whose axes the reader turns into left, posterior, superior.
SPACES = ("left-posterior-superior", "right-anterior-superior", "left-anterior-superior")
KEY = re.compile(r"Segment(\d+)_(Name|ID|LabelValue|Layer)")


def nrrd_header(path: Path) -> dict[str, str]:
    """The header's keys and values, as text.

    Raises:
        MaskRefused: the file is no NRRD, or does not say in which of `SPACES` it lies.
    """
    if not has_text_name(path):
        raise MaskRefused(
            Reason.MASK_UNREADABLE, "the name of the file or of a folder above it is not UTF-8; rename it"
        )
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise MaskRefused(Reason.MASK_UNREADABLE, f"cannot be read as NRRD ({reason})") from error
    header = {key: _text(reader.GetMetaData(key)) for key in reader.GetMetaDataKeys()}
    space = header.get("NRRD_space", "")
    if space not in SPACES:
        said = f"the space '{space}'" if space else "no space"
        raise MaskRefused(Reason.MASK_GRID, f"the header names {said}; allowed: {', '.join(SPACES)}")
    return header


def has_segments(header: dict[str, str]) -> bool:
    """Whether a NRRD's header describes segments; without them it is a label map."""
    return any(KEY.fullmatch(key) for key in header)


def read_segments(path: Path, header: dict[str, str]) -> tuple[sitk.Image, list[Segment]]:
    """Read the segments of a `.seg.nrrd`.

    A segment is the voxels of its layer that have its label value (header keys Segment0_Layer and
    Segment0_LabelValue). Slicer before 4.11 wrote neither: there each segment is a layer of its own, of ones.

    Args:
        path: the file.
        header: what `nrrd_header` read.

    Returns:
        An image with the file's grid (its voxels mean nothing), and the segments with name and ID, in their order.

    Raises:
        MaskRefused: the file cannot be read, or its header names layers that it does not have.

    Source: 3D Slicer, developer guide, "Segmentations: segmentation file format".
    """
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise MaskRefused(Reason.MASK_UNREADABLE, f"cannot be read as NRRD ({reason})") from error
    if image.GetDimension() != 3:
        raise MaskRefused(Reason.MASK_UNREADABLE, f"has {image.GetDimension()} dimensions in space; 3 are needed")
    layers = sitk.GetArrayFromImage(image).reshape(*image.GetSize()[::-1], image.GetNumberOfComponentsPerPixel())
    segments = []
    for number in sorted({int(match[1]) for match in map(KEY.fullmatch, header) if match}):
        layer, value = _place(header, number, layers.shape[-1])
        if layer >= layers.shape[-1]:
            raise MaskRefused(
                Reason.MASK_UNREADABLE, f"segment {number} lies in layer {layer}; the file has {layers.shape[-1]}"
            )
        names = (header.get(f"Segment{number}_Name", ""), header.get(f"Segment{number}_ID", ""))
        segments.append(Segment(tuple(filter(None, names)), layers[..., layer] == value))
    grid = sitk.Image(image.GetSize(), sitk.sitkUInt8)
    grid.CopyInformation(image)
    return grid, segments


def _place(header: dict[str, str], number: int, layers: int) -> tuple[int, int]:
    """Layer and label value of a segment."""
    own_layer = str(number if layers > 1 else 0)
    try:
        layer = int(header.get(f"Segment{number}_Layer", own_layer))
        return layer, int(header.get(f"Segment{number}_LabelValue", "1"))
    except ValueError as error:
        raise MaskRefused(Reason.MASK_UNREADABLE, f"segment {number}: {error}") from error


def _text(value: str) -> str:
    """A name as it was meant: UTF-8, or GB18030 where the bytes are no UTF-8."""
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        return value.encode("utf-8", "surrogateescape").decode("gb18030", "replace")
