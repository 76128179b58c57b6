"""Grey levels of all centers, and whether they are alike."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.features.levels import TEXT, compare_centers
from osteon.tables.files import read_table, write_table

levels = [read_table(path) for path in snakemake.input.levels]
judged = [read_table(path, text=TEXT) for path in snakemake.input.judged]
write_table(pd.concat(levels, ignore_index=True), snakemake.output.levels)
write_table(compare_centers(judged), snakemake.output.judged)
