"""Enhanced multi-frame headers: the physics and the place of each frame under the keywords of classic headers.

An enhanced file (DICOM PS3.3, A.36 and A.38) keeps in its functional groups what a classic file has at the top:
in the shared ones if it holds for all frames, else in each frame's own. Files that were converted from classic ones
(A.70, A.71) keep the rest of the classic elements in two sequences of 'unassigned' attributes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from osteon.ingest.elements import get, item, numbers, text, words

SHARED, PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
UNASSIGNED = ("UnassignedSharedConvertedAttributesSequence", "UnassignedPerFrameConvertedAttributesSequence")
FRAME_TYPES = ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence")

# Classic keyword -> (functional group, keyword there); the first that is there counts.
NUMBERS_IN_GROUPS = {
    "RepetitionTime": [("MRTimingAndRelatedParametersSequence", "RepetitionTime")],
    "EchoTrainLength": [
        ("MRTimingAndRelatedParametersSequence", "EchoTrainLength"),
        ("MRTimingAndRelatedParametersSequence", "RFEchoTrainLength"),
    ],
    "FlipAngle": [("MRTimingAndRelatedParametersSequence", "FlipAngle")],
    "EchoTime": [("MREchoSequence", "EffectiveEchoTime"), ("MREchoSequence", "EchoTime")],
    "InversionTime": [("MRModifierSequence", "InversionTimes"), ("MRModifierSequence", "InversionTime")],
    "SliceThickness": [("PixelMeasuresSequence", "SliceThickness")],
    "SpacingBetweenSlices": [("PixelMeasuresSequence", "SpacingBetweenSlices")],
    "RescaleSlope": [("PixelValueTransformationSequence", "RescaleSlope")],
    "RescaleIntercept": [("PixelValueTransformationSequence", "RescaleIntercept")],
    "ReconstructionDiameter": [("CTReconstructionSequence", "ReconstructionDiameter")],
    "KVP": [("CTXRayDetailsSequence", "KVP")],
    "DiffusionBValue": [("MRDiffusionSequence", "DiffusionBValue")],
    "TemporalPositionIdentifier": [
        ("FrameContentSequence", "TemporalPositionIndex"),
        ("TemporalPositionSequence", "TemporalPositionTimeOffset"),
    ],
    "AcquisitionNumber": [("FrameContentSequence", "FrameAcquisitionNumber")],
    "InstanceNumber": [("FrameContentSequence", "InStackPositionNumber")],
}
# Elements that may differ between the frames of one file.
OF_FRAME = (
    "EchoTime",
    "TemporalPositionIdentifier",
    "DiffusionBValue",
    "AcquisitionNumber",
    "InstanceNumber",
    "RescaleSlope",
    "RescaleIntercept",
)


@dataclass(frozen=True)
class Frame:
    """Where a two-dimensional image lies in DICOM's patient coordinates (mm); None where the header does not say.

    `index` counts the images of the file from 0. `tags` are elements of this frame alone (see `OF_FRAME`, and
    'ImageType'); empty in classic files.
    """

    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    index: int = 0
    tags: dict[str, object] = field(default_factory=dict)


def flatten(dataset: Dataset, tags: dict[str, object], keywords: dict[str, tuple[str, ...]]) -> None:
    """Add to `tags` what an enhanced header keeps in its functional groups; values of the first frame.

    Args:
        dataset: the header.
        tags: plain values by classic keyword, completed in place.
        keywords: which elements are wanted: 'numbers', 'words' and 'texts'.
    """
    groups = [item(dataset, SHARED), item(dataset, PER_FRAME)]
    for keyword in NUMBERS_IN_GROUPS:
        if keyword not in tags and keyword != "InstanceNumber":
            _keep(tags, keyword, _number(groups, keyword))
    for group in groups:
        for sequence in UNASSIGNED:
            unassigned = item(group, sequence)
            for kind, convert in (("numbers", numbers), ("words", words), ("texts", text)):
                for keyword in keywords[kind] if len(unassigned) else ():
                    if keyword not in tags and keyword != "InstanceNumber":
                        _keep(tags, keyword, get(unassigned, keyword, convert))
    if "ConvolutionKernel" not in tags:
        _keep(tags, "ConvolutionKernel", _first(groups, "CTReconstructionSequence", "ConvolutionKernel", words))
    _sequence_words(dataset, groups, tags)
    _contrast(dataset, groups, tags)
    kind = _frame_type(groups)
    if kind and (not tags.get("ImageType") or "MIXED" in tags["ImageType"] or set(kind[4:]) - set(tags["ImageType"])):
        tags["ImageType"] = kind
    if "AcquisitionTime" not in tags:
        moment = get(dataset, "AcquisitionDateTime", text) or _first(
            groups, "FrameContentSequence", "FrameAcquisitionDateTime", text
        )
        if moment and len(moment) >= 14:
            tags.setdefault("AcquisitionDate", moment[:8])
            tags["AcquisitionTime"] = moment[8:].split("+")[0].split("-")[0]


def frames_of(dataset: Dataset, tags: dict[str, object]) -> tuple[Frame, ...]:
    """One frame per two-dimensional image in the file, in the file's order."""
    own = (
        _tuple(tags.get("ImagePositionPatient"), 3),
        _tuple(tags.get("ImageOrientationPatient"), 6),
        _tuple(tags.get("PixelSpacing"), 2),
    )
    per_frame = dataset.get(PER_FRAME) or []
    if not len(per_frame):
        count = tags.get("NumberOfFrames", 1.0)
        # several frames without a position each: the slices are somewhere, but nobody says where
        several = isinstance(count, float) and count > 1
        return tuple(Frame(None, own[1], own[2], i) for i in range(2)) if several else (Frame(*own),)
    if tags.get("NumberOfFrames") != len(per_frame):
        # nobody knows to which frame of the pixel data each place belongs
        return tuple(Frame(None, None, None, index) for index in range(len(per_frame)))
    shared = item(dataset, SHARED)
    return tuple(_frame(group, shared, own, index) for index, group in enumerate(per_frame))


def _frame(group: Dataset, shared: Dataset, own: tuple, index: int) -> Frame:
    def find(sequence: str, keyword: str, length: int, fallback: tuple | None) -> tuple[float, ...] | None:
        return _tuple(_first([group, shared], sequence, keyword, numbers), length) or fallback

    tags: dict[str, object] = {}
    for keyword in OF_FRAME:
        _keep(tags, keyword, _number([group], keyword))
    unassigned = item(group, UNASSIGNED[1])
    for keyword in OF_FRAME if len(unassigned) else ():
        if keyword not in tags:
            _keep(tags, keyword, get(unassigned, keyword, numbers))
    _keep(tags, "ImageType", _frame_type([group]))
    return Frame(
        find("PlanePositionSequence", "ImagePositionPatient", 3, None),
        find("PlaneOrientationSequence", "ImageOrientationPatient", 6, own[1]),
        find("PixelMeasuresSequence", "PixelSpacing", 2, own[2]),
        index,
        tags,
    )


def _number(groups: list[Dataset], keyword: str) -> float | None:
    for sequence, inner in NUMBERS_IN_GROUPS[keyword]:
        value = _first(groups, sequence, inner, numbers)
        if value is not None:
            return value if isinstance(value, float) else value[0]
    return None


def _first(groups: list[Dataset], sequence: str, keyword: str, convert) -> object:
    """An element of a functional group, from the first of `groups` that has it."""
    for group in groups:
        value = get(item(group, sequence), keyword, convert)
        if value is not None:
            return value
    return None


def _keep(tags: dict[str, object], keyword: str, value: object) -> None:
    if value is not None:
        tags[keyword] = value


def _sequence_words(dataset: Dataset, groups: list[Dataset], tags: dict[str, object]) -> None:
    """ScanningSequence and ScanOptions from the terms that enhanced headers use (PS3.3, C.8.13.4 and C.8.13.5.5)."""
    names = list(tags.get("ScanningSequence", ()))
    if not names:
        pulse = get(dataset, "EchoPulseSequence", text)
        names += {"SPIN": ["SE"], "GRADIENT": ["GR"], "BOTH": ["SE", "GR"]}.get(pulse, [])
        if get(dataset, "EchoPlanarPulseSequence", text) == "YES":
            names.append("EP")
    if _first(groups, "MRModifierSequence", "InversionRecovery", text) == "YES" and "IR" not in names:
        names.append("IR")
    if names:
        tags["ScanningSequence"] = tuple(names)
    if "SequenceName" not in tags:
        _keep(tags, "SequenceName", get(dataset, "PulseSequenceName", text))
    suppressed = _first(groups, "MRModifierSequence", "SpectrallySelectedSuppression", text)
    options = tags.get("ScanOptions", ())
    if suppressed in ("FAT", "FAT_AND_WATER") and "FS" not in options:
        tags["ScanOptions"] = (*options, "FS")


def _contrast(dataset: Dataset, groups: list[Dataset], tags: dict[str, object]) -> None:
    agent = item(dataset, "ContrastBolusAgentSequence")
    given = _first(groups, "ContrastBolusUsageSequence", "ContrastBolusAgentAdministered", text)
    if "ContrastBolusAgent" not in tags and given != "NO" and (len(agent) or given == "YES"):
        tags["ContrastBolusAgent"] = get(agent, "CodeMeaning", text) or "given"


def _frame_type(groups: list[Dataset]) -> tuple[str, ...] | None:
    """FrameType and, unless it is plain magnitude, ComplexImageComponent."""
    for sequence in FRAME_TYPES:
        kind = _first(groups, sequence, "FrameType", words)
        if kind:
            part = _first(groups, sequence, "ComplexImageComponent", text)
            return (*kind, part) if part in ("PHASE", "REAL", "IMAGINARY") and part not in kind else kind
    return None


def _tuple(value: object, length: int) -> tuple[float, ...] | None:
    return value if isinstance(value, tuple) and len(value) == length else None
