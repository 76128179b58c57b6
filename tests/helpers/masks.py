"""One drawn volume for tests, and writers that put it into every form in which masks come."""

from __future__ import annotations

import gzip
from pathlib import Path

import highdicom
import numpy as np
import SimpleITK as sitk
from highdicom.seg import SegmentationTypeValues, SegmentDescription
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

LABELS = {"L1": 1, "L2": 2}
OBLIQUE = (0.0, 0.98, 0.19899748742132398, 0.0, 0.19899748742132398, -0.98)
"""A sagittal slice, turned by 11.5 degrees within its plane."""


def image_of(slices: list[Dataset]) -> sitk.Image:
    """The slices of a series as one image, axes along columns, rows and slices."""
    array = np.stack([np.frombuffer(item.PixelData, np.uint16).reshape(item.Rows, item.Columns) for item in slices])
    image = sitk.GetImageFromArray(array.astype(np.int16))
    directions = np.reshape([float(value) for value in slices[0].ImageOrientationPatient], (2, 3))
    row, column = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    image.SetDirection(np.stack([row, column, np.cross(row, column)], axis=1).ravel().tolist())
    image.SetSpacing((*map(float, slices[0].PixelSpacing[::-1]), float(slices[0].SpacingBetweenSlices)))
    image.SetOrigin([float(value) for value in slices[0].ImagePositionPatient])
    return image


def drawn(image: sitk.Image) -> sitk.Image:
    """L1 and L2 as two bodies of unlike form, off center along every axis, in slices 3 to 6 without slice 5 of L2."""
    array = np.zeros(image.GetSize()[::-1], dtype=np.uint8)
    array[3:7, 2:6, 4:12] = 1
    array[3:7, 8:13, 4:10] = 2
    array[5, 8:13] = 0
    return like(image, array)


def like(image: sitk.Image, array: np.ndarray) -> sitk.Image:
    """An array as an image on the grid of another."""
    result = sitk.GetImageFromArray(array)
    result.CopyInformation(image)
    return result


def voxels(image: sitk.Image) -> np.ndarray:
    """The image's values (z, y, x)."""
    return sitk.GetArrayFromImage(image)


def write_seg_nrrd(
    path: Path,
    layers: list[sitk.Image],
    header: dict[str, object],
    *,
    space: str = "left-posterior-superior",
    list_axis: str = "first",
    encoding: str = "utf-8",
) -> None:
    """Write layers (one grid) as 3D Slicer does; `space` may be any name that NRRD has, empty for none.

    Args:
        path: the file.
        layers: label images; one is written with three axes, several with a list axis.
        header: keys and values such as Segment0_Name.
        space: the name of the space in which directions and origin are given.
        list_axis: 'first' or 'last'.
        encoding: of the header's text.
    """
    grid = layers[0]
    signs = np.array({"right-anterior-superior": (-1, -1, 1), "RAS": (-1, -1, 1)}.get(space, (1, 1, 1)))
    steps = np.reshape(grid.GetDirection(), (3, 3)) * grid.GetSpacing() * signs[:, None]
    directions = [_vector(steps[:, axis]) for axis in range(3)]
    kinds = ["domain"] * 3
    array = np.stack([voxels(layer).transpose() for layer in layers])  # (layer, x, y, z)
    if len(layers) == 1:
        array = array[0]
    elif list_axis == "first":
        directions, kinds = ["none", *directions], ["list", *kinds]
    else:
        array, directions, kinds = np.moveaxis(array, 0, -1), [*directions, "none"], [*kinds, "list"]
    lines = [
        "NRRD0004",
        "type: unsigned char",
        f"dimension: {array.ndim}",
        f"space: {space}" if space else "space dimension: 3",
        f"sizes: {' '.join(map(str, array.shape))}",
        f"space directions: {' '.join(directions)}",
        f"kinds: {' '.join(kinds)}",
        "encoding: gzip",
        f"space origin: {_vector(np.array(grid.GetOrigin()) * signs)}",
        *(f"{key}:={value}" for key, value in header.items()),
    ]
    text = "\n".join(lines) + "\n\n"
    path.write_bytes(text.encode(encoding) + gzip.compress(array.astype(np.uint8).tobytes(order="F")))


def _vector(values: np.ndarray) -> str:
    return f"({','.join(repr(float(value)) for value in values)})"


def segment_keys(*segments: tuple[str, int, int]) -> dict[str, object]:
    """Header keys of segments given as (name, label value, layer)."""
    return {
        f"Segment{number}_{key}": value
        for number, (name, label, layer) in enumerate(segments)
        for key, value in {
            "ID": f"Segment_{number + 1}",
            "Name": name,
            "LabelValue": label,
            "Layer": layer,
            "Extent": "0 9 0 9 0 9",
        }.items()
    }


def write_dicom_seg(
    path: Path,
    slices: list[Dataset],
    segments: dict[str, np.ndarray],
    kind: str = "BINARY",
    **changes,
) -> Dataset:
    """Write a DICOM SEG with highdicom, which omits empty frames.

    Args:
        path: the file.
        slices: the source images, in any order.
        segments: voxels (slice, row, column) by name, in the order of `slices`; fractions for kind FRACTIONAL.
        kind: BINARY, FRACTIONAL or LABELMAP.
        changes: arguments of highdicom's Segmentation to replace, or attributes to set after it.
    """
    for item in slices:
        for keyword in ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber"):
            if keyword not in item:
                setattr(item, keyword, "")
        item.ReferringPhysicianName = ""
    descriptions = [
        SegmentDescription(
            segment_number=number,
            segment_label=name,
            segmented_property_category=codes.SCT.AnatomicalStructure,
            segmented_property_type=codes.SCT.Vertebra,
            algorithm_type="MANUAL",
        )
        for number, name in enumerate(segments, start=1)
    ]
    arguments = {
        "source_images": slices,
        "pixel_array": np.stack(list(segments.values()), axis=-1),
        "segmentation_type": SegmentationTypeValues(kind),
        "segment_descriptions": descriptions,
        "series_instance_uid": generate_uid(entropy_srcs=["seg"]),
        "series_number": 90,
        "sop_instance_uid": generate_uid(entropy_srcs=["seg", str(path)]),
        "instance_number": 1,
        "manufacturer": "Test",
        "manufacturer_model_name": "Test",
        "software_versions": "1",
        "device_serial_number": "1",
    }
    settings = {key: value for key, value in changes.items() if key[0].islower()}
    made = highdicom.seg.Segmentation(**arguments | settings)
    for keyword, value in changes.items():
        if keyword not in settings:
            setattr(made, keyword, value)
    made.save_as(path)
    return made
