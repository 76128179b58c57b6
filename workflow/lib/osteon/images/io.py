"""Reading and writing of NIfTI images."""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk

from osteon.tables.files import atomic_path


class ImageUnreadable(ValueError):
    """The file is missing, or no image, or not three-dimensional."""


def has_text_name(path: Path) -> bool:
    """Whether a path is valid UTF-8; SimpleITK ends the whole process on any other."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def read_image(path: str | Path) -> sitk.Image:
    """Read one volume, without the free text of its header: scanners and converters put comments and names there.

    Raises ImageUnreadable with the path and the reason.
    """
    path = Path(path)
    if not path.is_file():
        raise ImageUnreadable(f"{path}: there is no such image")
    if not has_text_name(path):
        raise ImageUnreadable(f"{path}: the name of the file or of a folder above it is not UTF-8; rename it")
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ImageUnreadable(f"{path}: cannot be read as an image ({reason})") from error
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise ImageUnreadable(
            f"{path}: has {image.GetDimension()} dimensions and "
            f"{image.GetNumberOfComponentsPerPixel()} values per voxel; 3 and 1 are needed"
        )
    for key in image.GetMetaDataKeys():
        image.EraseMetaData(key)
    return image


def write_image(image: sitk.Image, path: str | Path) -> None:
    """Write atomically; '.nii.gz' is compressed. Same image, same bytes: the gzip header carries no time."""
    with atomic_path(path) as temporary:
        sitk.WriteImage(image, str(temporary), useCompression=str(path).endswith(".gz"))
