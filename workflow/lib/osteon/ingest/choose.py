"""The one series that plays a role: the best candidate that passes its checks; the others are logged by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from osteon.ingest.delivery import Delivery, for_review
from osteon.ingest.header import Image
from osteon.ingest.identity import burned_in_findings
from osteon.ingest.intensity import header_findings
from osteon.ingest.rules import Checks
from osteon.ingest.select import Decision, candidates
from osteon.ingest.volume import Volume, check_series
from osteon.tables.reasons import Reason
from osteon.tables.status import finding


def choose_series(
    sequence: str, decisions: list[Decision], folder: Path, checks: Checks, delivery: Delivery
) -> tuple[Decision, Volume] | None:
    """Choose the series of one sequence.

    Args:
        sequence: the role.
        decisions: on every series of the case.
        folder: the case's folder.
        checks: tolerances.
        delivery: takes the findings, and the refusal if no series can be used.

    Returns:
        The chosen series and its checked volume, or None.
    """
    ranked = candidates(decisions, sequence)
    if not ranked:
        delivery.refuse(*_why_missing(sequence, decisions))
        return None
    chosen = None
    refused: list[Volume] = []
    for decision in ranked:
        volume = _checked(decision, folder, checks)
        if volume.refusal is None:
            chosen = decision, volume
            break
        refused.append(volume)
    for volume in refused:
        # a refused series stops the case only if no other one plays the role
        delivery.add(sequence, for_review(volume.findings) if chosen else volume.findings)
    if chosen is None:
        refusal = refused[0].refusal
        delivery.refuse(Reason(refusal["code"]), f"{sequence}: {refusal['message']}")
        return None
    delivery.add(sequence, chosen[1].findings)
    losers = [decision for decision in ranked if decision is not chosen[0]]
    if losers:
        message = f"{len(ranked)} series play the role; used is {_named([chosen[0]])}, not used: {_named(losers)}"
        delivery.add(sequence, [finding(Reason.SERIES_SURPLUS, "note", message, len(ranked))])
    return chosen


def vanished(images: Iterable[Image], folder: Path) -> list[dict]:
    """A finding that excludes, if files of a series that were listed are no longer there."""
    files = [image.file for image in images if not (folder / image.file).exists()]
    message = f"{len(files)} files of the series disappeared while it was read"
    return [finding(Reason.FILE_VANISHED, "exclude", message, len(files), files)] if files else []


def _checked(decision: Decision, folder: Path, checks: Checks) -> Volume:
    series = decision.series
    try:
        volume = check_series(series, folder, checks, decision.volume)
    except FileNotFoundError:
        gone = vanished(series.images, folder)
        if not gone:
            raise
        return Volume(series, (), None, tuple(gone))
    return replace(volume, findings=(*volume.findings, *header_findings(series), *burned_in_findings(series)))


def _named(decisions: Iterable[Decision]) -> str:
    return ", ".join(f"{decision.series.key} ({decision.series.positions} slices)" for decision in decisions)


def _why_missing(sequence: str, decisions: list[Decision]) -> tuple[Reason, str]:
    doubtful = [decision for decision in decisions if decision.verdict == "review" and decision.role == sequence]
    if doubtful:
        listed = "; ".join(f"series {decision.series.key}: {decision.reason}" for decision in doubtful)
        return Reason.SERIES_AMBIGUOUS, f"{sequence}: {listed}"
    unknown = [decision.series.key for decision in decisions if decision.verdict == "unknown"]
    detail = f"{sequence}: none of {len(decisions)} series plays this role"
    return Reason.SEQUENCE_MISSING, detail + (f"; not recognised: {', '.join(unknown)}" if unknown else "")
