"""The models in each hospital, and their mean over hospitals with a prediction interval."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.modelling.center_pooling import center_tables
from osteon.tables.files import read_table, write_table

params = snakemake.params
predictions = [read_table(path, text=("subject", "center", "model")) for path in snakemake.input.predictions]
tables = center_tables(pd.concat(predictions, ignore_index=True), params.sets, params.models)
for name, path in snakemake.output.items():
    write_table(tables[name], path)
