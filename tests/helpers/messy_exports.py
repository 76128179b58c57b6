"""One simulated patient as hospitals really send it: the whole export of each variant, written into a folder."""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless, generate_uid

from helpers.dicom_series import compress, new_uid, save, save_bare, save_clutter, save_deflated, shift

FOLDERS = {"T1": "S02", "T2": "S03", "FST2": "S04"}
Patient = dict[str, list[Dataset]]
"""Slices of each sequence, in order."""


def read_patient(folder: Path) -> Patient:
    """The series of a simulated case."""
    return {
        role: [pydicom.dcmread(path) for path in sorted((folder / "dicom" / name).iterdir())]
        for role, name in FOLDERS.items()
    }


def write_patient(patient: Patient, folder: Path) -> None:
    """One subfolder per sequence."""
    for role, slices in patient.items():
        save(slices, folder / role)


def with_t2(change: Callable[[list[Dataset]], list[Dataset]]) -> Callable[[Patient, Path], None]:
    """A variant in which only the slices of T2 are not as they should be."""

    def write(patient: Patient, folder: Path) -> None:
        write_patient(patient | {"T2": change(patient["T2"])}, folder)

    return write


def with_t2_saved(saver: Callable[[list[Dataset], Path], None]) -> Callable[[Patient, Path], None]:
    """A variant in which the files of T2 have another form."""

    def write(patient: Patient, folder: Path) -> None:
        write_patient({role: slices for role, slices in patient.items() if role != "T2"}, folder)
        saver(patient["T2"], folder / "T2")

    return write


def with_tags(**tags) -> Callable[[list[Dataset]], list[Dataset]]:
    """Other header values in every slice; None removes one."""

    def change(slices: list[Dataset]) -> list[Dataset]:
        for item in slices:
            for keyword, value in tags.items():
                if value is None:
                    del item[keyword]
                else:
                    setattr(item, keyword, value)
        return slices

    return change


def first_only(change: Callable[[list[Dataset]], list[Dataset]]) -> Callable[[list[Dataset]], list[Dataset]]:
    """A change of the first slice alone."""
    return lambda slices: [*change(slices[:1]), *slices[1:]]


def copies(count: int | None, renamed: bool = False) -> Callable[[list[Dataset]], list[Dataset]]:
    """The first `count` slices (all with None) are there twice, with their own UID or a new one."""

    def change(slices: list[Dataset]) -> list[Dataset]:
        again = copy.deepcopy(slices[:count])
        return [*slices, *((new_uid(item, "copy", number) if renamed else item) for number, item in enumerate(again))]

    return change


def pixels_changed(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[list[Dataset]], list[Dataset]]:
    """Other pixel values in every slice."""

    def apply(slices: list[Dataset]) -> list[Dataset]:
        for item in slices:
            item.PixelData = change(item.pixel_array).astype(item.pixel_array.dtype).tobytes()
        return slices

    return apply


def irregular(slices: list[Dataset]) -> list[Dataset]:
    """Further apart from the sixth slice on."""
    for item in slices[5:]:
        shift(item, 2, 0.9)
    return slices


def tilted(slices: list[Dataset]) -> list[Dataset]:
    """Sheared within the plane, as with a tilted gantry."""
    for number, item in enumerate(slices):
        shift(item, 1, 0.6 * number)
    return slices


def twice_with_other_pixels(slices: list[Dataset]) -> list[Dataset]:
    """Two time points in one series."""
    later = pixels_changed(lambda values: values // 2)(copy.deepcopy(slices))
    return [*slices, *(new_uid(item, "later", number) for number, item in enumerate(later))]


def colored(slices: list[Dataset]) -> list[Dataset]:
    """RGB with eight bits."""
    for item in slices:
        gray = (item.pixel_array // 128).clip(0, 255).astype(np.uint8)
        item.SamplesPerPixel, item.PlanarConfiguration, item.PhotometricInterpretation = 3, 0, "RGB"
        item.BitsAllocated = item.BitsStored = 8
        item.HighBit, item.PixelRepresentation = 7, 0
        item.PixelData = np.repeat(gray[..., None], 3, axis=-1).tobytes()
        item["PixelData"].VR = "OB"
    return slices


def moved_away(slices: list[Dataset]) -> list[Dataset]:
    """Half a field of view down, in another frame of reference."""
    frame = generate_uid(entropy_srcs=["after a break"])
    for item in slices:
        shift(item, 1, 140.0)
        item.FrameOfReferenceUID = frame
    return slices


def truncated(patient: Patient, folder: Path) -> None:
    """The fourth slice of T2 ends inside its pixels."""
    write_patient(patient, folder)
    path = sorted((folder / "T2").iterdir())[3]
    path.write_bytes(path.read_bytes()[:-2000])


def mixed(patient: Patient, folder: Path) -> None:
    """Everything flat and without extensions, between localizer, reports, screen copy, contours, junk, a half copy."""
    for role, slices in patient.items():
        save(slices, folder, role)
    save_clutter(folder, patient["T2"][4])
    (folder / "empty.dcm").unlink()
    (folder / "half").write_bytes((folder / "T2000").read_bytes()[:3000])


def compressed(syntax: str) -> Callable[[list[Dataset], Path], None]:
    """Saver in a compressed transfer syntax."""

    def saver(slices: list[Dataset], folder: Path) -> None:
        compress(slices, syntax)
        save(slices, folder)

    return saver


def legacy_enhanced(slices: list[Dataset], folder: Path) -> None:
    """One multi-frame file, as an archive converts classic images."""
    import highdicom

    made = highdicom.legacy.LegacyConvertedEnhancedMRImage(
        slices,
        series_instance_uid=generate_uid(entropy_srcs=["enhanced"]),
        series_number=30,
        sop_instance_uid=generate_uid(entropy_srcs=["enhanced", "image"]),
        instance_number=1,
    )
    folder.mkdir(parents=True)
    made.save_as(folder / "enhanced.dcm")


def zipped(slices: list[Dataset], folder: Path) -> None:
    """The series packed into one archive."""
    paths = save(slices, folder)
    with zipfile.ZipFile(folder / "T2.zip", "w") as archive:
        for path in paths:
            archive.write(path, path.name)
            path.unlink()


def all_zipped(patient: Patient, folder: Path) -> None:
    """Nothing but an archive."""
    zipped(patient["T2"], folder)


def two_patients(patient: Patient, folder: Path) -> None:
    """The T1 of somebody else lies in the folder."""
    write_patient(patient | {"T1": with_tags(PatientID="A002")(patient["T1"])}, folder)


# Name: how it is written.
VARIANTS: dict[str, Callable[[Patient, Path], None]] = {
    "clean": write_patient,
    "missing slice": with_t2(lambda slices: [*slices[:6], *slices[7:]]),
    "missing edge": with_t2(lambda slices: slices[1:]),
    "copies with the same UID": with_t2(copies(4)),
    "everything twice": with_t2(copies(None)),
    "copies with new UIDs": with_t2(copies(4, renamed=True)),
    "two time points": with_t2(twice_with_other_pixels),
    "irregular": with_t2(irregular),
    "tilted": with_t2(tilted),
    "truncated": truncated,
    "mixed": mixed,
    "RLE": with_t2_saved(compressed(RLELossless)),
    "JPEG-LS": with_t2_saved(compressed(JPEGLSLossless)),
    "JPEG 2000": with_t2_saved(compressed(JPEG2000Lossless)),
    "deflated": with_t2_saved(save_deflated),
    "implicit without preamble": with_t2_saved(save_bare),
    "legacy enhanced": with_t2_saved(legacy_enhanced),
    "two patients": two_patients,
    "another subject": lambda patient, folder: write_patient(
        {role: with_tags(PatientID="A002")(slices) for role, slices in patient.items()}, folder
    ),
    "not de-identified": with_t2(first_only(with_tags(PatientIdentityRemoved=None))),
    "burned in": with_t2(first_only(with_tags(BurnedInAnnotation="YES"))),
    "two examinations": with_t2(with_tags(StudyInstanceUID="1.2.3")),
    "moved away": with_t2(moved_away),
    "both sexes": with_t2(first_only(with_tags(PatientSex="F"))),
    "color": with_t2(colored),
    "inverted": with_t2(with_tags(PhotometricInterpretation="MONOCHROME1")),
    "constant": with_t2(pixels_changed(lambda values: values * 0 + 7)),
    "saturated": with_t2(pixels_changed(lambda values: np.where(values > 2500, 32767, values))),
    "text of the other sequence": with_t2(with_tags(SeriesDescription="Sag T1 FSE")),
    "other pixel spacing than field of view": with_t2(with_tags(ReconstructionDiameter="240")),
    "archive beside it": with_t2_saved(zipped),
    "archive alone": all_zipped,
}
