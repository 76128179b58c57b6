"""How many candidate features each model had, and where and why they left."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.modelling.selection.feature_flow import feature_flow
from osteon.tables.files import read_table, write_table

paths = zip(snakemake.params.models, snakemake.input.selection, strict=True)
selections = {model: read_table(path, text=("signature", "feature", "fate")) for model, path in paths}
write_table(feature_flow(selections), snakemake.output.flow)
