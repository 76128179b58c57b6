"""What the features tell about batches and clinical variables, before and after ComBat; read by the report alone."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.cohort import Outcome
from osteon.config.harmonisation import Harmonisation
from osteon.modelling.center_effect import describe_harmonisation
from osteon.modelling.patient_files import read_patients
from osteon.modelling.task import Task
from osteon.tables.files import read_table, write_table

inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
settings = Harmonisation(**params.settings["harmonisation"])
task = Task.of(Outcome(**params.outcome))
found = describe_harmonisation(
    read_patients(inputs.development, inputs.features, task, inputs.batches, settings.batch),
    read_table(inputs.splits),
    settings,
    task,
    binary=[name for name, variable in params.settings["variables"].items() if variable["type"] == "binary"],
    seed=params.seed,
)
write_table(found.effect, outputs.effect)
write_table(found.signal, outputs.signal)
write_table(found.components, outputs.pca)
write_table(found.confounding, outputs.confounding)
