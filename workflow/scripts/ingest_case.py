"""From a case's raw folder to one NIfTI per sequence, or to a reason why not."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.delivery import IngestSettings
from osteon.ingest.case import ingest_case
from osteon.ingest.mask_files import masks_outside
from osteon.ingest.rules import load_rules
from osteon.ingest.source_state import record
from osteon.tables.files import write_json

settings = IngestSettings(**snakemake.params.settings)
status = ingest_case(
    str(snakemake.input.folder),
    snakemake.wildcards.center,
    snakemake.wildcards.subject,
    settings=settings,
    rules=load_rules(snakemake.input.rules, settings.sequences),
    overrides=snakemake.params.overrides,
    native_folder=snakemake.output.folder,
)
status.write(snakemake.output.status)
masks = masks_outside(settings.masks, snakemake.wildcards.subject)
write_json(record(str(snakemake.input.folder), masks), snakemake.output.source)
