"""How the images were acquired, from their headers, and what ingest and preprocessing found in them."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.reporting.acquisition import acquisition_table, quality_table
from osteon.tables.files import write_table
from osteon.tables.status import CaseStatus

statuses = [CaseStatus.read(path) for path in snakemake.input.status]
write_table(acquisition_table(statuses), snakemake.output.acquisition)
later = [CaseStatus.read(path) for path in snakemake.input.preprocessed]
# a case that was excluded before carries the status of that stage, which is among the others
own = [status for status in later if status.stage == "preprocess"]
write_table(quality_table([*statuses, *own]), snakemake.output.quality)
