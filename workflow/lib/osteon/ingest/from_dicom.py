"""One case from raw DICOM: index, group, select, check, stage, convert, compare."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import SimpleITK as sitk

from osteon.ingest.convert import ConversionFailed, affine_difference, convert_series, converter_version
from osteon.ingest.delivery import Delivery, Native, for_review, is_constant
from osteon.ingest.index import Index, index_folder
from osteon.ingest.rules import Checks, SeriesRules
from osteon.ingest.select import Decision, apply_overrides, candidates, decide
from osteon.ingest.series import group_series, series_key
from osteon.ingest.sidecar import acquisition_facts, known_words
from osteon.ingest.stage import SyntaxUnreadable, stage_series
from osteon.ingest.volume import Volume, check_series
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

logger = logging.getLogger(__name__)

AFFINE_TOLERANCE_MM = 1e-3


def deliver_dicom(
    folder: Path, center: str, sequences: list[str], rules: SeriesRules, overrides: list[dict[str, str]]
) -> Delivery:
    """Find, check and convert the series of every sequence.

    Args:
        folder: the case's folder.
        center: its center, for the center's own rules.
        sequences: roles that the study needs, in its order.
        rules: how series get their roles, and tolerances.
        overrides: a person's decisions on this case's series (see `select.apply_overrides`).

    Returns:
        The delivery; `refusal` is set if any sequence is missing or unusable.
    """
    index = index_folder(folder)
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
    for sequence in sequences:
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
        image = _staged_and_converted(volume, folder)
    except SyntaxUnreadable as error:
        delivery.refuse(Reason.TRANSFER_SYNTAX, f"{sequence}: {error}")
        return
    except ConversionFailed as error:
        delivery.refuse(Reason.CONVERSION_FAILED, f"{sequence}: {error}")
        return
    difference = affine_difference(volume.stack, image)
    if difference > AFFINE_TOLERANCE_MM:
        delivery.refuse(Reason.AFFINE_MISMATCH, f"{sequence}: affines differ by {difference:.4g} mm")
    elif is_constant(image):
        delivery.refuse(Reason.INTENSITY_CONSTANT, f"{sequence}: the image has one value everywhere")
    else:
        facts = acquisition_facts(volume.series, volume.stack) | {
            "ConversionSoftware": "dcm2niix",
            "ConversionSoftwareVersion": converter_version(),
        }
        delivery.images[sequence] = Native(
            image, facts, volume.series.key, str(volume.series.head.get("FrameOfReferenceUID", ""))
        )


def _staged_and_converted(volume: Volume, folder: Path) -> sitk.Image:
    with tempfile.TemporaryDirectory() as temporary:
        staged, work = Path(temporary, "series"), Path(temporary, "converted")
        staged.mkdir()
        work.mkdir()
        stage_series(list(volume.files), folder, staged)
        return convert_series(staged, work)


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
