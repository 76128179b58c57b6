"""What the rules decide on series that are made in memory."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from helpers.dicom_series import AXIAL, make_series
from osteon.ingest.header import Frame, Image, tags_of
from osteon.ingest.rules import SeriesRules
from osteon.ingest.select import Decision, decide
from osteon.ingest.series import Series, group_series


def images_of(slices: list[Dataset]) -> list[Image]:
    """Headers of slices that were not written."""
    result = []
    for number, item in enumerate(slices):
        tags = tags_of(item)
        frame = Frame(tags["ImagePositionPatient"], tags["ImageOrientationPatient"], tags["PixelSpacing"])
        result.append(Image(f"{item.SeriesNumber}_{number}", tags, (frame,)))
    return result


def series_of(slices: list[Dataset]) -> Series:
    """Slices of one series as they are grouped."""
    (series,) = group_series(images_of(slices))
    return series


def decision(rules: SeriesRules, role: str = "T2", center: str = "A", **tags) -> Decision:
    """What becomes of a clean series of a role, with changed tags."""
    return decide(series_of(make_series(role, **tags)), rules, center)


def ct_series(**tags) -> list[Dataset]:
    """An axial CT of the spine without contrast agent; `tags` replace or add header values."""
    values = {
        "SOPClassUID": CTImageStorage,
        "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SeriesDescription": "L-Spine 1.0",
        "BodyPartExamined": "LSPINE",
        "KVP": "120",
        "ConvolutionKernel": "Br40d",
        "SliceThickness": "1",
        "RescaleSlope": "1",
        "RescaleIntercept": "-1024",
        **dict.fromkeys(("RepetitionTime", "EchoTime", "ScanningSequence", "SequenceVariant", "MRAcquisitionType")),
        **dict.fromkeys(("FlipAngle", "EchoTrainLength", "MagneticFieldStrength")),
    }
    return make_series("T2", **({"count": 12, "step": 1.0, "orientation": AXIAL} | values | tags))
