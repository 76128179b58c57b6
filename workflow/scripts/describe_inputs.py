"""How many values the inputs of the training patients lack."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.cohort import Outcome
from osteon.modelling.missing import missing_summary
from osteon.modelling.patient_files import read_patients
from osteon.modelling.splits import TRAIN, subjects_of
from osteon.modelling.task import Task
from osteon.tables.files import read_table, write_table

inputs = snakemake.input
task = Task.of(Outcome(**snakemake.params.outcome))
patients = read_patients(inputs.development, inputs.features, task)
train = patients.take(subjects_of(read_table(inputs.splits), TRAIN))
write_table(missing_summary(train), snakemake.output.missing)
