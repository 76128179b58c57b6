"""Compare what every fitted object has seen with what it was allowed to see; a leak fails the study."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

import pandas as pd

from osteon.modelling.leakage import ALL_MODELS, audit, require_clean
from osteon.tables.files import read_table, write_table

fits = [read_table(path).assign(model=Path(path).parent.name) for path in snakemake.input.fits]
shared = [*snakemake.input.adapted, *([snakemake.input.robustness] if snakemake.input.robustness else [])]
fits += [read_table(path).assign(model=ALL_MODELS) for path in shared]
left_out = set(read_table(snakemake.input.same_person)["subject"])  # persons of the development centers
audited = audit(
    pd.concat(fits),
    read_table(snakemake.input.splits),
    persons=read_table(snakemake.input.persons),
    external=[subject for subject in snakemake.params.external if subject not in left_out],
    adaptation=snakemake.params.adaptation,
)
require_clean(audited)
write_table(audited, snakemake.output.audit)
