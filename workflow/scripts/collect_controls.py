"""One table of features of shuffled regions per center."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.features.collect import collect_extracted
from osteon.tables.files import write_table

collected = collect_extracted(snakemake.wildcards.center, snakemake.input.table, snakemake.input.status)
write_table(collected.features, snakemake.output.features)
write_table(collected.missing, snakemake.output.missing)
