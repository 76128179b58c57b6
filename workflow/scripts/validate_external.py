"""How the frozen models do in one external hospital; the only rule that reads its outcomes."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.analysis import Baseline
from osteon.config.cohort import Outcome, Variable
from osteon.config.modelling import Validation
from osteon.modelling.bundle import load
from osteon.modelling.evaluate import external_predictions
from osteon.modelling.evaluation import evaluate
from osteon.modelling.patients import join_patients, patient_table
from osteon.modelling.task import Task
from osteon.statistics.baseline import baseline_by_set
from osteon.tables.files import read_table, write_table

settings, inputs, params = snakemake.params.settings, snakemake.input, snakemake.params
task = Task.of(Outcome(**params.outcome))
batches = read_table(inputs.batches, text=("subject", "center", *params.batch))
patients = join_patients(read_table(inputs.outcomes), [read_table(inputs.features)], task, batches)
known = read_table(inputs.same_person)["subject"]  # not new to the models
patients = patients.take(patients.subjects.difference(known))
bundles, adapted = ([load(path) for path in paths] for paths in (inputs.models, inputs.adapted))
controls = read_table(inputs.controls) if inputs.controls else None
predictions = external_predictions(bundles, patients, controls, adapted, params.adaptation)
sets = list(predictions["set"].unique()) or ["external"]
thresholds = {bundle.model.name: bundle.threshold for bundle in bundles}
results = evaluate(task, predictions, sets, thresholds, Validation(**settings["validation"]), params.seed)
variables = {name: Variable(**variable) for name, variable in settings["variables"].items()}
cohort = patients.clinical.assign(outcome=patients.outcome)
baseline = baseline_by_set({"external": cohort}, variables, len(task.values), Baseline(**params.baseline))
results |= {"predictions": predictions, "baseline": baseline, "patients": patient_table(patients)}
for name, path in snakemake.output.items():
    write_table(results[name], path)
