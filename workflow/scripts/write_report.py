"""The report: one self-contained page."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.study import Study
from osteon.reporting.content import read_content
from osteon.reporting.html import render_report
from osteon.tables.files import write_text

page = Path(snakemake.output.page)
content = read_content(Study(**snakemake.params.study), dict(snakemake.input.items()), page.parent)
write_text(render_report(content), page)
