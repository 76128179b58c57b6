"""What a patient's headers hold for each role of the study, in words; no pixel is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from osteon.ingest.identity import iso_date
from osteon.ingest.rules import SeriesRules
from osteon.ingest.scan.store import Record, decode_image
from osteon.ingest.select import Decision, apply_overrides, candidates, decide
from osteon.ingest.series import group_series

MISSING = "missing"
REVIEW = "review: "


def patient_facts(
    headers: list[str], center: str, sequences: list[str], rules: SeriesRules, overrides: list[dict[str, str]]
) -> dict:
    """Examinations and roles of one patient.

    Args:
        headers: the patient's images as JSON (see `store.encode_image`).
        center: its center, for the center's own rules.
        sequences: roles that the study needs.
        rules: how series get their roles.
        overrides: a person's decisions on this patient's series.

    Returns:
        'dates' (of the examinations, YYYY-MM-DD, sorted), 'series' (their number) and 'found' (text by role).
    """
    images = [decode_image(text) for text in headers]
    decisions = [decide(series, rules, center) for series in group_series(images)]
    decisions, _ = apply_overrides(decisions, overrides)
    dates = {iso_date(str(image.tags.get("StudyDate", ""))) for image in images}
    found = {role: found_text(decisions, role) for role in sequences}
    return {"dates": sorted(filter(None, dates)), "series": len(decisions), "found": found}


def found_text(decisions: list[Decision], role: str) -> str:
    """What there is for a role: '15 slices', '2 series, 15 slices' (of the preferred one), 'review: ...', 'missing'."""
    ranked = candidates(decisions, role)
    if ranked:
        slices = f"{ranked[0].series.positions} slices"
        return slices if len(ranked) == 1 else f"{len(ranked)} series, {slices}"
    doubtful = sorted(
        {decision.reason for decision in decisions if (decision.verdict, decision.role) == ("review", role)}
    )
    return f"{REVIEW}{'; '.join(doubtful)}" if doubtful else MISSING


def state_of(records: Iterable[Record], context: str) -> str:
    """Hash of what a patient's facts depend on: files with size and time, and the rules and code in `context`."""
    lines = sorted(f"{record.name}\t{record.size}\t{record.mtime_ns}" for record in records)
    return hashlib.sha256("\n".join([context, *lines]).encode("utf-8", "surrogateescape")).hexdigest()
