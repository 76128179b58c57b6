"""Which series plays which role: rules first, then what a person decided, then the best of several.

Text that contradicts the physics sends a series to a person ('review') instead of accepting it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from osteon.ingest.rules import DROP, EXCLUDE, SeriesRules
from osteon.ingest.series import Series


@dataclass(frozen=True)
class Decision:
    """What a series is used for, and why.

    `verdict`: 'accept' (plays `role`), 'review' (would play `role`, but text and physics disagree),
    'drop' (a rule or a person took it out) or 'unknown' (no rule holds). `volume` is the one to use of a series
    that holds several.
    """

    series: Series
    verdict: str
    role: str | None
    reason: str
    by_person: bool = False
    volume: int | None = None


def decide(series: Series, rules: SeriesRules, center: str) -> Decision:
    """Apply the rules to one series."""
    for rule in rules.rules_of(center):
        if not rule.holds(series, rules.fat_suppression):
            continue
        if rule.role == DROP:
            return Decision(series, "drop", None, rule.name)
        found = re.search(rule.contradicted_by, series.text) if rule.contradicted_by else None
        if found:
            text = f"{rule.name}, but its text says '{found.group(0).strip()}'"
            return Decision(series, "review", rule.role, text, volume=rule.volume)
        return Decision(series, "accept", rule.role, rule.name, volume=rule.volume)
    return Decision(series, "unknown", None, "no rule holds")


def apply_overrides(decisions: list[Decision], overrides: list[dict[str, str]]) -> tuple[list[Decision], list[str]]:
    """Put a person's decisions in the place of the rules'.

    Args:
        decisions: by the rules.
        overrides: rows with 'series_uid' (the UID, or the sixteen digits that stand for it), 'role' (or 'exclude'),
            'reason' and 'initials'.

    Returns:
        The decisions, and the series_uid of overrides that match no series of the case.
    """
    result, unmatched = list(decisions), []
    for row in overrides:
        named = row["series_uid"].strip()
        hits = [i for i, decision in enumerate(result) if named in (decision.series.uid, decision.series.key)]
        if not hits:
            unmatched.append(named)
        reason = f"decided by {row['initials']}: {row['reason']}"
        for i in hits:
            verdict, role = ("drop", None) if row["role"] == EXCLUDE else ("accept", row["role"])
            result[i] = replace(result[i], verdict=verdict, role=role, reason=reason, by_person=True)
    return result, unmatched


def candidates(decisions: list[Decision], role: str) -> list[Decision]:
    """Accepted series for a role, the preferred one first: most slices, then latest acquisition.

    Where a person decided, only what the person named.
    """
    accepted = [decision for decision in decisions if decision.verdict == "accept" and decision.role == role]
    accepted = [decision for decision in accepted if decision.by_person] or accepted
    accepted.sort(key=lambda decision: decision.series.uid)
    accepted.sort(key=lambda decision: _acquired(decision.series), reverse=True)
    accepted.sort(key=lambda decision: -decision.series.positions)
    return accepted


def _acquired(series: Series) -> tuple[str, str]:
    """Date and time of the acquisition, to sort by; what is not known comes first."""
    return str(series.head.get("AcquisitionDate", "")), str(series.head.get("AcquisitionTime", ""))
