"""START_HERE.html: one file that needs no other, no script and no network."""

from __future__ import annotations

from osteon.reporting.content import ReportContent
from osteon.reporting.limits import limits
from osteon.reporting.outcome_tables import HEADLINES
from osteon.reporting.page import headline_patients, headline_rows, hospitals, sections
from osteon.reporting.templating import render

# More rows than this are shown in a box of limited height on the screen (and in full on paper).
LONG_TABLE = 25


def render_report(content: ReportContent) -> str:
    """The page as text; same content, same bytes."""
    info, headline = content.study.study, HEADLINES[content.kind]
    low, high = headline.axis
    return render(
        "start_here.html.j2",
        ("style.css",),
        title=info.title or info.name,
        question=info.question,
        name=info.name,
        simulated=info.simulated,
        hospitals=hospitals(content),
        models=list(content.models_with_tried.values()),
        headline=headline,
        headline_rows=headline_rows(content),
        headline_patients=headline_patients(content),
        tick=round(100 * (headline.useless - low) / (high - low), 2),
        warnings=[limit for limit in limits(content) if limit.serious],
        sections=sections(content),
        long_table=LONG_TABLE,
    )
