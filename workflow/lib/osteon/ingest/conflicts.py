"""Everything that does not fit between images and participants table, by name of the problem.

The list names cases, participants and numbers of rows. It holds no outcome: those of external centers stay sealed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from itertools import chain
from typing import Any

from osteon.config.delivery import Linkage
from osteon.config.matching import Matches, Row
from osteon.config.participants import as_date
from osteon.config.sheets import is_missing, normalised, subject_label
from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.reasons import Reason

COLUMNS = ["problem", "severity", "subject", "center", "detail", "action"]
SEVERITIES = {
    Reason.PARTICIPANT_MISSING: "exclude",
    Reason.PARTICIPANT_AMBIGUOUS: "exclude",
    Reason.PARTICIPANT_SHARED: "exclude",
    Reason.CENTER_CONFLICT: "exclude",
    Reason.PERSON_TWICE: "review",
    Reason.SEX_CONFLICT: "review",
    Reason.AGE_CONFLICT: "review",
    Reason.DATE_APART: "review",
    Reason.PARTICIPANT_REPEATED: "note",
    Reason.IMAGES_MISSING: "note",
}
"""In the order in which they are listed. An excluded case leaves the study where participants are joined."""
OTHERS_SHOWN = 5

Identity = Mapping[str, Any]
"""What the headers of a case say: person (a hash), sex ('M' or 'F'), age (years), study_date; each may be None."""


def linkage_problems(
    cases: list[tuple[str, str]],
    matches: Matches,
    linkage: Linkage,
    identities: Mapping[str, Identity],
) -> list[dict[str, str]]:
    """List every problem of the linkage.

    Args:
        cases: (center, subject) of every case.
        matches: the participant of every case.
        linkage: what is compared with the headers, and how closely.
        identities: what the headers say, by subject; cases without images are not among them.

    Returns:
        One dict per problem with the keys `COLUMNS`, those that exclude a case first. A participant without images is
        named by the number of its row: an id that no case has may be a hospital number that nobody has replaced.
    """
    centers = {subject: center for center, subject in cases}
    found = chain(
        ((match.reason, subject, match.detail) for subject, match in matches.by_subject.items() if match.reason),
        _without_images(matches.without_case, linkage),
        _one_person(identities, centers),
        *(_conflicts(subject, row, identities.get(subject, {}), linkage) for subject, row in matches.rows.items()),
    )
    listed = [
        {
            "problem": str(reason),
            "severity": SEVERITIES[Reason(reason)],
            "subject": subject,
            "center": centers.get(subject, ""),
            "detail": detail,
            "action": EXPLANATIONS[Reason(reason)][1],
        }
        for reason, subject, detail in found
    ]
    order = [str(reason) for reason in SEVERITIES]
    return sorted(listed, key=lambda row: order.index(row["problem"]))


def _without_images(rows: list[Row], linkage: Linkage):
    for row in rows:
        no_id = "" if subject_label(row[linkage.key]) else f": no id under '{linkage.key}'"
        yield Reason.IMAGES_MISSING, "", f"row {row['#']} of the participants table{no_id}"


def _one_person(identities: Mapping[str, Identity], centers: Mapping[str, str]):
    subjects = defaultdict(list)
    for subject, identity in identities.items():
        if identity.get("person"):
            subjects[identity["person"]].append(subject)
    for same in subjects.values():
        for subject in same if len(same) > 1 else ():
            others = [f"{other} of center {centers[other]}" for other in same if other != subject]
            more = f" and {len(others) - OTHERS_SHOWN} more" if len(others) > OTHERS_SHOWN else ""
            yield Reason.PERSON_TWICE, subject, f"the same person as {', '.join(others[:OTHERS_SHOWN])}{more}"


def _conflicts(subject: str, row: Row, identity: Identity, linkage: Linkage):
    """Sex, age and date in the table against the headers; what either does not say is no conflict."""
    sex, age, taken = (identity.get(key) for key in ("sex", "age", "study_date"))
    if linkage.sex and sex and not is_missing(row[linkage.sex.column]):
        expected = linkage.sex.male if sex == "M" else linkage.sex.female
        if normalised(row[linkage.sex.column]) != expected:
            yield Reason.SEX_CONFLICT, subject, f"'{row[linkage.sex.column]}' in the table, {sex} in the headers"
    if linkage.age and age is not None and not is_missing(row[linkage.age]):
        years = float(row[linkage.age])
        if abs(years - age) > linkage.age_tolerance:
            yield Reason.AGE_CONFLICT, subject, f"{years:g} years in the table, {age:g} in the headers"
    reference = as_date(row[linkage.date]) if linkage.date else None
    if reference and taken:
        days = abs((date.fromisoformat(taken) - reference).days)
        if days > linkage.date_window:
            yield Reason.DATE_APART, subject, f"{days} days apart; allowed are {linkage.date_window}"
