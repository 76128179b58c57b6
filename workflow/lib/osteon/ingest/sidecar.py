"""The sidecar of an image: how it was acquired, and nothing that tells who the patient is.

Only listed keys are written. Names and units are those of BIDS: times in seconds, lengths in mm, field in tesla.
Free text is reduced to known words of the trade, since descriptions may hold names.
"""

from __future__ import annotations

import SimpleITK as sitk

from osteon.ingest.geometry import Stack
from osteon.ingest.series import Series
from osteon.tables.vocabulary import SIDECAR_KEYS, known_words, model_name, vendor

# Key in the sidecar: DICOM keyword and the factor from DICOM's unit to BIDS'.
ACQUISITION = {
    "MagneticFieldStrength": ("MagneticFieldStrength", 1.0),
    "RepetitionTime": ("RepetitionTime", 1e-3),
    "EchoTime": ("EchoTime", 1e-3),
    "InversionTime": ("InversionTime", 1e-3),
    "FlipAngle": ("FlipAngle", 1.0),
    "EchoTrainLength": ("EchoTrainLength", 1.0),
    "SliceThickness": ("SliceThickness", 1.0),
    "KVP": ("KVP", 1.0),
}


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
        "ConvolutionKernel": [model_name(name) for name in series.words("ConvolutionKernel")],
        "BodyPartExamined": model_name(str(head.get("BodyPartExamined", ""))),
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
    return {key: facts[key] for key in SIDECAR_KEYS if facts.get(key) not in (None, "", [])}
