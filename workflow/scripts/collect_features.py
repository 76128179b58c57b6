"""One table of features per center."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.features.collect import collect_delivered, collect_extracted
from osteon.tables.files import write_table

center = snakemake.wildcards.center
if snakemake.input.given:
    tables = collect_delivered(center, snakemake.params.subjects, str(snakemake.input.given), snakemake.params.clinical)
else:
    tables = collect_extracted(center, snakemake.input.table, snakemake.input.status)
features, missing, cases = tables
write_table(features, snakemake.output.features)
write_table(missing, snakemake.output.missing)
write_table(cases, snakemake.output.cases)
