"""ICC of every feature over perturbations and readers, on training patients of development centers alone."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.features import Robustness
from osteon.modelling.robustness import measure_training
from osteon.modelling.robustness_values import collect_variants, write_variants
from osteon.tables.files import read_table, write_table

values = collect_variants(snakemake.input.features, snakemake.input.variants, snakemake.params.subjects)
splits = read_table(snakemake.input.splits) if snakemake.input.splits else None
robustness, fits = measure_training(values, Robustness(**snakemake.params.settings["robustness"]), splits)
write_variants(values, snakemake.output.variants)
write_table(robustness, snakemake.output.robustness)
write_table(fits, snakemake.output.fits)
