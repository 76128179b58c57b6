"""Why a file is not written, and what to do; and what stops a run before it begins."""

from __future__ import annotations

from enum import StrEnum


class UsageError(Exception):
    """A command that cannot be run; the text says what to type."""


class Refusal(StrEnum):
    """Reasons; the text and the action are in `EXPLANATIONS`."""

    NOT_DICOM = "not_dicom"
    DIRECTORY = "dicom_directory"
    ARCHIVE = "archive"
    MASK_FORMAT = "mask_format"
    UNREADABLE = "unreadable"
    TRUNCATED = "truncated"
    KIND = "kind_not_written"
    TRANSFER_SYNTAX = "transfer_syntax"
    NO_PATIENT_ID = "no_patient_id"
    BURNED_IN = "burned_in"
    SCREEN_COPY = "screen_copy"
    COLOR = "color"
    OVERLAY_IN_PIXELS = "overlay_in_pixels"
    MOSAIC = "mosaic"
    NO_PATIENT_FOLDER = "no_patient_folder"
    NAME_TWICE = "name_twice"


EXPLANATIONS: dict[Refusal, tuple[str, str]] = {
    Refusal.NOT_DICOM: ("Neither DICOM nor NIfTI.", "Nothing, unless it is a mask: save it as NIfTI or DICOM SEG."),
    Refusal.DIRECTORY: ("A DICOMDIR, which lists names.", "Nothing: it is not needed."),
    Refusal.ARCHIVE: ("A packed archive, which may hold images.", "Unpack it and run the command again."),
    Refusal.MASK_FORMAT: (
        "A mask or an image as NRRD or MetaImage, whose header may hold any text.",
        "Save it as NIfTI or DICOM SEG and run the command again.",
    ),
    Refusal.UNREADABLE: ("Looks like DICOM or NIfTI and cannot be read.", "Export the file again."),
    Refusal.TRUNCATED: ("The file ends before its pixel data do.", "Export the series again."),
    Refusal.KIND: (
        "Not an MR or CT image, a segmentation or contours: a report, a screen copy, an ultrasound, a document.",
        "Nothing, unless the study needs it.",
    ),
    Refusal.TRANSFER_SYNTAX: (
        "A transfer syntax that is not of the standard.",
        "Export the series uncompressed, as explicit little endian.",
    ),
    Refusal.NO_PATIENT_ID: (
        "There is no PatientID, so the file cannot be given to a patient.",
        "Export with PatientID; de-identify with this command only.",
    ),
    Refusal.BURNED_IN: ("The header says that text is burned into the pixels.", "Export the original images."),
    Refusal.SCREEN_COPY: (
        "The header says that it is a copy of a screen, a report or a protocol page, which may show names.",
        "Export the original images.",
    ),
    Refusal.COLOR: ("A color image: text may be burned into the pixels.", "Export the original images."),
    Refusal.OVERLAY_IN_PIXELS: (
        "An overlay lies inside the pixel data and may show names.",
        "Export the series without overlays.",
    ),
    Refusal.MOSAIC: (
        "A mosaic: where its slices lie is said in private tags, which are dropped.",
        "Export the series as single slices or as enhanced DICOM.",
    ),
    Refusal.NO_PATIENT_FOLDER: (
        "A NIfTI file of which it is not known whose it is.",
        "Put it into a folder named like the PatientID, directly below the source folder.",
    ),
    Refusal.NAME_TWICE: (
        "Two NIfTI files would get the same name, because only known words of names are kept.",
        "Tell them apart by words like T1, T2, mask, reader1, or by folders with such names.",
    ),
}

EXPECTED = frozenset({Refusal.NOT_DICOM, Refusal.DIRECTORY})
"""What lies in every export and nobody misses; everything else asks for a look."""
