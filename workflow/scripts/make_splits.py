"""Split development patients into training and test, once."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.modelling.splits import make_splits
from osteon.tables.files import read_table, write_table

splits = make_splits(
    read_table(snakemake.input.development),
    hold_out=snakemake.params.hold_out,
    folds=snakemake.params.folds,
    seed=snakemake.params.seed,
)
write_table(splits, snakemake.output.splits)
