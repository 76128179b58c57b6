"""The report: one self-contained page."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.study import Study
from osteon.reporting.content import read_content
from osteon.reporting.html import render_report
from osteon.reporting.page import page_tables, sections
from osteon.reporting.paper.csv import write_csv
from osteon.reporting.paper.table import from_display
from osteon.reporting.trace import read_records
from osteon.tables.files import write_text

page = Path(snakemake.output.page)
content = read_content(Study(**snakemake.params.study), dict(snakemake.input.items()), page.parent)
records = read_records(Path(snakemake.log[0]).parent, page.parent)
for table in page_tables(content, sections(content)):
    write_csv(from_display(table, content.banner), Path(snakemake.output.tables, f"{table.key}.csv"))
write_text(render_report(content, records), page)
