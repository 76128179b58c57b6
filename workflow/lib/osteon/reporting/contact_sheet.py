"""Contact sheets: all patients of a center at a glance, one picture each, with what ingest found."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from osteon.reporting.flow import reason_words
from osteon.reporting.language import Say, english, sentence
from osteon.reporting.palette import FLAGS
from osteon.reporting.templating import render
from osteon.tables.explanations import explained
from osteon.tables.status import CaseStatus

# Order of severities, the worst first, and the letter that stands for each, so that color is not the only sign.
LETTERS = {"exclude": "X", "review": "R", "note": "N"}


@dataclass(frozen=True)
class Surroundings:
    """What a center's pages say and link to besides its own cases."""

    center: str
    """Code of the center."""
    centers: Mapping[str, str]
    """Name by code of every center that has sheets."""
    sequences: Sequence[str]
    overrides: str | None
    """The study's table of decisions on series, if it has one."""
    simulated: bool


@dataclass(frozen=True)
class ShownCase:
    """A case with its pictures."""

    status: CaseStatus
    """Of ingest."""
    native: str
    """Folder of its images, relative to the folder of the case's page."""
    thumbnails: Mapping[str, bytes] = field(default_factory=dict)
    """JPEG by sequence; none for an excluded case."""

    def severities(self) -> Counter[str]:
        """How many findings there are of each severity; an excluded case has at least one 'exclude'."""
        counts = Counter(entry["severity"] for entry in self.status.findings)
        if not self.status.ok:
            counts["exclude"] = max(1, counts["exclude"])
        return counts

    @property
    def state(self) -> str:
        """'excluded', 'review' (accepted, with a finding that a person should look at), or 'fine'."""
        if not self.status.ok:
            return "excluded"
        return "review" if self.severities()["review"] else "fine"


@dataclass(frozen=True)
class Tile:
    """One case on a sheet. `words` say why it is marked: of an exclusion the sentence, of a review the codes."""

    subject: str
    page: str
    state: str
    flags: list[tuple[str, str]]
    words: str
    hint: str
    picture: str | None


def sheet_name(center: str, sequence: str) -> str:
    """File of a sheet."""
    return f"center-{center}_{sequence}.html"


def page_name(subject: str) -> str:
    """File of a case's page, in the center's folder beside the sheets."""
    return f"sub-{subject}.html"


def read_case(status: str | Path, native: str | Path, relative: str) -> ShownCase:
    """Read a case's status and thumbnails.

    Args:
        status: ingest.json.
        native: folder of its images.
        relative: the same folder as seen from the folder of the case's page.
    """
    case = CaseStatus.read(status)
    previews = case.extra.get("previews", {})
    thumbnails = {name: (Path(native) / entry["thumb"]["path"]).read_bytes() for name, entry in previews.items()}
    return ShownCase(case, relative, thumbnails)


def sheet_page(cases: Sequence[ShownCase], sequence: str, around: Surroundings, say: Say = english) -> str:
    """The sheet of one sequence: a page that opens alone, its thumbnails inside; links lead to the cases' pages."""
    states = Counter(case.state for case in cases)
    return render(
        "contact_sheet.html.j2",
        ("style.css", "contact.css"),
        say,
        colors=FLAGS,
        around=around,
        sequence=sequence,
        tiles=[_tile(case, sequence, around.center, say) for case in cases],
        counts={
            "all": len(cases),
            "accepted": len(cases) - states["excluded"],
            "review": states["review"],
            "excluded": states["excluded"],
        },
        sheet_name=sheet_name,
    )


def flags_of(case: ShownCase) -> list[tuple[str, str]]:
    """Severity and badge ('R', or 'R3' for three findings) of each kind of finding of a case, the worst first."""
    counts = case.severities()
    return [
        (severity, letter + (str(counts[severity]) if counts[severity] > 1 else ""))
        for severity, letter in LETTERS.items()
        if counts[severity]
    ]


def _tile(case: ShownCase, sequence: str, center: str, say: Say) -> Tile:
    status, state = case.status, case.state
    if state == "excluded":
        words = sentence(explained(status.reason or "")[0], say)
    else:
        codes = dict.fromkeys(entry["code"] for entry in status.findings if entry["severity"] == "review")
        words = say(", ").join(reason_words(code, say) for code in codes)
    thumbnail = case.thumbnails.get(sequence)
    return Tile(
        status.subject,
        f"center-{center}/{page_name(status.subject)}",
        state,
        flags_of(case),
        words,
        "\n".join([*filter(None, [status.detail]), *(entry["message"] for entry in status.findings)]),
        None if thumbnail is None else base64.b64encode(thumbnail).decode("ascii"),
    )
