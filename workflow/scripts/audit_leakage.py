"""Compare what every fitted object has seen with what it was allowed to see; a leak fails the study."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

import pandas as pd

from osteon.modelling.leakage import audit, require_clean
from osteon.tables.files import read_table, write_table

fits = [read_table(path).assign(model=Path(path).parent.name) for path in snakemake.input.fits]
if snakemake.input.robustness:
    fits.append(read_table(snakemake.input.robustness).assign(model="all models"))
audited = audit(pd.concat(fits), read_table(snakemake.input.splits), snakemake.params.external)
require_clean(audited)
write_table(audited, snakemake.output.audit)
