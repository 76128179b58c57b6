"""How much the features tell about their center, before and after ComBat; read by the report alone."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.modelling import Harmonisation
from osteon.modelling.center_effect import describe_center_effect
from osteon.tables.files import read_table, write_table

effect = describe_center_effect(
    [read_table(path) for path in snakemake.input.features],
    read_table(snakemake.input.splits),
    Harmonisation(**snakemake.params.settings["harmonisation"]),
    seed=snakemake.params.seed,
)
write_table(effect, snakemake.output.effect)
