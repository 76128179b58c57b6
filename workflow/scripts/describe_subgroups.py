"""The models in groups of patients, and whether they differ."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.modelling.bundle import load
from osteon.modelling.subgroup_tables import subgroup_levels, subgroup_tables
from osteon.tables.files import read_table, write_table

inputs, definitions = snakemake.input, snakemake.params.subgroups
predictions = read_table(inputs.predictions, text=("subject", "center", "model"))
patients = read_table(inputs.patients, text=("subject", "center"))
if inputs.groups:
    groups = read_table(inputs.groups, text=("subject", "center", *definitions))
    wanted = ["subject", *groups.columns.difference(patients.columns)]
    patients = patients.merge(groups[wanted], on="subject", how="left", validate="1:1")
thresholds = {bundle.model.name: bundle.threshold for bundle in map(load, inputs.models)}
sets = list(predictions["set"].unique())
tables = subgroup_tables(predictions, subgroup_levels(patients, definitions), sets, thresholds)
for name, path in snakemake.output.items():
    write_table(tables[name], path)
