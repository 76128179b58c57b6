"""The sidecar of an image: how it was acquired, and nothing that tells who the patient is.

Only listed keys are written. Names and units are those of BIDS: times in seconds, lengths in mm, field in tesla.
Free text is reduced to known words of the trade, since descriptions may hold names.
"""

from __future__ import annotations

import re

import SimpleITK as sitk

from osteon.ingest.geometry import Stack
from osteon.ingest.series import Series

# Key in the sidecar: DICOM keyword and the factor from DICOM's unit to BIDS'.
ACQUISITION = {
    "MagneticFieldStrength": ("MagneticFieldStrength", 1.0),
    "RepetitionTime": ("RepetitionTime", 1e-3),
    "EchoTime": ("EchoTime", 1e-3),
    "InversionTime": ("InversionTime", 1e-3),
    "FlipAngle": ("FlipAngle", 1.0),
    "EchoTrainLength": ("EchoTrainLength", 1.0),
    "SliceThickness": ("SliceThickness", 1.0),
}
KEYS = (
    "Modality",
    "Manufacturer",
    "ManufacturersModelName",
    *ACQUISITION,
    "MRAcquisitionType",
    "ScanningSequence",
    "SpacingBetweenSlices",
    "PixelSpacing",
    "Matrix",
    "AcquisitionMatrix",
    "SeriesDescription",
    "ConversionSoftware",
    "ConversionSoftwareVersion",
)
"""Everything that a sidecar may hold."""

VENDORS = (
    "GE",
    "Siemens",
    "Philips",
    "Canon",
    "Toshiba",
    "Hitachi",
    "Fujifilm",
    "United Imaging",
    "UIH",
    "Hyperfine",
    "Esaote",
    "Bruker",
    "Neusoft",
    "Mindray",
    "Samsung",
)
WORDS = frozenset(
    word
    for line in (
        "t1 t1w t1wi t2 t2w t2wi t2star pd pdw pdwi flair stir tirm dwi adc dti b0 swi",
        "fs fatsat fat sat spair spir suppressed water dixon ideal inphase outphase in opp phase ir",
        "se fse tse frfse ssfse haste gre ge ffe spgr flash vibe space cube vista mprage bravo epi tof",
        "propeller blade multivec drive 2d 3d iso hr highres te tr ms mm nex fov",
        "sag sagittal cor coronal ax axial tra transverse obl oblique plane 3plane loc localizer scout survey",
        "head cervical thoracic lumbar lspine spine sacrum chest abdomen pelvis hip thigh knee leg arm",
        "whole upper lower left right pre post gd gad contrast no non rep repeat mr mri ct image",
    )
    for word in line.split()
)
CHINESE = ("矢状位", "冠状位", "轴位", "横断位", "压脂", "抑脂", "增强", "平扫", "腰椎", "胸椎", "颈椎", "骶椎", "定位")


def known_words(text: str) -> str:
    """Keep the words of a description that are in the vocabulary, upper case; everything else goes.

    >>> known_words("SAG T2_frFSE FS Meier^Anna 4711")
    'SAG T2 FRFSE FS'
    """
    kept = []
    for token in re.findall(r"[a-z]+\d*|\d[a-z]+|[\u4e00-\u9fff]+", text.lower()):
        if token in WORDS:
            kept.append(token.upper())
        kept += [word for word in CHINESE if word in token]
    return " ".join(kept)


def vendor(text: str) -> str:
    """The manufacturer's name in one spelling; unknown ones as they are, cleaned like a model's name."""
    words = re.sub(r"[\W_]+", " ", text.lower())
    return next((name for name in VENDORS if re.search(rf"\b{name.lower()}\b", words)), model_name(text))


def model_name(text: str) -> str:
    """The scanner's model: letters, digits, spaces, '.', '-', at most 32 characters."""
    return " ".join(re.sub(r"[^A-Za-z0-9 .\-]+", " ", text).split())[:32].strip()


def acquisition_facts(series: Series, stack: Stack) -> dict[str, object]:
    """What the headers say about the acquisition; absent values have no key.

    `SpacingBetweenSlices` is measured from the slice positions, because vendors mean different things by the tag.
    `Matrix` is columns, rows, slices of the stored image; `AcquisitionMatrix` is frequency, phase as acquired.
    """
    head = series.head
    facts: dict[str, object] = {
        "Modality": head.get("Modality"),
        "Manufacturer": vendor(str(head.get("Manufacturer", ""))),
        "ManufacturersModelName": model_name(str(head.get("ManufacturerModelName", ""))),
        "MRAcquisitionType": head.get("MRAcquisitionType"),
        "ScanningSequence": list(series.words("ScanningSequence")),
    }
    for key, (keyword, factor) in ACQUISITION.items():
        value = series.number(keyword)
        facts[key] = None if value is None else round(value * factor, 9)
    columns, rows, slices = stack.size
    across, down, step = stack.spacing
    facts |= {
        "SpacingBetweenSlices": round(step, 4),
        "PixelSpacing": [round(down, 6), round(across, 6)],
        "Matrix": [columns, rows, slices],
        "AcquisitionMatrix": [int(value) for value in head.get("AcquisitionMatrix", ()) if value],
        "SeriesDescription": known_words(str(head.get("SeriesDescription", ""))),
    }
    return _without_empty(facts)


def image_facts(image: sitk.Image, given: dict[str, object]) -> dict[str, object]:
    """The same for an image that came as NIfTI: its grid, and what its own sidecar says under the listed keys."""
    facts = {
        key: value
        for key, value in given.items()
        if key in ACQUISITION and isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    spacing = image.GetSpacing()
    facts |= {
        "Manufacturer": vendor(str(given.get("Manufacturer", ""))),
        "ManufacturersModelName": model_name(str(given.get("ManufacturersModelName", ""))),
        "SpacingBetweenSlices": round(spacing[2], 4),
        "PixelSpacing": [round(spacing[1], 6), round(spacing[0], 6)],
        "Matrix": list(image.GetSize()),
        "SeriesDescription": known_words(str(given.get("SeriesDescription", ""))),
    }
    return _without_empty(facts)


def _without_empty(facts: dict[str, object]) -> dict[str, object]:
    return {key: facts[key] for key in KEYS if facts.get(key) not in (None, "", [])}
