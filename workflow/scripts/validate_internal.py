"""How the frozen models do in the internal test patients (and, out of fold, in the training patients)."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.config.cohort import Variable
from osteon.config.modelling import Validation
from osteon.modelling.bundle import load
from osteon.modelling.evaluate import evaluate_predictions, predict, training_predictions
from osteon.modelling.patients import join_patients, with_features
from osteon.modelling.splits import TEST, TRAIN, subjects_of
from osteon.statistics.baseline import baseline_by_set
from osteon.tables.files import read_table, write_table

settings = snakemake.params.settings
splits = read_table(snakemake.input.splits)
patients = join_patients(
    read_table(snakemake.input.development), [read_table(path) for path in snakemake.input.features]
)
bundles = [load(path) for path in snakemake.input.models]
names = [bundle.model.name for bundle in bundles]
out_of_fold = {name: read_table(path) for name, path in zip(names, snakemake.input.oof, strict=True)}
sets = {role: patients.take(subjects_of(splits, role)) for role in (TRAIN, TEST)}
given = [read_table(path) for path in snakemake.input.controls]
controls = with_features(sets[TEST], given) if given else None

tested = predict(bundles, sets[TEST], TEST, controls)
predictions = pd.concat([training_predictions(out_of_fold), tested], ignore_index=True)
thresholds = {bundle.model.name: bundle.threshold for bundle in bundles}
tables = evaluate_predictions(
    predictions, [TRAIN, TEST], thresholds, Validation(**settings["validation"]), snakemake.params.seed
)
variables = {name: Variable(**variable) for name, variable in settings["variables"].items()}
cohorts = {role: members.clinical.assign(outcome=members.outcome) for role, members in sets.items()}
tables |= {"predictions": predictions, "baseline": baseline_by_set(cohorts, variables)}
for name, table in tables.items():
    write_table(table, snakemake.output[name])
