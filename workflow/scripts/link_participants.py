"""Join cases and participants; seal the outcomes of external centers."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.cohort import Outcome, Variable
from osteon.config.sheets import read_sheet
from osteon.ingest.linkage import code_participants
from osteon.tables.files import write_table

settings = snakemake.params.settings
coded, without_outcome = code_participants(
    read_sheet(snakemake.input.participants)[1],
    [tuple(case) for case in snakemake.params.cases],
    Outcome(**settings["outcome"]),
    {name: Variable(**variable) for name, variable in settings["variables"].items()},
)
write_table(coded[coded["center"].isin(snakemake.params.development)], snakemake.output.development)
for center, path in zip(snakemake.params.external, snakemake.output.external, strict=True):
    write_table(coded[coded["center"] == center], path)
write_table(without_outcome, snakemake.output.excluded)
