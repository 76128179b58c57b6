"""Join cases and participants; seal the outcomes of external centers."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.cohort import Outcome, Variable
from osteon.config.matching import match_cases
from osteon.config.sheets import read_sheet
from osteon.ingest.linkage import code_participants
from osteon.tables.files import write_table

params = snakemake.params
_, rows = read_sheet(snakemake.input.participants)
matches = match_cases(params.cases, rows, params.settings["linkage"]["key"], params.names)
coded, unlinked = code_participants(
    matches.by_subject,
    [(center, subject) for center, subject, _ in params.cases],
    Outcome(**params.settings["outcome"]),
    {name: Variable(**variable) for name, variable in params.settings["variables"].items()},
)
write_table(coded[coded["center"].isin(params.development)], snakemake.output.development)
for center, path in zip(params.external, snakemake.output.external, strict=True):
    write_table(coded[coded["center"] == center], path)
write_table(unlinked, snakemake.output.unlinked)
