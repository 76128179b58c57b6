"""START_HERE.html: one file that needs no other, no script and no network."""

from __future__ import annotations

from osteon.reporting.content import ReportContent
from osteon.reporting.limits import limits
from osteon.reporting.page import AXIS, auc_rows, hospitals, sections
from osteon.reporting.templating import render

# More rows than this are shown in a box of limited height on the screen (and in full on paper).
LONG_TABLE = 25


def render_report(content: ReportContent) -> str:
    """The page as text; same content, same bytes."""
    info = content.study.study
    return render(
        "start_here.html.j2",
        ("style.css",),
        title=info.title or info.name,
        question=info.question,
        name=info.name,
        simulated=info.simulated,
        hospitals=hospitals(content),
        models=list(content.models.values()),
        auc_rows=auc_rows(content),
        chance=round(100 * (0.5 - AXIS[0]) / (AXIS[1] - AXIS[0]), 2),
        axis=AXIS,
        warnings=[limit for limit in limits(content) if limit.serious],
        sections=sections(content),
        long_table=LONG_TABLE,
    )
