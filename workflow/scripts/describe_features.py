"""What each feature column is, and the settings and versions behind the values."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.config.features import Deep, Features, Roi
from osteon.config.regions import region_names
from osteon.features.batch import describe_extraction
from osteon.features.deep_columns import deep_dictionary
from osteon.features.dictionary import COLUMNS, feature_dictionary
from osteon.features.settings import pyradiomics_parameters
from osteon.features.table import read_case
from osteon.tables.files import file_sha256, write_json, write_table

settings = snakemake.params.settings
parameters = pyradiomics_parameters(Features(**settings["features"]))
rois = {name: Roi(**roi) for name, roi in settings["rois"].items()}
columns = [feature_dictionary(snakemake.params.sequences, region_names(rois), parameters)]
columns += [deep_dictionary(read_case(path), Deep(**settings["deep"]), COLUMNS) for path in snakemake.input.deep]
write_table(pd.concat(columns, ignore_index=True), snakemake.output.dictionary)
if snakemake.input.network:  # what a channel is depends on the network
    settings["deep"]["network"] = file_sha256(str(snakemake.input.network))
write_json(describe_extraction(parameters, rois, settings["labels"]) | settings, snakemake.output.settings)
