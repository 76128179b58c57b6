"""Write one simulated patient as a hospital would send it, with the true mask beside it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from osteon.phantom.anatomy import Anatomy
from osteon.phantom.dicom import Series, Slice, write_series
from osteon.phantom.geometry import Planes, SliceStack, locate
from osteon.phantom.parameters import Hospital, Parameters, PulseSequence
from osteon.phantom.physics import tissue_signals
from osteon.phantom.readings import read_again
from osteon.phantom.scanner import acquired_matrix
from osteon.phantom.simulate import simulate_patient
from osteon.phantom.tissue_map import map_tissues
from osteon.tables.files import atomic_path, write_text

LOCALIZER = PulseSequence(tr=1500, te=80, matrix=(64, 64), echo_train=64, averages=1, description="")
READINGS = ("reader-B", "reader-A_reading-2")
"""Further readings, as their files are called: the mask itself is the first reading of reader A."""
LOCALIZER_PIXELS, LOCALIZER_FOV, LOCALIZER_THICKNESS = 64, 320.0, 8.0


def write_case(folder: str | Path, participant: Mapping, parameters: Parameters, preset: str) -> None:
    """Write dicom/S01 (localizer), dicom/S02 ... (one per sequence), a stray file, and truth/sub-{subject}_dseg.nii.gz.

    `participant` is a row of a cohort table; the hospital is the one named in its `center`. Where its column `readings`
    says yes, there are two more masks, of a second reader and of the first one later (`READINGS`). The same arguments
    give the same bytes. The folder's `dicom` and `truth` are replaced.
    """
    folder = Path(folder)
    name = participant["center"]
    hospital, resolution = parameters.hospital(name), parameters.preset(preset)
    examination = simulate_patient(participant, hospital, parameters, resolution)
    for part in ("dicom", "truth"):
        shutil.rmtree(folder / part, ignore_errors=True)
    stack = examination.stack
    examined = [_localizer(examination.anatomy, hospital, parameters)]
    for number, (role, sequence) in enumerate(hospital.sequences.items(), start=2):
        slices = [
            Slice(pixels, stack.position(k), stack.row_direction, stack.column_direction)
            for k, pixels in enumerate(examination.images[role])
        ]
        examined.append(
            Series(
                number,
                sequence.description,
                sequence,
                acquired_matrix(sequence, resolution),
                stack.pixel_spacing,
                examination.thickness,
                stack.slice_spacing,
                slices,
                hospital.image_type,
            )
        )
    for series in examined:
        write_series(folder / "dicom" / f"S{series.number:02d}", series, participant, name, hospital)
    # Exports on disc come with a viewer; the ingest has to step over such files.
    write_text("[autorun]\nopen=viewer.exe\n", folder / "dicom" / "AUTORUN.INF")
    name = f"sub-{participant['subject']}"
    write_mask(examination.mask, stack, folder / "truth" / f"{name}_dseg.nii.gz")
    if participant.get("readings") == "yes":
        spacing = (stack.slice_spacing, stack.pixel_spacing, stack.pixel_spacing)
        for order, reading in enumerate(READINGS):
            rng = np.random.default_rng([int(participant["seed"]), 4, order])
            drawn = read_again(examination.mask, spacing, rng)
            write_mask(drawn, stack, folder / "truth" / f"{name}_{reading}_dseg.nii.gz")


def write_mask(mask: np.ndarray, stack: SliceStack, path: Path) -> None:
    """Write a mask as NIfTI on the grid of the series."""
    image = sitk.GetImageFromArray(mask)
    image.SetSpacing((stack.pixel_spacing, stack.pixel_spacing, stack.slice_spacing))
    image.SetOrigin(stack.position(0).tolist())
    directions = np.stack([stack.row_direction, stack.column_direction, stack.normal], axis=1)
    image.SetDirection(directions.ravel().tolist())
    with atomic_path(path) as temporary:
        sitk.WriteImage(image, str(temporary), useCompression=True)


def _localizer(anatomy: Anatomy, hospital: Hospital, parameters: Parameters) -> Series:
    """Three coarse planes through L3: sagittal, coronal, axial."""
    left, back, up = np.eye(3)
    rows = np.array([back, left, left])
    columns = np.array([-up, -up, back])
    step = LOCALIZER_FOV / LOCALIZER_PIXELS
    corners = -(rows + columns) * (LOCALIZER_FOV - step) / 2
    points = locate(Planes(corners, rows * step, columns * step, LOCALIZER_PIXELS), anatomy)
    water, fat = tissue_signals(LOCALIZER, hospital.field, anatomy.marrow.density_seen, parameters).images(
        map_tissues(points, anatomy)
    )
    slices = [Slice(*parts) for parts in zip((water + fat).reshape(points.shape), corners, rows, columns, strict=True)]
    return Series(
        1,
        hospital.localizer.description,
        LOCALIZER,
        LOCALIZER.matrix,
        step,
        LOCALIZER_THICKNESS,
        LOCALIZER_THICKNESS,
        slices,
        hospital.localizer.image_type,
    )
