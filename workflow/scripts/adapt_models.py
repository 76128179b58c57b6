"""Estimate the batch effects of a new hospital from patients without outcomes; everything else stays frozen."""

from osteon.jobs import start_job

start_job(snakemake)

import pandas as pd

from osteon.modelling.adaptation import adapted, unlabelled, with_controls
from osteon.modelling.bundle import freeze, load
from osteon.modelling.leakage import Ledger
from osteon.tables.files import read_table, write_table

center, params = snakemake.wildcards.center, snakemake.params
patients = unlabelled(
    read_table(snakemake.input.features),
    read_table(snakemake.input.batches, text=("subject", "center", *params.batch)),
    params.adaptation,
)
nobody = pd.DataFrame({"subject": [], "center": [], "person": [], "set": [], "fold": []})
ledger = Ledger(nobody, {center: params.adaptation})
record = ledger.recorder(f"adapt {center}")
shuffled = with_controls(patients, read_table(snakemake.input.controls) if snakemake.input.controls else None)
for source, target in zip(snakemake.input.models, snakemake.output.models, strict=True):
    bundle = load(source)
    freeze(adapted(bundle, shuffled if bundle.shuffled else patients, center, params.minimum, record), target)
write_table(ledger.table(), snakemake.output.fits)
