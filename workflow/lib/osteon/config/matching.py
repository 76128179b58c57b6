"""Which row of the participants table belongs to which case.

Ids are compared as labels (letters and digits, see `sheets.subject_label`). If the participants table has a column
'center', it tells apart participants of two centers that have the same id.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from osteon.config.sheets import is_missing, normalised, subject_label

Row = dict[str, str]
Person = tuple[str, str, str]
"""Center, subject and id of a case."""


@dataclass(frozen=True)
class Match:
    """The participant of one case, or why there is none."""

    row: Row | None
    """The row to use; None if there is none to use."""
    reason: str = ""
    """Reason code if there is none to use, or 'participant_repeated' if several rows are the same."""
    detail: str = ""
    """What was found, with the numbers of the rows and without any value of them."""


@dataclass(frozen=True)
class Matches:
    """How cases and participants go together."""

    by_subject: Mapping[str, Match]
    """Each case's participant."""
    without_case: list[Row]
    """Rows of participants that belong to no case."""

    @property
    def rows(self) -> dict[str, Row]:
        """The row to use of each case that has one."""
        return {subject: match.row for subject, match in self.by_subject.items() if match.row is not None}


def match_cases(cases: Iterable[Person], participants: list[Row], key: str, names: Mapping[str, str]) -> Matches:
    """Find each case's row.

    Args:
        cases: center, subject and id of every case; subjects are unique.
        participants: rows of the table, with their numbers under '#'.
        key: the column with the ids.
        names: name of each center; the column 'center' may hold its code or its name.

    Returns:
        A match for every case. Reasons are codes of `tables.reasons.Reason`: participant_missing, center_conflict,
        participant_ambiguous (rows that differ), participant_shared (a row that two cases claim).
    """
    by_id: dict[str, list[Row]] = defaultdict(list)
    for row in participants:
        if label := subject_label(row[key]):
            by_id[label].append(row)
    cases = list(cases)
    found = {subject: by_id.get(person, []) if person else [] for _, subject, person in cases}
    own = {subject: [row for row in found[subject] if _fits(row, center, names)] for center, subject, _ in cases}
    claims = Counter(row["#"] for rows in own.values() for row in rows)
    matches = {subject: _match(person, key, found[subject], own[subject], claims) for _, subject, person in cases}
    claimed = {row["#"] for rows in found.values() for row in rows}
    return Matches(matches, [row for row in participants if row["#"] not in claimed])


def _fits(row: Row, center: str, names: Mapping[str, str]) -> bool:
    written = normalised(row.get("center", ""))
    return is_missing(written) or written in (center, normalised(names.get(center) or center))


def _match(person: str, key: str, found: list[Row], own: list[Row], claims: Counter) -> Match:
    if not person:
        return Match(None, "participant_missing", "the case has no id")
    if not found:
        return Match(None, "participant_missing", f"no row has its id under '{key}'")
    if not own:
        return Match(None, "center_conflict", f"{_rows(found)}: another center")
    if any(claims[row["#"]] > 1 for row in own):
        most = max(claims[row["#"]] for row in own)
        return Match(None, "participant_shared", f"{_rows(own)}: {most} cases have this id")
    differing = [name for name in own[0] if name != "#" and len({row[name] for row in own}) > 1]
    if differing:
        return Match(None, "participant_ambiguous", f"{_rows(own)} differ in {', '.join(differing)}")
    if len(own) > 1:
        return Match(own[0], "participant_repeated", f"{_rows(own)} are the same")
    return Match(own[0])


def _rows(rows: list[Row]) -> str:
    numbers = [row["#"] for row in rows]
    return f"row {numbers[0]}" if len(numbers) == 1 else f"rows {', '.join(numbers[:-1])} and {numbers[-1]}"
