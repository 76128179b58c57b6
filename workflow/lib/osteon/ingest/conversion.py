"""One checked series as an image: staged, converted, and compared with what the headers say."""

from __future__ import annotations

import tempfile
from pathlib import Path

import SimpleITK as sitk

from osteon.ingest.convert import ConversionFailed, affine_difference, convert_series
from osteon.ingest.delivery import is_constant
from osteon.ingest.stage import SyntaxUnreadable, stage_series
from osteon.ingest.volume import Volume
from osteon.ingest.voxels import VoxelsDiffer, compare_voxels, repeated_slices, second_readings
from osteon.tables.reasons import Reason

AFFINE_TOLERANCE_MM = 1e-3


class ConversionRefused(ValueError):
    """A series that passed its checks did not become the image that its headers promise; `reason` says why."""

    def __init__(self, reason: Reason, detail: str):
        super().__init__(detail)
        self.reason = reason


def convert_volume(volume: Volume, folder: Path) -> tuple[sitk.Image, list[dict]]:
    """Convert a series that passed its checks.

    Args:
        volume: the checked series.
        folder: the case's folder, to which the images' paths are relative.

    Returns:
        The image, and findings that do not exclude it.

    Raises:
        ConversionRefused: transfer syntax, converter, affine or voxels are not what they should be.
    """
    try:
        image = _staged_and_converted(volume, folder)
    except SyntaxUnreadable as error:
        raise ConversionRefused(Reason.TRANSFER_SYNTAX, str(error)) from error
    except ConversionFailed as error:
        raise _why_not_converted(volume, folder, error) from error
    difference = affine_difference(volume.stack, image)
    # corners that were rounded in the headers have no exact affine, and the converter takes another one through them
    if difference > AFFINE_TOLERANCE_MM + volume.stack.scatter:
        raise ConversionRefused(Reason.AFFINE_MISMATCH, f"affines differ by {difference:.4g} mm")
    if is_constant(image):
        raise ConversionRefused(Reason.INTENSITY_CONSTANT, "the image has one value everywhere")
    try:
        return image, [*compare_voxels(volume, folder, image), *repeated_slices(volume, image)]
    except SyntaxUnreadable as error:
        raise ConversionRefused(Reason.TRANSFER_SYNTAX, str(error)) from error
    except VoxelsDiffer as error:
        raise ConversionRefused(Reason.VOXELS_MISMATCH, str(error)) from error


def _why_not_converted(volume: Volume, folder: Path, failure: ConversionFailed) -> ConversionRefused:
    """Pixel data that nothing decodes are named by their transfer syntax; else the converter is to blame."""
    try:
        for _ in second_readings(volume, folder):
            pass
    except (SyntaxUnreadable, VoxelsDiffer) as error:
        return ConversionRefused(Reason.TRANSFER_SYNTAX, str(error))
    return ConversionRefused(Reason.CONVERSION_FAILED, str(failure))


def _staged_and_converted(volume: Volume, folder: Path) -> sitk.Image:
    with tempfile.TemporaryDirectory() as temporary:
        staged, work = Path(temporary, "series"), Path(temporary, "converted")
        staged.mkdir()
        work.mkdir()
        stage_series(list(volume.files), folder, staged)
        return convert_series(staged, work)
