"""Univariable and multivariable logistic regression of the clinical variables, in training patients."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.modelling.splits import TRAIN, subjects_of
from osteon.statistics.association import association_table
from osteon.tables.files import read_table, write_table

inputs, params = snakemake.input, snakemake.params
people = read_table(inputs.development)
train = people[people["subject"].isin(subjects_of(read_table(inputs.splits), TRAIN))].sort_values("subject")
write_table(association_table(train["outcome"], train[params.variables], params.enter), snakemake.output.logistic)
