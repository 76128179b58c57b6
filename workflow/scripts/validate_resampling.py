"""How the procedure does in repeated cross-validation of the training patients and in each left-out hospital."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.cohort import Outcome
from osteon.config.modelling import Validation
from osteon.modelling.evaluation import evaluate
from osteon.modelling.resampled import resampled_predictions, score_of_repeats
from osteon.modelling.task import Task
from osteon.tables.files import read_table, write_table

params = snakemake.params
task = Task.of(Outcome(**params.outcome))
tables = {name: read_table(path) for name, path in zip(params.models, snakemake.input.predictions, strict=True)}
predictions = resampled_predictions(tables, task)
settings = Validation(**params.settings["validation"])
results = evaluate(task, predictions, list(predictions["set"].unique()), dict.fromkeys(tables), settings, params.seed)
results |= {"predictions": predictions, "repeats": score_of_repeats(tables, task)}
for name, path in snakemake.output.items():
    write_table(results[name], path)
