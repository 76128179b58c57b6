"""What a center's delivery of one case comes to, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import SimpleITK as sitk

from osteon.tables.reasons import Reason


@dataclass(frozen=True)
class Native:
    """One accepted image, what is known of its acquisition, and what its contours refer to.

    `series` is the key of its series, `frame_of_reference` its FrameOfReferenceUID; both empty for NIfTI.
    """

    image: sitk.Image
    facts: dict[str, object]
    series: str = ""
    frame_of_reference: str = ""


@dataclass
class Delivery:
    """Images by sequence, quality findings, facts for the status, and the first reason why the case stops."""

    images: dict[str, Native] = field(default_factory=dict)
    findings: list[dict] = field(default_factory=list)
    extra: dict = field(default_factory=dict)
    refusal: tuple[Reason, str] | None = None

    def refuse(self, reason: Reason, detail: str) -> None:
        """Stop the case; the first reason counts."""
        self.refusal = self.refusal or (reason, detail)

    def judge(self, findings: Iterable[dict]) -> None:
        """Add findings on the case as a whole; the first that excludes stops it."""
        for entry in findings:
            self.findings.append(entry)
            if entry["severity"] == "exclude":
                self.refuse(Reason(entry["code"]), entry["message"])

    def add(self, sequence: str, findings: Iterable[dict]) -> None:
        """Add findings on the series of one sequence."""
        self.findings += [{**entry, "message": f"{sequence}: {entry['message']}"} for entry in findings]


def is_constant(image: sitk.Image) -> bool:
    """True if all voxels have one value."""
    view = sitk.GetArrayViewFromImage(image)
    return bool(view.min() == view.max())


def for_review(findings: Iterable[dict]) -> list[dict]:
    """The same findings where what is wrong need not stop the case: 'exclude' becomes 'review'."""
    return [{**entry, "severity": "review"} if entry["severity"] == "exclude" else entry for entry in findings]
