"""How the frozen models do in the internal test patients (and, out of fold, in the training patients)."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.analysis import Baseline
from osteon.config.cohort import Outcome, Variable
from osteon.config.modelling import Validation
from osteon.modelling.bundle import load
from osteon.modelling.evaluate import internal_predictions
from osteon.modelling.evaluation import evaluate
from osteon.modelling.patient_files import read_patients
from osteon.modelling.patients import patient_table
from osteon.modelling.splits import TEST, TRAIN, subjects_of
from osteon.modelling.task import Task
from osteon.statistics.baseline import baseline_by_set
from osteon.tables.files import read_table, write_table

settings, inputs, params = snakemake.params.settings, snakemake.input, snakemake.params
task = Task.of(Outcome(**params.outcome))
patients = read_patients(inputs.development, inputs.features, task, inputs.batches, params.batch)
splits = read_table(inputs.splits)
sets = {role: patients.take(subjects_of(splits, role)) for role in (TRAIN, TEST)}
bundles = [load(path) for path in inputs.models]
predictions = internal_predictions(
    bundles, [read_table(path) for path in inputs.oof], sets[TEST], [read_table(path) for path in inputs.controls]
)
thresholds = {bundle.model.name: bundle.threshold for bundle in bundles}
roles = list(predictions["set"].unique())
results = evaluate(task, predictions, roles, thresholds, Validation(**settings["validation"]), params.seed)
variables = {name: Variable(**variable) for name, variable in settings["variables"].items()}
cohorts = {role: sets[role].clinical.assign(outcome=sets[role].outcome) for role in roles}
baseline = baseline_by_set(cohorts, variables, len(task.values), Baseline(**params.baseline))
results |= {"predictions": predictions, "baseline": baseline, "patients": patient_table(patients)}
for name, path in snakemake.output.items():
    write_table(results[name], path)
