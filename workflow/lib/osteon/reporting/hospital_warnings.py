"""What the cases of a hospital can be filtered by, and what to distrust in it."""

from __future__ import annotations

from collections.abc import Sequence

from osteon.reporting.data_limits import MANY_EXCLUDED
from osteon.reporting.hospital_cases import CaseRow
from osteon.reporting.hospital_content import HospitalContent
from osteon.reporting.language import Say, english
from osteon.reporting.limits import ENOUGH_EVENTS
from osteon.reporting.numbers import integer


def filters(cases: Sequence[CaseRow], say: Say = english) -> list[tuple[str, str, int]]:
    """Mark, name and number of cases of each filter that has any; the first one is all cases."""
    names = {
        "out": say("Excluded"),
        "flag": say("Flagged"),
        "mask": say("Mask to review"),
        "wrong": say("Wrong by a model"),
        "range": say("Out of range"),
        "missing": say("Values missing"),
    }
    counts = {mark: sum(mark in case.marks for case in cases) for mark in names}
    return [("", say("All"), len(cases)), *((mark, names[mark], count) for mark, count in counts.items() if count)]


def hospital_warnings(content: HospitalContent, cases: Sequence[CaseRow], say: Say = english) -> list[str]:
    """What to distrust in this hospital, from the facts of its cases."""
    counts = {mark: integer(count) for mark, _, count in filters(cases, say)}
    listed, found = integer(len(cases)), []
    if content.study.study.simulated:
        found.append(say("The patients are simulated."))
    if sum(bool(case.reason) for case in cases) > MANY_EXCLUDED * len(cases):
        found.append(say("{n} of {listed} cases are excluded.", n=counts["out"], listed=listed))
    if few := _few(content, say):
        found.append(few)
    if "mask" in counts:
        found.append(say("{n} masks should be looked at.", n=counts["mask"]))
    if "flag" in counts:
        found.append(say("The images of {n} cases have findings that a person should look at.", n=counts["flag"]))
    if "range" in counts:
        found.append(
            say("{n} cases have features that no training patient has: the models extrapolate.", n=counts["range"])
        )
    if "missing" in counts:
        found.append(say("{n} cases lack values of features or inputs.", n=counts["missing"]))
    return found


def _few(content: HospitalContent, say: Say) -> str:
    """Fewer patients with or without a binary outcome than a validation needs."""
    rows, outcome = content.table("predictions"), content.outcome
    if outcome is None or outcome.type != "binary" or rows.empty:
        return ""
    outcomes = rows.drop_duplicates("subject")["outcome"].dropna()
    events = int(outcomes.sum())
    if min(events, len(outcomes) - events) >= ENOUGH_EVENTS:
        return ""
    return say(
        "{events} patients with the outcome and {others} without: fewer than {enough} of each make numbers imprecise.",
        events=integer(events),
        others=integer(len(outcomes) - events),
        enough=integer(ENOUGH_EVENTS),
    )
