"""How the frozen models do in one external hospital; the only rule that reads its outcomes."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.cohort import Variable
from osteon.config.modelling import Validation
from osteon.modelling.bundle import load
from osteon.modelling.evaluate import evaluate_predictions, predict
from osteon.modelling.patients import join_patients
from osteon.statistics.baseline import baseline_by_set
from osteon.tables.files import read_table, write_table

settings = snakemake.params.settings
patients = join_patients(read_table(snakemake.input.outcomes), [read_table(snakemake.input.features)])
bundles = [load(path) for path in snakemake.input.models]
predictions = predict(bundles, patients, "external")
thresholds = {bundle.model.name: bundle.threshold for bundle in bundles}
tables = evaluate_predictions(
    predictions, ["external"], thresholds, Validation(**settings["validation"]), snakemake.params.seed
)
variables = {name: Variable(**variable) for name, variable in settings["variables"].items()}
cohort = patients.clinical.assign(outcome=patients.outcome)
write_table(predictions, snakemake.output.predictions)
write_table(tables["performance"], snakemake.output.performance)
write_table(tables["pairwise"], snakemake.output.pairwise)
write_table(tables["roc"], snakemake.output.roc)
write_table(tables["calibration_curve"], snakemake.output.curve)
write_table(tables["decision"], snakemake.output.decision)
write_table(baseline_by_set({"external": cohort}, variables), snakemake.output.baseline)
