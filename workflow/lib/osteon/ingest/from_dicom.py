"""One case from raw DICOM: index, group, select, check, stage, convert, compare."""

from __future__ import annotations

import logging
from pathlib import Path

from osteon.config.delivery import IngestSettings
from osteon.ingest.choose import choose_series, vanished
from osteon.ingest.conversion import ConversionRefused, convert_volume
from osteon.ingest.convert import converter_version
from osteon.ingest.delivery import Delivery, Native
from osteon.ingest.identity import examination_findings, owner_findings, patient_facts, patient_findings
from osteon.ingest.index import Index, index_source
from osteon.ingest.intensity import full_scales, saturation_findings, wrapped_findings
from osteon.ingest.rules import SeriesRules
from osteon.ingest.select import Decision, apply_overrides, decide
from osteon.ingest.series import Series, group_series, series_key
from osteon.ingest.sidecar import acquisition_facts
from osteon.ingest.volume import Volume
from osteon.tables.reasons import Reason
from osteon.tables.source import root_of
from osteon.tables.status import finding
from osteon.tables.vocabulary import known_words

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
    delivery.extra["identity"] = patient_facts(index.images)
    delivery.judge(patient_findings(index.images, subject, settings.allow_identifiable))
    beside = {name: folder / name for name in [*index.contours, *index.other]}
    delivery.judge(owner_findings(beside, delivery.extra["identity"]["person"], settings.allow_identifiable))
    if delivery.refusal:
        return delivery
    decisions = [decide(series, rules, center) for series in group_series(index.images)]
    decisions, unmatched = apply_overrides(decisions, overrides)
    delivery.findings += [
        finding(Reason.OVERRIDE_UNMATCHED, "review", "an override names a series that is not there", series_key(uid))
        for uid in unmatched
    ]
    used: dict[str, Decision] = {}
    for sequence in settings.sequences:
        chosen = choose_series(sequence, decisions, folder, rules.checks_of(center), delivery)
        if chosen:
            used[sequence] = chosen[0]
            _convert(sequence, chosen[1], folder, delivery)
    delivery.findings += examination_findings({sequence: decision.series for sequence, decision in used.items()})
    delivery.extra["identity"] = patient_facts(index.images, _reference_first(used, settings.reference))
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
    roles = {id(decision): sequence for sequence, decision in used.items()}
    delivery.extra["series"] = [_row(decision, roles.get(id(decision))) for decision in decisions]
    return delivery


def _reference_first(used: dict[str, Decision], reference: str) -> list[Series]:
    return [used[sequence].series for sequence in sorted(used, key=lambda sequence: sequence != reference)]


def _judge_files(index: Index, delivery: Delivery) -> None:
    delivery.extra["files"] = index.counts
    for reason, files, message in (
        (Reason.FILE_TRUNCATED, index.broken, "empty, unreadable, or ended before they say which series they are of"),
        (Reason.FILE_ARCHIVED, index.archives, "archives; unpack them into the case's folder if they hold images"),
        (Reason.FILE_VANISHED, index.vanished, "there when the folder was listed and could not be opened afterwards"),
    ):
        if files:
            delivery.findings.append(
                finding(reason, "review", f"{len(files)} file(s) are {message}", len(files), files)
            )
    count = sum(index.counts.values())
    if count == 0:
        delivery.refuse(Reason.NO_FILES, "the folder is missing or holds no file")
    elif not index.images:
        reason = Reason.FILE_ARCHIVED if index.archives else Reason.NOT_DICOM
        delivery.refuse(reason, f"{count} files, none a readable DICOM image")


def _convert(sequence: str, volume: Volume, folder: Path, delivery: Delivery) -> None:
    try:
        image, findings = convert_volume(volume, folder)
    except (ConversionRefused, FileNotFoundError) as error:
        gone = vanished(volume.files, folder)
        delivery.judge(gone)
        if isinstance(error, ConversionRefused):
            delivery.refuse(error.reason, f"{sequence}: {error}")
        elif not gone:
            raise
        return
    findings += [*saturation_findings(image, full_scales(volume.series)), *wrapped_findings(image)]
    delivery.add(sequence, findings)
    facts = acquisition_facts(volume.series, volume.stack) | {
        "ConversionSoftware": "dcm2niix",
        "ConversionSoftwareVersion": converter_version(),
    }
    delivery.images[sequence] = Native(
        image, facts, volume.series.key, str(volume.series.head.get("FrameOfReferenceUID", ""))
    )


def _row(decision: Decision, used: str | None) -> dict[str, object]:
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
        "used_as": used,
        "reason": decision.reason,
    }
