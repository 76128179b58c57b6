"""What the predictions of the frozen models rest on, in the patients of one part of the validation."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.cohort import Outcome
from osteon.modelling.bundle import load
from osteon.modelling.explain import explain_part
from osteon.modelling.patient_files import read_patients
from osteon.modelling.patients import join_patients
from osteon.modelling.splits import TRAIN, subjects_of
from osteon.modelling.task import Task
from osteon.tables.files import read_table, write_table

inputs, params = snakemake.input, snakemake.params
task, text = Task.of(Outcome(**params.outcome)), ("subject", "center", *params.batch)
everyone = read_patients(inputs.development, inputs.features, task, inputs.batches, params.batch)
training = everyone.take(subjects_of(read_table(inputs.splits), TRAIN))
people = read_table(inputs.patients)[["subject", "center", *training.clinical.columns]]
features = [read_table(path) for path in inputs.part_features]
# a placeholder: nothing of a frozen model reads it
patients = join_patients(people.assign(outcome=0), features, task, read_table(inputs.part_batches, text=text))
bundles, adapted = ([load(path) for path in paths] for paths in (inputs.models, inputs.adapted))
predictions = read_table(inputs.predictions, text=("subject", "center", "model"))
tables = explain_part(bundles, training, patients, predictions, params.seed, adapted)
for name, path in snakemake.output.items():
    write_table(tables[name], path)
