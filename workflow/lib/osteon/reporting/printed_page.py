"""The page of an audit of printed tables: what is impossible first, with its arithmetic, then everything by table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osteon.printed.findings import Finding, Verdict
from osteon.reporting.language import Say, english
from osteon.reporting.templating import render


@dataclass(frozen=True)
class VerdictCount:
    """A verdict with its number of findings, and what it means."""

    code: str
    name: str
    n: int
    meaning: str


@dataclass(frozen=True)
class TableOfFindings:
    """The findings of one file; `anchor` is unique on the page."""

    anchor: str
    name: str
    summary: str
    findings: list[Finding]


def printed_page(findings: Sequence[Finding], source: str, say: Say = english) -> str:
    """The page as text; same findings, same bytes.

    Args:
        findings: of `osteon.printed.audit.audit`; their sentences stay in English.
        source: what was audited, for the heading.
        say: the language of the page's own words.
    """
    counts = _counts(findings, say)
    wrong = [finding for finding in findings if finding.verdict is Verdict.IMPOSSIBLE]
    tables = []
    for place, name in enumerate(dict.fromkeys(finding.table for finding in findings), start=1):
        own = [finding for finding in findings if finding.table == name]
        impossible = sum(finding.verdict is Verdict.IMPOSSIBLE for finding in own)
        summary = say("{n} checks, {impossible} impossible", n=len(own), impossible=impossible)
        tables.append(TableOfFindings(f"table-{place}", name, summary, own))
    return render(
        "printed.html.j2",
        ("style.css", "printed.css"),
        source=source,
        counts=counts,
        wrong=wrong,
        tables=tables,
        names={count.code: count.name for count in counts},
        words=_words(say),
    )


def _counts(findings: Sequence[Finding], say: Say) -> list[VerdictCount]:
    """Impossible first: it is what a reader looks for."""
    said = {
        Verdict.IMPOSSIBLE: (say("impossible"), say("No data give these numbers, however they were rounded.")),
        Verdict.REPRODUCED: (say("reproduced"), say("The printed number comes out again.")),
        Verdict.CONSISTENT: (say("consistent"), say("Cannot be recomputed, but possible.")),
        Verdict.CANNOT: (say("cannot be checked"), say("The table does not hold what a check needs.")),
    }
    verdicts = [finding.verdict for finding in findings]
    return [VerdictCount(str(code), name, verdicts.count(code), meaning) for code, (name, meaning) in said.items()]


def _words(say: Say) -> dict[str, str]:
    """The fixed texts of the page."""
    return {
        "title": say("Audit of printed tables"),
        "skip": say("Skip to the findings"),
        "none": say("Nothing impossible was found."),
        "wrong": say("Impossible"),
        "tables": say("Tables"),
        "row": say("Row"),
        "item": say("Checked"),
        "printed": say("Printed"),
        "verdict": say("Verdict"),
        "how": say("How"),
        "arithmetic": say("Arithmetic"),
        "note": say(
            "Every printed number is taken as the range of all values that round to it. 'Impossible' is said only "
            "where no values in these ranges fit; it does not say which number is wrong, nor why."
        ),
    }
