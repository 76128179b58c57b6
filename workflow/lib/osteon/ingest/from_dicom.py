"""One case from raw DICOM: index, group, select, check, stage, convert, compare."""

from __future__ import annotations

import logging
from pathlib import Path

from osteon.config.delivery import IngestSettings
from osteon.ingest.conversion import ConversionRefused, convert_volume
from osteon.ingest.convert import converter_version
from osteon.ingest.delivery import Delivery, Native, for_review
from osteon.ingest.index import Index, index_source
from osteon.ingest.rules import Checks, SeriesRules
from osteon.ingest.select import Decision, apply_overrides, candidates, decide
from osteon.ingest.series import group_series, series_key
from osteon.ingest.sidecar import acquisition_facts, known_words
from osteon.ingest.volume import Volume, check_series
from osteon.tables.reasons import Reason
from osteon.tables.source import root_of
from osteon.tables.status import finding

logger = logging.getLogger(__name__)


def deliver_dicom(
    source: Path,
    center: str,
    subject: str,
    settings: IngestSettings,
    rules: SeriesRules,
    overrides: list[dict[str, str]],
) -> Delivery:
    """Find, check and convert the series of every sequence.

    Args:
        source: the case's folder, or the list of its files.
        center: its center, for the center's own rules.
        subject: its label.
        settings: what the study needs and accepts.
        rules: how series get their roles, and tolerances.
        overrides: a person's decisions on this case's series (see `select.apply_overrides`).

    Returns:
        The delivery; `refusal` is set if any sequence is missing or unusable.
    """
    index, folder = index_source(source), root_of(source)
    delivery = Delivery()
    _judge_files(index, delivery)
    if delivery.refusal:
        return delivery
    decisions = [decide(series, rules, center) for series in group_series(index.images)]
    decisions, unmatched = apply_overrides(decisions, overrides)
    delivery.findings += [
        finding(Reason.OVERRIDE_UNMATCHED, "review", "an override names a series that is not there", series_key(uid))
        for uid in unmatched
    ]
    used: dict[int, str] = {}
    for sequence in settings.sequences:
        chosen = _choose(sequence, decisions, folder, rules.checks_of(center), delivery)
        if chosen:
            used[id(chosen[0])] = sequence
            _convert(sequence, chosen[1], folder, delivery)
    delivery.findings += [
        finding(
            Reason.FILE_TRUNCATED,
            "review",
            "a series that is not used has truncated files",
            decision.series.key,
            [image.file for image in decision.series.damaged],
        )
        for decision in decisions
        if decision.series.damaged and decision.verdict != "accept"
    ]
    delivery.extra["series"] = [_row(decision, used.get(id(decision), "")) for decision in decisions]
    return delivery


def _judge_files(index: Index, delivery: Delivery) -> None:
    delivery.extra["files"] = {
        name: len(getattr(index, name)) for name in ("images", "contours", "other", "broken", "foreign")
    }
    if index.broken:
        delivery.findings.append(
            finding(
                Reason.FILE_TRUNCATED,
                "review",
                "files are empty, unreadable or end before they say which series they belong to",
                len(index.broken),
                index.broken,
            )
        )
    if index.count == 0:
        delivery.refuse(Reason.NO_FILES, "the folder is missing or holds no file")
    elif not index.images:
        delivery.refuse(Reason.NOT_DICOM, f"{index.count} file(s), none a readable DICOM image")


def _choose(
    sequence: str, decisions: list[Decision], folder: Path, checks: Checks, delivery: Delivery
) -> tuple[Decision, Volume] | None:
    """The best accepted series that passes its checks; what is wrong with the others goes to the findings."""
    ranked = candidates(decisions, sequence)
    if not ranked:
        delivery.refuse(*_why_missing(sequence, decisions))
        return None
    chosen = None
    refused: list[Volume] = []
    for decision in ranked:
        volume = check_series(decision.series, folder, checks)
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
    if len(ranked) > 1:
        delivery.add(
            sequence,
            [
                finding(
                    Reason.SERIES_SURPLUS,
                    "note",
                    f"{len(ranked)} series play the role; used is {chosen[0].series.key}",
                    len(ranked),
                )
            ],
        )
    return chosen


def _why_missing(sequence: str, decisions: list[Decision]) -> tuple[Reason, str]:
    doubtful = [decision for decision in decisions if decision.verdict == "review" and decision.role == sequence]
    if doubtful:
        listed = "; ".join(f"series {decision.series.key}: {decision.reason}" for decision in doubtful)
        return Reason.SERIES_AMBIGUOUS, f"{sequence}: {listed}"
    unknown = [decision.series.key for decision in decisions if decision.verdict == "unknown"]
    detail = f"{sequence}: none of {len(decisions)} series plays this role"
    return Reason.SEQUENCE_MISSING, detail + (f"; not recognised: {', '.join(unknown)}" if unknown else "")


def _convert(sequence: str, volume: Volume, folder: Path, delivery: Delivery) -> None:
    try:
        image, findings = convert_volume(volume, folder)
    except ConversionRefused as refusal:
        delivery.refuse(refusal.reason, f"{sequence}: {refusal}")
        return
    delivery.add(sequence, findings)
    facts = acquisition_facts(volume.series, volume.stack) | {
        "ConversionSoftware": "dcm2niix",
        "ConversionSoftwareVersion": converter_version(),
    }
    delivery.images[sequence] = Native(
        image, facts, volume.series.key, str(volume.series.head.get("FrameOfReferenceUID", ""))
    )


def _row(decision: Decision, used: str) -> dict[str, object]:
    """A series in the status: what it is, what became of it, why. No UID and no free text."""
    series = decision.series
    return {
        "series": series.key,
        "description": known_words(str(series.head.get("SeriesDescription", ""))),
        "modality": series.head.get("Modality"),
        "plane": series.plane,
        "slices": series.positions,
        "repetition_time_ms": series.number("RepetitionTime"),
        "echo_time_ms": series.number("EchoTime"),
        "inversion_time_ms": series.number("InversionTime"),
        "verdict": decision.verdict,
        "role": decision.role,
        "used_as": used or None,
        "reason": decision.reason,
    }
