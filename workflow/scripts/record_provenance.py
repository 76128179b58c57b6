"""Record settings, software and inputs."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

import yaml

from osteon.reporting.provenance import input_hashes, software_table
from osteon.tables.files import write_table, write_text

write_text(yaml.safe_dump(snakemake.params.study, sort_keys=False, allow_unicode=True), snakemake.output.config)
write_table(software_table(Path(snakemake.input.lock).read_text(encoding="utf-8")), snakemake.output.software)
write_text(input_hashes(snakemake.params.files), snakemake.output.inputs)
