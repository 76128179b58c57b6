"""Words that say how an image was acquired and never who the patient is.

Free text of headers (descriptions, names of sequences, makers of scanners) is reduced to these words wherever it is
written: into sidecars, into tables, into de-identified DICOM.
"""

from __future__ import annotations

import re

SIDECAR_KEYS = (
    "Modality",
    "Manufacturer",
    "ManufacturersModelName",
    "MagneticFieldStrength",
    "RepetitionTime",
    "EchoTime",
    "InversionTime",
    "FlipAngle",
    "EchoTrainLength",
    "SliceThickness",
    "KVP",
    "ConvolutionKernel",
    "BodyPartExamined",
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
        "fs fatsat fat sat sup spair spir suppressed water w we dixon ideal inphase outphase in opp phase ir",
        "se fse tse frfse ssfse haste gre ge ffe spgr flash vibe space cube vista mprage bravo epi tof",
        "propeller blade multivec drive 2d 3d iso hr highres te tr ms mm nex fov",
        "sag sagittal cor coronal ax axial tra transverse obl oblique plane 3plane",
        "loc localizer localiser scout survey cal calibration",
        "head cervical thoracic lumbar lspine spine sacrum chest abdomen pelvis hip thigh knee leg arm",
        "whole upper lower left right pre post gd gad contrast no non rep repeat mr mri ct image",
    )
    for word in line.split()
)
CHINESE = (
    "矢状位",
    "冠状位",
    "轴位",
    "横断位",
    "压脂",
    "抑脂",
    "脂肪抑制",
    "增强",
    "平扫",
    "腰椎",
    "胸椎",
    "颈椎",
    "骶椎",
    "定位",
)


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
