"""START_HERE.html: one file that needs no other, no script and no network."""

from __future__ import annotations

from pathlib import Path

import jinja2
from markupsafe import Markup

import osteon
from osteon.reporting.content import ReportContent
from osteon.reporting.limits import limits
from osteon.reporting.page import AXIS, auc_rows, hospitals, sections
from osteon.reporting.svg import inline_svg

TEMPLATES = Path(__file__).parent / "templates"
# More rows than this are shown in a box of limited height on the screen (and in full on paper).
LONG_TABLE = 25


def render_report(content: ReportContent) -> str:
    """The page as text; same content, same bytes."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["svg"] = lambda figure: Markup(inline_svg(figure.svg, figure.key, figure.caption))
    info = content.study.study
    return environment.get_template("start_here.html.j2").render(
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        title=info.title or info.name,
        question=info.question,
        name=info.name,
        simulated=info.simulated,
        version=osteon.__version__,
        hospitals=hospitals(content),
        models=list(content.models.values()),
        auc_rows=auc_rows(content),
        chance=round(100 * (0.5 - AXIS[0]) / (AXIS[1] - AXIS[0]), 2),
        axis=AXIS,
        warnings=[limit for limit in limits(content) if limit.serious],
        sections=sections(content),
        long_table=LONG_TABLE,
    )
