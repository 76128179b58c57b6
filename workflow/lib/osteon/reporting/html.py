"""START_HERE.html: one file that needs no other and no network; its script only shows where a number comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from osteon.reporting.blocks import Section
from osteon.reporting.content import ReportContent
from osteon.reporting.outcome_tables import headline_of
from osteon.reporting.page import headline_patients, headline_rows, hospitals, page_tables, sections, warnings
from osteon.reporting.paper.csv import first_row
from osteon.reporting.paper.table import from_display
from osteon.reporting.templating import as_json, file_text, render
from osteon.reporting.trace import trace_of

# More rows than this are shown in a box of limited height on the screen (and in full on paper).
LONG_TABLE = 25


def render_report(
    content: ReportContent, records: Mapping[str, dict] | None = None, more: Sequence[Section] = ()
) -> str:
    """The page as text; same content, same bytes.

    Args:
        content: what the page shows.
        records: from `trace.read_records`.
        more: further sections, see `page.sections`.
    """
    say, made = content.say, sections(content, more)
    tables = page_tables(content, made)
    info, headline = content.study.study, headline_of(content.kind, say)
    low, high = headline.axis
    return render(
        "start_here.html.j2",
        ("style.css",),
        say,
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
        warnings=warnings(content),
        sections=made,
        long_table=LONG_TABLE,
        first_row=first_row(from_display(tables[0], content.banner)),
        trace=as_json(trace_of(tables, records or {}, say)),
        script=file_text("trace.js"),
    )
