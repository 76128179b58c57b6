"""The ICCs that are printed: of the features in the models' scores, by pingouin."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.features import Robustness
from osteon.modelling.robustness import read_values, selected_agreement, selected_features, training_values
from osteon.tables.files import read_table, write_table

given, params = snakemake.input, snakemake.params
selections = {model: read_table(path) for model, path in zip(params.models, given.selection, strict=True)}
columns = {column for _, _, column in selected_features(selections)}
values = training_values(
    read_values(given.features, given.variants, params.subjects, columns), read_table(given.splits)
)
settings = Robustness(**params.settings["robustness"])
write_table(selected_agreement(read_table(given.robustness), values, settings, selections), snakemake.output.selected)
