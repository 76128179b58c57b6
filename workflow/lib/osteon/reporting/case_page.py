"""The page behind a thumbnail: everything that ingest knows of one case, and how to decide otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from osteon.reporting.contact_sheet import (
    LETTERS,
    ShownCase,
    Surroundings,
    flags_of,
    page_name,
    sheet_name,
)
from osteon.reporting.language import Say, english, sentence
from osteon.reporting.numbers import ABSENT, significant
from osteon.reporting.palette import FLAGS
from osteon.reporting.tables import severity_names
from osteon.reporting.templating import render
from osteon.tables.explanations import explained
from osteon.tables.status import CaseStatus, is_mask

OVERRIDE_COLUMNS = ("center", "subject", "series_uid", "role", "reason", "initials")


def fact_names(say: Say) -> dict[str, tuple[str, float]]:
    """Facts of a sidecar (BIDS keys and units) in the reader's words, and the factor to the unit named there."""
    return {
        "series": (say("Series"), 1),
        "Modality": (say("Modality"), 1),
        "Manufacturer": (say("Manufacturer"), 1),
        "ManufacturersModelName": (say("Scanner"), 1),
        "MagneticFieldStrength": (say("Field strength, T"), 1),
        "RepetitionTime": (say("Repetition time, ms"), 1000),
        "EchoTime": (say("Echo time, ms"), 1000),
        "InversionTime": (say("Inversion time, ms"), 1000),
        "FlipAngle": (say("Flip angle, degrees"), 1),
        "EchoTrainLength": (say("Echo train length"), 1),
        "KVP": (say("Tube voltage, kV"), 1),
        "ConvolutionKernel": (say("Kernel"), 1),
        "BodyPartExamined": (say("Body part"), 1),
        "MRAcquisitionType": (say("2-D or 3-D"), 1),
        "ScanningSequence": (say("Scanning sequence"), 1),
        "SliceThickness": (say("Slice thickness, mm"), 1),
        "SpacingBetweenSlices": (say("Distance between slices, mm"), 1),
        "PixelSpacing": (say("Pixel spacing, mm"), 1),
        "Matrix": (say("Matrix"), 1),
        "AcquisitionMatrix": (say("Matrix as acquired"), 1),
        "SeriesDescription": (say("Description (known words)"), 1),
        "ConversionSoftware": (say("Converter"), 1),
        "ConversionSoftwareVersion": (say("Version of the converter"), 1),
    }


def verdict_names(say: Say) -> dict[str, str]:
    """What became of a series that was not used."""
    return {
        "accept": say("fits, not used"),
        "review": say("doubtful, not used"),
        "drop": say("left out"),
        "unknown": say("not recognised"),
    }


def plane_names(say: Say) -> dict[str, str]:
    """The planes of series."""
    return {"sagittal": say("sagittal"), "axial": say("axial"), "coronal": say("coronal")}


def directions(say: Say) -> dict[str, str]:
    """From which side the slices of a montage are seen, by plane, as `images.preview` arranges them."""
    return {
        "sagittal": say("sagittal slices from right to left, front at the left"),
        "axial": say("axial slices from head to foot, right side at the left"),
        "coronal": say("coronal slices from front to back, right side at the left"),
    }


@dataclass(frozen=True)
class FindingRow:
    """A finding in words."""

    severity: str
    letter: str
    code: str
    message: str
    sentence: str
    action: str
    files: list[str]


def case_page(cases: Sequence[ShownCase], position: int, around: Surroundings, say: Say = english) -> str:
    """The page of `cases[position]`; it lies in a folder beside the sheets and shows pictures of the results folder.

    Args:
        cases: of one center, in the order of its sheets.
        position: of the case.
        around: what the page links to.
        say: the reader's language.
    """
    case, status = cases[position], cases[position].status
    why, action = (sentence(text, say) if text else "" for text in explained(status.reason or ""))
    return render(
        "case.html.j2",
        ("style.css", "contact.css"),
        say,
        colors=FLAGS,
        around=around,
        case=case,
        status=status,
        flags=flags_of(case),
        sentence=why,
        action=action,
        before=_neighbor(cases, position - 1),
        after=_neighbor(cases, position + 1),
        pictures=_pictures(status, say),
        facts=_facts(status.extra.get("sequences", {}), say),
        findings=_findings(status, say),
        severities=severity_names(say),
        planes=plane_names(say),
        series=status.extra.get("series", []),
        verdicts=verdict_names(say),
        masks=_masks(status, say),
        override_columns="\t".join(OVERRIDE_COLUMNS),
        overrides=_override_lines(status, around.sequences),
        sheet_name=sheet_name,
        shown=_shown,
    )


def _neighbor(cases: Sequence[ShownCase], position: int) -> tuple[str, str] | None:
    """Subject and page of the case at `position`, if there is one."""
    if not 0 <= position < len(cases):
        return None
    subject = cases[position].status.subject
    return subject, page_name(subject)


def _pictures(status: CaseStatus, say: Say) -> list[tuple[str, str, str]]:
    """Sequence, file of the montage, and how its slices are seen."""
    seen = directions(say)
    return [
        (sequence, entry["montage"]["path"], seen[entry["plane"]])
        for sequence, entry in status.extra.get("previews", {}).items()
    ]


def _facts(sequences: Mapping[str, Mapping[str, object]], say: Say) -> list[tuple[str, list[str]]]:
    """Rows of the table of acquisition: name of the fact, its value in each sequence."""
    known, names = {key for facts in sequences.values() for key in facts}, fact_names(say)
    rows = []
    for key in [*(key for key in names if key in known), *sorted(known - names.keys())]:
        name, factor = names.get(key, (key, 1))
        rows.append((name, [_shown(facts.get(key), factor) for facts in sequences.values()]))
    return rows


def _masks(status: CaseStatus, say: Say) -> list[tuple[str, str]]:
    """Each reading of the manual masks and its file; '' if it has none that can be used."""
    files = {key: entry["path"] for key, entry in status.files.items() if is_mask(key)}
    return [
        (
            say("Reader {reader}, reading {reading}", reader=row["reader"], reading=row["reading"]),
            files.get(row["key"], ""),
        )
        for row in status.extra.get("readings", [])
    ]


def _findings(status: CaseStatus, say: Say) -> list[FindingRow]:
    """The findings, the worst first."""
    order = list(LETTERS)
    return [
        FindingRow(
            entry["severity"],
            LETTERS[entry["severity"]],
            entry["code"],
            entry["message"],
            *(sentence(text, say) for text in explained(entry["code"])),
            list(entry["files"]),
        )
        for entry in sorted(status.findings, key=lambda entry: order.index(entry["severity"]))
    ]


def _override_lines(status: CaseStatus, sequences: Sequence[str]) -> list[tuple[str, str]]:
    """For each series of the case its key and the line that turns the decision on it round."""
    lines = []
    for row in status.extra.get("series", []):
        role = "exclude" if row["used_as"] else row["role"] or sequences[0]
        values = (status.center, status.subject, row["series"], role, "WHY", "WHO")
        lines.append((row["series"], "\t".join(values)))
    return lines


def _shown(value: object, factor: float = 1) -> str:
    """A fact as text; an absent one is a dash."""
    if value is None or value == "":
        return ABSENT
    if isinstance(value, (list, tuple)):
        return "\N{MULTIPLICATION SIGN}".join(_shown(entry, factor) for entry in value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return significant(value * factor, 4)
    return str(value)
