"""What does not fit between the images and the participants table."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.config.delivery import Linkage
from osteon.config.matching import match_cases
from osteon.config.sheets import read_sheet
from osteon.ingest.conflicts import COLUMNS, linkage_problems
from osteon.tables.files import write_table
from osteon.tables.status import CaseStatus

params = snakemake.params
linkage = Linkage(**params.settings["linkage"])
_, rows = read_sheet(snakemake.input.participants)
statuses = [CaseStatus.read(path) for path in snakemake.input.status]
problems = linkage_problems(
    [(center, subject) for center, subject, _ in params.cases],
    match_cases(params.cases, rows, linkage.key, params.names),
    linkage,
    {status.subject: status.extra.get("identity") or {} for status in statuses},
)
write_table(pd.DataFrame(problems, columns=COLUMNS), snakemake.output.linkage)
