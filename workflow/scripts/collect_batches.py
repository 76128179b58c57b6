"""The batch of every patient, from headers and cases.tsv; no outcome is read."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.config.harmonisation import Harmonisation
from osteon.harmonise.batches import batch_table, raw_values
from osteon.modelling.splits import TRAIN, subjects_of
from osteon.tables.files import read_table, write_table
from osteon.tables.status import CaseStatus

params = snakemake.params
settings = Harmonisation(**params.settings)
statuses = [CaseStatus.read(path) for path in snakemake.input.status]
facts = {status.subject: status.extra.get("sequences", {}) for status in statuses if status.ok}
unread = {status.subject for status in statuses if not status.ok}
cases = pd.DataFrame(params.cases)
# a case without usable images is in no model and so counts in no batch
development = cases["center"].isin(params.development) & ~cases["subject"].isin(unread)
if snakemake.input.splits:  # `smallest` counts training patients, so that no test patient moves a batch
    development &= cases["subject"].isin(subjects_of(read_table(snakemake.input.splits), TRAIN))
table = batch_table(cases, raw_values(cases, settings.batches, facts), development, settings)
write_table(table, snakemake.output.batches)
