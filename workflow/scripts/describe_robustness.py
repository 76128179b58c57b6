"""The ICCs that are printed: of the features in the models' scores, by pingouin."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.features import Robustness
from osteon.modelling.robustness import selected_agreement, training_values
from osteon.modelling.robustness_values import read_variants
from osteon.tables.files import read_table, write_table

given, params = snakemake.input, snakemake.params
selections = {model: read_table(path) for model, path in zip(params.models, given.selection, strict=True)}
training = training_values(read_variants(given.variants), read_table(given.splits))
settings = Robustness(**params.settings["robustness"])
write_table(selected_agreement(read_table(given.robustness), training, settings, selections), snakemake.output.selected)
