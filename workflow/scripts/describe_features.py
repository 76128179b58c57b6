"""What each feature column is, and the settings and versions behind the values."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.features import Features
from osteon.features.dictionary import feature_dictionary
from osteon.features.settings import pyradiomics_parameters, sidecar
from osteon.tables.files import write_json, write_table

settings = snakemake.params.settings
parameters = pyradiomics_parameters(Features(**settings["features"]))
write_table(feature_dictionary(snakemake.params.sequences, settings["rois"], parameters), snakemake.output.dictionary)
write_json(sidecar(parameters), snakemake.output.settings)
