"""ICC of every feature over perturbations and readers, on training patients of development centers alone."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.features import Robustness
from osteon.modelling.robustness import measure, read_values
from osteon.tables.files import read_table, write_table

values = read_values(snakemake.input.features, snakemake.input.variants, snakemake.params.subjects)
splits = read_table(snakemake.input.splits) if snakemake.input.splits else None
robustness, fits = measure(values, Robustness(**snakemake.params.settings["robustness"]), splits)
write_table(robustness, snakemake.output.robustness)
write_table(fits, snakemake.output.fits)
