"""Compare what the models find in shuffled outcomes with nothing; something found there fails the study."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.config.cohort import Outcome
from osteon.modelling.null_run import require_nothing, summarise_null
from osteon.modelling.task import Task
from osteon.tables.files import read_table, write_table

params = snakemake.params
task = Task.of(Outcome(**params.outcome))
scores = pd.concat([read_table(path) for path in snakemake.input.scores], ignore_index=True)
real = {}
for name, path in zip(params.models, snakemake.input.predictions, strict=True):
    table = read_table(path)
    real[name] = task.score(table["outcome"].to_numpy(), table[task.columns].to_numpy(dtype=float))
summary = summarise_null(scores, real, task)
require_nothing(summary)
write_table(scores, snakemake.output.scores)
write_table(summary, snakemake.output.summary)
