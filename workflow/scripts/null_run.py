"""Fit one model on shuffled outcomes again and again."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.modelling.null_run import null_run
from osteon.modelling.patient_files import read_patients
from osteon.modelling.recipes import recipe_of
from osteon.modelling.robustness_values import read_variants
from osteon.tables.files import read_table, write_table

inputs, params = snakemake.input, snakemake.params
recipe = recipe_of(snakemake.wildcards.model, params.settings, params.outcome, params.seed)
patients = read_patients(
    inputs.development,
    inputs.features,
    recipe.task,
    inputs.batches,
    recipe.harmonisation.batch,
    inputs.controls,
)
scores = null_run(
    recipe,
    patients,
    read_table(inputs.splits),
    params.repeats,
    params.seed,
    variants=read_variants(inputs.variants) if inputs.variants else None,
    cores=snakemake.threads,
)
write_table(scores, snakemake.output.scores)
