"""What can be said about each number that the paper prints."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.printed.audit import audit
from osteon.printed.findings import findings_table
from osteon.tables.files import write_table

write_table(findings_table(audit(snakemake.params.folder)), snakemake.output.audit)
