"""The report: one self-contained page."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.study import Study
from osteon.reporting.content import read_content
from osteon.reporting.further_sections import further_sections, read_figures
from osteon.reporting.html import render_report
from osteon.reporting.language import language
from osteon.reporting.page import page_tables, sections
from osteon.reporting.paper.csv import write_csv
from osteon.reporting.paper.stored import restore
from osteon.reporting.paper.table import from_display
from osteon.reporting.side_by_side import compared_section
from osteon.reporting.trace import read_records
from osteon.tables.files import read_table, write_text

study, page = Study(**snakemake.params.study), Path(snakemake.output.page)
content = read_content(study, dict(snakemake.input.items()), page.parent, language(study.study.language))
records = read_records(Path(snakemake.log[0]).parent, page.parent)
made = {Path(path).stem: restore(path) for path in snakemake.input.further}
tables = {key: table for key, table in made.items() if table is not None}
figures = read_figures(snakemake.input.figures, list(study.models))
verdicts = read_table(snakemake.input.checked)["verdict"].value_counts().to_dict()
more = further_sections(content, tables, figures, verdicts)
compared = restore(snakemake.input.compared) if snakemake.input.compared else None
if compared:
    more.append(compared_section(compared, Path(study.compare_with.study).stem, content.say))
for table in page_tables(content, sections(content, more)):
    write_csv(from_display(table, content.banner), Path(snakemake.output.tables, f"{table.key}.csv"))
write_text(render_report(content, records, more), page)
