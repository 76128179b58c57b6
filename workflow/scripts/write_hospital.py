"""The page of one hospital, with its cases one by one."""

from osteon.jobs import start_job

start_job(snakemake)

import shutil
from pathlib import Path

from osteon.config.study import Study
from osteon.reporting.hospital_content import read_hospital
from osteon.reporting.hospital_page import render_hospital
from osteon.reporting.language import language
from osteon.reporting.paper.csv import write_csv
from osteon.reporting.paper.table import from_display
from osteon.reporting.set_names import banner_of
from osteon.reporting.trace import read_records
from osteon.tables.files import write_text

study, page = Study(**snakemake.params.study), Path(snakemake.output.page)
say = language(study.study.language)
content = read_hospital(study, snakemake.wildcards.center, dict(snakemake.input.items()), page.parent)
results, logs = page.parents[1], Path(snakemake.log[0]).parents[1]
text, tables = render_hospital(content, read_records(logs, results), say)
banner = banner_of(study, say)
folder = Path(snakemake.output.tables)
shutil.rmtree(folder, ignore_errors=True)
for table in tables:
    write_csv(from_display(table, banner), folder / f"{table.key}.csv")
write_text(text, page)
