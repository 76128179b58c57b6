"""One table of the manuscript, with all its texts, for the job that numbers and prints all of them."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.study import Study
from osteon.reporting.content import read_content
from osteon.reporting.language import language
from osteon.reporting.paper.further import read_further
from osteon.reporting.paper.stored import store
from osteon.reporting.paper.study import paper_table

study, files = Study(**snakemake.params.study), dict(snakemake.input.items())
say, results = language(study.study.language), Path(snakemake.output.table).parents[2]
content, further = read_content(study, files, results, say), read_further(study, files, results, say)
table = paper_table(snakemake.params.key, content, further, say)
store(table, snakemake.output.table, f"no row in {', '.join(map(str, snakemake.input))}")
