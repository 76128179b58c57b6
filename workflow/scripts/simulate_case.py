"""Raw DICOM of one simulated patient, as the hospital would send it."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.ingest.source_state import content
from osteon.phantom.case import write_case
from osteon.phantom.parameters import load_parameters
from osteon.tables.files import write_json

parameters = load_parameters(snakemake.input.parameters)
write_case(snakemake.output.folder, snakemake.params.participant, parameters, snakemake.params.preset)
write_json({"content": content(snakemake.output.folder)}, snakemake.output.record)
