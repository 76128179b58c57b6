"""Agreement between the readers of manual masks, and of each with himself."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.segmentation.readers import reader_agreement, readers_summary
from osteon.tables.files import write_table

cases = zip(snakemake.input.status, snakemake.input.folder, strict=True)
table = reader_agreement(cases, snakemake.params.labels)
write_table(table, snakemake.output.readers)
write_table(readers_summary(table, snakemake.params.seed), snakemake.output.summary)
