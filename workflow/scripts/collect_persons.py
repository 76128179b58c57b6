"""Which cases are one person, from headers and cases.tsv; no outcome is read."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.ingest.persons import find_persons
from osteon.tables.files import write_table
from osteon.tables.status import CaseStatus

params = snakemake.params
statuses = [CaseStatus.read(path) for path in snakemake.input.status]
identities = {status.subject: status.extra.get("identity") or {} for status in statuses}
cases = pd.DataFrame(params.cases, columns=["center", "subject", "declared"])
for column, key in (("header", "person"), ("sex", "sex"), ("age", "age")):
    cases[column] = [identities.get(subject, {}).get(key) for subject in cases["subject"]]
write_table(find_persons(cases, params.roles), snakemake.output.persons)
