"""The tables of the manuscript, as CSV, workbook, Word file and page."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.study import Study
from osteon.reporting.content import read_content
from osteon.reporting.language import language
from osteon.reporting.paper.further import read_further
from osteon.reporting.paper.study import paper_tables
from osteon.reporting.paper.written import write_tables

study, folder = Study(**snakemake.params.study), Path(snakemake.output.tables)
code, files = study.study.language, dict(snakemake.input.items())
say, results = language(code), folder.parents[1]
content, further = read_content(study, files, results, say), read_further(study, files, results, say)
title = study.study.title or study.study.name
write_tables(paper_tables(content, further, say), folder, title, code, "../../")
