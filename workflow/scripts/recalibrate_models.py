"""The frozen models in external hospitals before and after recalibration, in patients who were not used for it."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.config.modelling import Validation
from osteon.modelling.recalibration_table import recalibration_table
from osteon.modelling.sample_size_table import set_sizes
from osteon.tables.files import read_table, write_table

inputs, params = snakemake.input, snakemake.params
text = ("subject", "center", "model")
(patients, events), _ = set_sizes(read_table(inputs.internal, text=text))
external = pd.concat([read_table(path, text=text) for path in inputs.external], ignore_index=True)
declared = [subject for subjects in params.declared.values() for subject in subjects]
table = recalibration_table(
    external,
    declared,
    dict.fromkeys(params.models, events / patients),
    Validation(**params.settings["validation"]),
    params.seed,
)
write_table(table, snakemake.output.recalibration)
