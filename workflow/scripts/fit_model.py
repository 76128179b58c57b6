"""Fit one model on the training patients of the development centers, and freeze it."""

from osteon.jobs import start_job

start_job(snakemake)

from dataclasses import replace

from osteon.modelling.bundle import freeze
from osteon.modelling.crossfit import fit_model
from osteon.modelling.patient_files import read_patients
from osteon.modelling.recipes import recipe_of
from osteon.modelling.robustness_values import read_variants
from osteon.tables.files import read_json, read_table, write_table

inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
recipe = recipe_of(snakemake.wildcards.model, params.settings, params.outcome, params.seed)
patients = read_patients(
    inputs.development,
    inputs.features,
    recipe.task,
    inputs.batches,
    recipe.harmonisation.batch,
    inputs.controls,
)
fitted = fit_model(
    recipe,
    patients,
    read_table(inputs.splits),
    variants=read_variants(inputs.variants) if inputs.variants else None,
    leave_one_center_out=params.leave_one_center_out,
    cores=snakemake.threads,
)
known = {"variables": params.variables, "outcome": {**params.outcome, "unit": params.unit}}
if inputs.extraction:
    dictionary = read_table(inputs.extraction[1], text=("column", "unit")).set_index("column")["unit"]
    used = dictionary.reindex(fitted.bundle.model.feature_columns).dropna()
    known |= {"extraction": read_json(inputs.extraction[0]), "units": used.to_dict()}
freeze(replace(fitted.bundle, inputs=known), outputs.bundle)
tables = {
    "predictions": fitted.oof_predictions,
    "resampled": fitted.resampled,
    "coefficients": fitted.coefficients,
    "selection": fitted.selection,
    "stability": fitted.stability,
    "search": fitted.search,
    "lasso_path": fitted.penalties.path,
    "lasso_cv": fitted.penalties.cv,
    "fits": fitted.fits,
}
for name, table in tables.items():
    write_table(table, outputs[name])
