"""All checks on one series before it is converted: files whole, no copies, one regular stack, nothing missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from osteon.ingest.copies import without_copies
from osteon.ingest.geometry import Stack, check_declared_spacing, check_numbering, check_stack
from osteon.ingest.header import Image
from osteon.ingest.rules import Checks
from osteon.ingest.series import Series, planes_of
from osteon.tables.reasons import Reason
from osteon.tables.status import finding


@dataclass(frozen=True)
class Volume:
    """A checked series: its files in slice order and where they lie; `stack` is None if a finding excludes it."""

    series: Series
    files: tuple[Image, ...]
    stack: Stack | None
    findings: tuple[dict, ...]

    @property
    def refusal(self) -> dict | None:
        """The first finding that excludes the series."""
        return next((entry for entry in self.findings if entry["severity"] == "exclude"), None)


def check_series(series: Series, folder: Path, checks: Checks) -> Volume:
    """Run every check on a series.

    Args:
        series: as grouped from the headers.
        folder: the case's folder.
        checks: tolerances.

    Returns:
        The volume; `refusal` says why it must not be used, if so.
    """
    findings = _damage(series)
    series, copies = without_copies(series, folder)
    planes = planes_of(series.images)
    if not planes:
        return Volume(series, (), None, tuple(findings))
    stack, irregular = check_stack(planes, checks, planes_of(series.siblings))
    findings += [*irregular, *_missing_at_edge(series, checks), *copies]
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


def _missing_at_edge(series: Series, checks: Checks) -> list[dict]:
    everything = (*series.images, *series.siblings)
    count = sum(len(image.frames) for image in everything)
    numbers = [
        int(image.tags["InstanceNumber"])
        for image in everything
        if len(image.frames) == 1 and isinstance(image.tags.get("InstanceNumber"), float)
    ]
    promised = series.number("ImagesInAcquisition")
    return check_numbering(len(planes_of(series.images)), numbers, int(promised) if promised else None, count, checks)
