"""Cases that a network can learn from, from their status files."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from osteon.segmentation.dataset import TrainingCase
from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.reasons import Reason
from osteon.tables.status import MANUAL, CaseStatus, Located

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LeftOut:
    """An annotated case that cannot be learned from."""

    center: str
    subject: str
    reason: str
    """Code of `Reason`."""
    detail: str
    """What was found in this case; may name files, so it stays in the log."""


def training_cases(ingested: Iterable[Located], sequence: str) -> tuple[list[TrainingCase], list[LeftOut]]:
    """The annotated cases with image and usable manual mask, and the others with the reason, which is also logged."""
    cases, left_out, read = [], [], []
    for status_path, folder in ingested:
        status = CaseStatus.read(status_path)
        read.append(status)
        if status.ok and MANUAL in status.files:
            image, mask = status.files[sequence], status.files[MANUAL]
            paths = Path(folder, image["path"]), Path(folder, mask["path"])
            cases.append(TrainingCase(status.center, status.subject, *paths, image["sha256"], mask["sha256"]))
        else:
            left_out.append(_why(status))
            log.warning("left out: %s %s: %s", status.center, status.subject, left_out[-1].detail)
    who = people(read)
    return [replace(case, person=who.get((case.center, case.subject), "")) for case in cases], left_out


def people(ingested: Sequence[CaseStatus]) -> dict[tuple[str, str], str]:
    """The patient of each center and subject, as far as the headers of the images say: a hash of PatientID.

    PatientIDs are a center's own, so the same one in another center may be somebody else's. One that all cases of a
    center share (three or more) names nobody.
    """
    found: dict[str, dict[str, str | None]] = {}
    for status in ingested:
        found.setdefault(status.center, {})[status.subject] = (status.extra.get("identity") or {}).get("person")
    return {
        (center, subject): f"{center} {person}"
        for center, own in found.items()
        for subject, person in own.items()
        if person and (len(own) < 3 or set(own.values()) != {person})
    }


def kept_from(fold: int, cases: Sequence[TrainingCase], plan: Sequence[Mapping]) -> list[TrainingCase]:
    """The cases that a fold did not learn from.

    `plan` is from `planning.plan_training`. Raises ValueError if a case's image is not the one that was planned with.
    """
    planned = {f"{entry['center']}-{entry['subject']}": entry for entry in plan if entry["fold"] == fold}
    kept = [case for case in cases if case.name in planned]
    for case in kept:
        if case.image_sha256 != planned[case.name]["image_sha256"]:
            raise ValueError(f"{case.name}: the image is not the one that the training was planned with; run it again")
    return kept


def _why(status: CaseStatus) -> LeftOut:
    if not status.ok:
        return LeftOut(status.center, status.subject, status.reason or "", status.detail or "")
    found = [row for row in status.findings if row["code"].startswith("mask_") and row["severity"] != "note"]
    reason = found[0]["code"] if found else str(Reason.MASK_MISSING)
    detail = found[0]["message"] if found else EXPLANATIONS[Reason.MASK_MISSING][0]
    return LeftOut(status.center, status.subject, reason, detail)
