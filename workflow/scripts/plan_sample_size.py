"""Patients needed for development and validation, and patients present."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.config.analysis import SampleSize
from osteon.modelling.sample_size_table import candidate_parameters, sample_size_table, set_sizes
from osteon.tables.files import read_table, write_table

inputs, params = snakemake.input, snakemake.params
predictions = [read_table(path, text=("subject", "center", "model")) for path in inputs.predictions]
training, validation = set_sizes(pd.concat(predictions, ignore_index=True))
candidates = candidate_parameters(read_table(inputs.flow, text=("model", "signature", "step")), params.clinical)
sizes = sample_size_table(candidates, training, validation, SampleSize(**params.settings))
write_table(sizes, snakemake.output.sizes)
