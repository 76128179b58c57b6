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
from osteon.reporting.numbers import ABSENT, significant
from osteon.reporting.palette import FLAGS
from osteon.reporting.templating import render
from osteon.tables.explanations import explained
from osteon.tables.status import CaseStatus, is_mask

# Facts of a sidecar (BIDS keys and units) in the reader's words, and the factor to the unit named there.
FACTS: dict[str, tuple[str, float]] = {
    "series": ("Series", 1),
    "Modality": ("Modality", 1),
    "Manufacturer": ("Manufacturer", 1),
    "ManufacturersModelName": ("Scanner", 1),
    "MagneticFieldStrength": ("Field strength, T", 1),
    "RepetitionTime": ("Repetition time, ms", 1000),
    "EchoTime": ("Echo time, ms", 1000),
    "InversionTime": ("Inversion time, ms", 1000),
    "FlipAngle": ("Flip angle, degrees", 1),
    "EchoTrainLength": ("Echo train length", 1),
    "KVP": ("Tube voltage, kV", 1),
    "ConvolutionKernel": ("Kernel", 1),
    "BodyPartExamined": ("Body part", 1),
    "MRAcquisitionType": ("2-D or 3-D", 1),
    "ScanningSequence": ("Scanning sequence", 1),
    "SliceThickness": ("Slice thickness, mm", 1),
    "SpacingBetweenSlices": ("Distance between slices, mm", 1),
    "PixelSpacing": ("Pixel spacing, mm", 1),
    "Matrix": ("Matrix", 1),
    "AcquisitionMatrix": ("Matrix as acquired", 1),
    "SeriesDescription": ("Description (known words)", 1),
    "ConversionSoftware": ("Converter", 1),
    "ConversionSoftwareVersion": ("Version of the converter", 1),
}
VERDICTS = {
    "accept": "fits, not used",
    "review": "doubtful, not used",
    "drop": "left out",
    "unknown": "not recognised",
}
# From which side the slices of a montage are seen, as `images.preview` arranges them.
DIRECTIONS = {
    "sagittal": "from right to left, front at the left",
    "axial": "from head to foot, right side at the left",
    "coronal": "from front to back, right side at the left",
}
OVERRIDE_COLUMNS = ("center", "subject", "series_uid", "role", "reason", "initials")


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


def case_page(cases: Sequence[ShownCase], position: int, around: Surroundings) -> str:
    """The page of `cases[position]`; it lies in a folder beside the sheets and shows pictures of the results folder.

    Args:
        cases: of one center, in the order of its sheets.
        position: of the case.
        around: what the page links to.
    """
    case, status = cases[position], cases[position].status
    sentence, action = explained(status.reason or "")
    return render(
        "case.html.j2",
        ("style.css", "contact.css"),
        colors=FLAGS,
        around=around,
        case=case,
        status=status,
        flags=flags_of(case),
        sentence=sentence,
        action=action,
        before=_neighbor(cases, position - 1),
        after=_neighbor(cases, position + 1),
        pictures=_pictures(status),
        facts=_facts(status.extra.get("sequences", {})),
        findings=_findings(status),
        series=status.extra.get("series", []),
        verdicts=VERDICTS,
        masks=_masks(status),
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


def _pictures(status: CaseStatus) -> list[tuple[str, str, str]]:
    """Sequence, file of the montage, and how its slices are seen."""
    return [
        (sequence, entry["montage"]["path"], f"{entry['plane']} slices {DIRECTIONS[entry['plane']]}")
        for sequence, entry in status.extra.get("previews", {}).items()
    ]


def _facts(sequences: Mapping[str, Mapping[str, object]]) -> list[tuple[str, list[str]]]:
    """Rows of the table of acquisition: name of the fact, its value in each sequence."""
    known = {key for facts in sequences.values() for key in facts}
    rows = []
    for key in [*(key for key in FACTS if key in known), *sorted(known - FACTS.keys())]:
        name, factor = FACTS.get(key, (key, 1))
        rows.append((name, [_shown(facts.get(key), factor) for facts in sequences.values()]))
    return rows


def _masks(status: CaseStatus) -> list[tuple[str, str]]:
    """Each reading of the manual masks and its file; '' if it has none that can be used."""
    files = {key: entry["path"] for key, entry in status.files.items() if is_mask(key)}
    return [
        (f"Reader {row['reader']}, reading {row['reading']}", files.get(row["key"], ""))
        for row in status.extra.get("readings", [])
    ]


def _findings(status: CaseStatus) -> list[FindingRow]:
    """The findings, the worst first."""
    order = list(LETTERS)
    return [
        FindingRow(
            entry["severity"],
            LETTERS[entry["severity"]],
            entry["code"],
            entry["message"],
            *explained(entry["code"]),
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
