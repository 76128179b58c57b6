"""From the hospitals' raw exports to a proposal of the table of cases."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.delivery import ScanSettings
from osteon.ingest.scan.study import scan_study
from osteon.tables.files import write_table

report, patients = scan_study(
    ScanSettings(**snakemake.params.settings),
    snakemake.params.rules,
    Path(snakemake.output.report).parent,
    snakemake.params.code,
    snakemake.threads,
)
write_table(report, snakemake.output.report)
write_table(patients, snakemake.output.patients)
