"""How the frozen models do in one external hospital; the only rule that reads its outcomes."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.cohort import Variable
from osteon.config.modelling import Validation
from osteon.modelling.bundle import load
from osteon.modelling.evaluate import evaluate_predictions, predict
from osteon.modelling.patients import join_patients, with_features
from osteon.statistics.baseline import baseline_by_set
from osteon.tables.files import read_table, write_table

settings = snakemake.params.settings
patients = join_patients(read_table(snakemake.input.outcomes), [read_table(snakemake.input.features)])
bundles = [load(path) for path in snakemake.input.models]
given = str(snakemake.input.controls)
controls = with_features(patients, [read_table(given)]) if given else None
predictions = predict(bundles, patients, "external", controls)
thresholds = {bundle.model.name: bundle.threshold for bundle in bundles}
tables = evaluate_predictions(
    predictions, ["external"], thresholds, Validation(**settings["validation"]), snakemake.params.seed
)
variables = {name: Variable(**variable) for name, variable in settings["variables"].items()}
cohort = patients.clinical.assign(outcome=patients.outcome)
tables |= {"predictions": predictions, "baseline": baseline_by_set({"external": cohort}, variables)}
for name, table in tables.items():
    write_table(table, snakemake.output[name])
