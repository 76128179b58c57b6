"""Who was included, who was not and why, and the numbers of the flow diagram."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.reporting.flow import case_table, excluded_cases, flow_counts
from osteon.tables.files import read_table, write_table

params, inputs = snakemake.params, snakemake.input
cases = pd.concat([read_table(path) for path in inputs.cases], ignore_index=True)
unlinked = pd.concat([read_table(path) for path in inputs.unlinked], ignore_index=True) if inputs.unlinked else None
splits = read_table(inputs.splits) if inputs.splits else None
table = case_table(cases, params.roles, unlinked, splits)
write_table(table.loc[table["stage"] == "", ["subject", "center", "set"]], snakemake.output.included)
write_table(excluded_cases(table), snakemake.output.excluded)
write_table(flow_counts(table, params.sources, unlinked is not None), snakemake.output.flow)
