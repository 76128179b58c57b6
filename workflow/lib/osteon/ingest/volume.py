"""All checks on one series before it is converted: files whole, no copies, one regular stack, nothing missing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from osteon.ingest.copies import without_copies
from osteon.ingest.enhanced import Frame
from osteon.ingest.geometry import Stack, check_declared_spacing, check_numbering, check_stack
from osteon.ingest.header import Image
from osteon.ingest.rules import Checks
from osteon.ingest.series import Series, planes_of
from osteon.ingest.several import NotDivisible, one_volume
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

# What is the same in all slices of one acquisition, and may decide on its role.
OF_SERIES = (
    "ScanningSequence",
    "ScanOptions",
    "InversionTime",
    "ContrastBolusAgent",
    "ConvolutionKernel",
    "KVP",
    "MagneticFieldStrength",
    "SliceThickness",
)


@dataclass(frozen=True)
class Volume:
    """A checked series: its files in slice order and where they lie; `stack` is None if a finding excludes it.

    `series` and `files` hold the frames of the volume alone, also where a file has more.
    """

    series: Series
    files: tuple[Image, ...]
    stack: Stack | None
    findings: tuple[dict, ...]

    @property
    def slices(self) -> list[tuple[Image, Frame]]:
        """File and frame of each slice, in the order of the stack."""
        pairs = [(image, frame) for image in self.series.images for frame in image.frames]
        return [pairs[i] for i in self.stack.order] if self.stack else []

    @property
    def refusal(self) -> dict | None:
        """The first finding that excludes the series."""
        return next((entry for entry in self.findings if entry["severity"] == "exclude"), None)


def check_series(series: Series, folder: Path, checks: Checks, volume: int | None = None) -> Volume:
    """Run every check on a series.

    Args:
        series: as grouped from the headers.
        folder: the case's folder.
        checks: tolerances.
        volume: which one of a series that holds several volumes, counted from 1; None refuses such a series.

    Returns:
        The volume; `refusal` says why it must not be used, if so.
    """
    findings = _damage(series)
    series, copies = without_copies(series, folder)
    whole = series
    if volume is not None and series.images:
        try:
            series = replace(series, images=one_volume(series.images, volume))
        except NotDivisible as problem:
            findings.append(finding(problem.reason, "exclude", str(problem), volume))
    planes = planes_of(series.images)
    if not planes:
        return Volume(series, (), None, tuple(findings))
    stack, irregular = check_stack(planes, checks, planes_of(series.siblings))
    findings += [*irregular, *_missing_at_edge(series, whole, checks), *copies]
    if series.siblings:
        findings.append(
            finding(
                Reason.SERIES_DIVIDED,
                "review",
                f"{len(series.siblings)} images of the series have another echo time or image type",
                len(series.siblings),
            )
        )
    files: tuple[Image, ...] = ()
    if stack is not None:
        findings += _origins(series)
        findings += check_declared_spacing(
            stack, series.number("SpacingBetweenSlices"), series.number("SliceThickness"), checks
        )
        by_name = {image.file: image for image in series.images}
        files = tuple(by_name[name] for name in dict.fromkeys(planes[i].file for i in stack.order))
    return Volume(series, files, stack, tuple(findings))


def _damage(series: Series) -> list[dict]:
    """Truncated files: harmless beside a whole copy of the same image, else the series is not whole."""
    whole = {image.sop_uid for image in series.images if image.sop_uid}
    findings = []
    for severity, files in (
        ("exclude", [image for image in series.damaged if image.sop_uid not in whole]),
        ("note", [image for image in series.damaged if image.sop_uid in whole]),
    ):
        if files:
            what = "a whole copy of each was used" if severity == "note" else files[0].damage
            findings.append(
                finding(
                    Reason.FILE_TRUNCATED,
                    severity,
                    f"{len(files)} truncated file(s): {what}",
                    len(files),
                    sorted(image.file for image in files),
                )
            )
    return findings


def _origins(series: Series) -> list[dict]:
    """Slices of several acquisitions under one SeriesInstanceUID, as where exports were merged or renamed."""
    findings = []
    for code, keyword, what in (
        (Reason.FRAME_DIFFERS, "FrameOfReferenceUID", "frames of reference"),
        (Reason.STUDIES_SEVERAL, "StudyInstanceUID", "examinations"),
    ):
        counts = Counter(str(image.tags[keyword]) for image in series.images if keyword in image.tags)
        if len(counts) > 1:
            most = counts.most_common(1)[0][0]
            others = [image.file for image in series.images if str(image.tags.get(keyword, most)) != most]
            message = f"the slices of the series come from {len(counts)} {what}"
            findings.append(finding(code, "review", message, len(counts), sorted(others)))
    varying = [keyword for keyword in OF_SERIES if len({image.tags.get(keyword) for image in series.images}) > 1]
    if varying:
        message = f"the slices of the series differ in {', '.join(varying)}; the role was decided by the first"
        findings.append(finding(Reason.SERIES_AMBIGUOUS, "review", message, varying))
    numbers = Counter(image.tags["InstanceNumber"] for image in series.images if "InstanceNumber" in image.tags)
    twice = sum(count > 1 for count in numbers.values())
    if twice and len(numbers) > 1:
        message = f"{twice} image number(s) occur more than once, at different positions"
        findings.append(finding(Reason.SLICE_DUPLICATED, "review", message, twice))
    return findings


def _missing_at_edge(series: Series, whole: Series, checks: Checks) -> list[dict]:
    """What counts and numbers tell: of all images of the series, and of the frames of the volume in a file."""
    everything = (*whole.images, *whole.siblings)
    count = sum(len(image.frames) for image in everything)
    numbers = [
        int(image.tags["InstanceNumber"])
        for image in everything
        if len(image.frames) == 1 and isinstance(image.tags.get("InstanceNumber"), float)
    ]
    slices = len(planes_of(series.images))
    promised = whole.number("ImagesInAcquisition")
    findings = check_numbering(slices, numbers, int(promised) if promised else None, count, checks)
    findings += _parts_missing(whole.images)
    in_stack = [
        int(frame.tags["InstanceNumber"])
        for image in series.images
        for frame in image.frames
        if isinstance(frame.tags.get("InstanceNumber"), float)
    ]
    return [*findings, *(check_numbering(slices, in_stack, None, slices, checks) if len(in_stack) == slices else [])]


def _parts_missing(images: tuple[Image, ...]) -> list[dict]:
    """A volume that was divided into several multi-frame files (a concatenation, DICOM PS3.3, C.7.6.16.2.2.4)."""
    totals = [
        image.tags["InConcatenationTotalNumber"] for image in images if "InConcatenationTotalNumber" in image.tags
    ]
    if not totals or max(totals) <= len(totals):
        return []
    message = f"the volume was written in {max(totals):g} files, {len(totals)} are there"
    return [finding(Reason.SLICE_MISSING, "exclude", message, int(max(totals)) - len(totals))]
