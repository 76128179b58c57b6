"""The day of each development patient's examination, for a temporal split; no other rule reads it."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.config.matching import match_cases
from osteon.config.participants import as_date
from osteon.config.sheets import read_sheet
from osteon.tables.files import write_table

params = snakemake.params
_, rows = read_sheet(snakemake.input.participants)
matched = match_cases(params.cases, rows, params.key, params.names).rows
days = {subject: as_date(row[params.column]) for subject, row in matched.items()}
dates = pd.DataFrame(
    [(subject, day.isoformat()) for subject, day in sorted(days.items()) if day], columns=["subject", "date"]
)
write_table(dates, snakemake.output.dates)
