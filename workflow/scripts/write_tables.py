"""The tables of the manuscript with their numbers, as CSV, workbook, Word file and page."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.paper_tables import SUPPLEMENT
from osteon.reporting.language import language
from osteon.reporting.paper.stored import restore
from osteon.reporting.paper.table import with_supplement
from osteon.reporting.paper.written import write_tables

code = snakemake.params.language
tables = [table for path in snakemake.input.tables if (table := restore(path)) is not None]
made = with_supplement(tables, SUPPLEMENT, language(code))
write_tables(made, snakemake.output.tables, snakemake.params.title, code, "../../")
