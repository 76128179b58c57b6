"""Cases that a network can learn from, from their status files."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    cases, left_out = [], []
    for status_path, folder in ingested:
        status = CaseStatus.read(status_path)
        if status.ok and MANUAL in status.files:
            image, mask = status.files[sequence], status.files[MANUAL]
            paths = Path(folder, image["path"]), Path(folder, mask["path"])
            cases.append(TrainingCase(status.center, status.subject, *paths, image["sha256"], mask["sha256"]))
        else:
            left_out.append(_why(status))
            log.warning("left out: %s %s: %s", status.center, status.subject, left_out[-1].detail)
    return cases, left_out


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
