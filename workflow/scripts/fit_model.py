"""Fit one model on the training patients of the development centers, and freeze it."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.modelling import Harmonisation, Model, Selection
from osteon.modelling.bundle import freeze
from osteon.modelling.crossfit import fit_model
from osteon.modelling.models import Recipe
from osteon.modelling.patients import join_patients, with_features
from osteon.modelling.robustness import robust_features
from osteon.tables.files import read_table, write_table

settings = snakemake.params.settings
robust = None
if snakemake.input.robustness:
    robust = robust_features(read_table(snakemake.input.robustness), **snakemake.params.robustness)
recipe = Recipe(
    snakemake.wildcards.model,
    Model(**snakemake.params.model),
    snakemake.params.signatures,
    Harmonisation(**settings["harmonisation"]),
    Selection(**settings["selection"]),
    snakemake.params.seed,
    robust,
)
patients = join_patients(
    read_table(snakemake.input.development), [read_table(path) for path in snakemake.input.features]
)
if snakemake.input.controls:
    patients = with_features(patients, [read_table(path) for path in snakemake.input.controls])
fitted = fit_model(recipe, patients, read_table(snakemake.input.splits))
freeze(fitted.bundle, snakemake.output.model)
write_table(fitted.oof_predictions, snakemake.output.predictions)
write_table(fitted.coefficients, snakemake.output.coefficients)
write_table(fitted.selection, snakemake.output.selection)
write_table(fitted.fits, snakemake.output.fits)
