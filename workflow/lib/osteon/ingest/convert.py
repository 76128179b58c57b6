"""dcm2niix on one staged series, held to a contract: exactly one image, where the headers say it is."""

from __future__ import annotations

import logging
import re
import subprocess
from pathlib import Path

import dcm2niix
import numpy as np
import SimpleITK as sitk

from osteon.images.io import ImageUnreadable, read_image
from osteon.ingest.geometry import Stack

logger = logging.getLogger(__name__)

NAME = "image"
# One series in, one file out: no merging of series (-m n), Philips' precise scaling (-p y), and a second output
# gets another name instead of replacing the first (-w 2). Compression is left to the image writer.
OPTIONS = ["-b", "y", "-ba", "y", "-z", "n", "-m", "n", "-p", "y", "-w", "2", "-f", NAME]
TIME_LIMIT_S = 600
# Written beside a diffusion-weighted image, and for overlays that lie on the slices.
BESIDE = re.compile(rf"{NAME}(\.bval|\.bvec|_ROI\d+\.(nii|json))")


class ConversionFailed(ValueError):
    """The converter did not give exactly one image."""


def convert_series(staged: Path, work: Path) -> sitk.Image:
    """Run dcm2niix on a staged series.

    Args:
        staged: folder with the files of one series and nothing else.
        work: an empty folder for what the converter writes.

    Returns:
        The image with dcm2niix's voxel order.

    Raises:
        ConversionFailed: return code not 0, an error in the converter's text, or anything but one image and one
            sidecar: resampled ('_Eq_'), untilted ('_Tilt_') and divided outputs are refused.

    Verified against: the volumes of dicom2nifti's test data (six vendors, five transfer syntaxes), voxel for voxel.
    """
    command = [dcm2niix.bin, *OPTIONS, "-o", str(work), str(staged)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=TIME_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise ConversionFailed(f"dcm2niix did not end within {TIME_LIMIT_S} s") from None
    lines = [
        line.replace(str(staged), "<series>").replace(str(work), "<output>")
        for line in (done.stdout + done.stderr).splitlines()
        if line.strip()
    ]
    for line in lines:
        logger.debug("dcm2niix: %s", line)
    written = sorted(path.name for path in work.iterdir())
    errors = [line for line in lines if line.lower().startswith("error")]
    images = [name for name in written if not BESIDE.fullmatch(name)]
    if done.returncode != 0 or errors or images != [f"{NAME}.json", f"{NAME}.nii"]:
        raise ConversionFailed(
            f"return code {done.returncode}; files {', '.join(written) or 'none'}"
            + (f"; {errors[0]}" if errors else "")
        )
    try:
        return read_image(work / f"{NAME}.nii")
    except ImageUnreadable as error:
        raise ConversionFailed(str(error).replace(str(work), "<output>")) from error


def converter_version() -> str:
    """Version of dcm2niix, for the sidecars."""
    return str(dcm2niix.__version__)


def affine_difference(stack: Stack, image: sitk.Image) -> float:
    """Largest difference between the image's affine and the one from the headers, mm per entry.

    The converter may reorder and flip axes, which moves no voxel; the header's affine is therefore first brought
    to the image's axes. Infinite if the axes do not correspond or the sizes differ.
    """
    axes = axes_between(stack, image)
    if axes is None:
        return float("inf")
    flips = np.eye(4)
    flips[:3, :3] = axes
    flips[:3, 3] = np.where(axes.sum(axis=1) < 0, np.array(stack.size) - 1, 0)
    return float(np.abs(stack.affine @ flips - _affine(image)).max())


def axes_between(stack: Stack, image: sitk.Image) -> np.ndarray | None:
    """Which axis of the image runs along which axis of the stack: a (3, 3) matrix of 0, 1 and -1.

    Its rows are the stack's column, row and slice, its columns the image's axes. None if no axis of the image
    corresponds to each of the stack's, or the sizes differ.
    """
    axes = np.rint(np.linalg.solve(stack.affine, _affine(image))[:3, :3])
    if not np.array_equal(np.abs(axes) @ np.abs(axes).T, np.eye(3)):
        return None
    return axes if np.array_equal(np.abs(axes) @ np.array(image.GetSize()), stack.size) else None


def _affine(image: sitk.Image) -> np.ndarray:
    own = np.eye(4)
    own[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    own[:3, 3] = image.GetOrigin()
    return own
