"""From a case's raw folder to one NIfTI per sequence, or to a reason why not."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.ingest.case import ingest_case
from osteon.ingest.rules import load_rules
from osteon.ingest.source_state import record
from osteon.tables.files import write_json

params = snakemake.params
status = ingest_case(
    str(snakemake.input.folder),
    snakemake.wildcards.center,
    snakemake.wildcards.subject,
    source=params.source,
    sequences=params.sequences,
    rules=load_rules(snakemake.input.rules, params.sequences),
    overrides=params.overrides,
    labels=params.labels,
    reference_sequence=params.reference,
    native_folder=snakemake.output.folder,
    masks_pattern=params.masks,
    masks_used=params.masks_used,
    image_patterns=params.images,
)
status.write(snakemake.output.status)
write_json(record(str(snakemake.input.folder)), snakemake.output.source)
