"""Bias correction, intensity normalisation and registration of one case."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.imaging import Preprocess
from osteon.images.preprocess import preprocess_case
from osteon.tables.status import CaseStatus

status = preprocess_case(
    CaseStatus.read(snakemake.input.status),
    Path(snakemake.input.folder),
    Path(snakemake.output.folder),
    Preprocess(**snakemake.params.settings["preprocess"]),
    snakemake.params.reference,
)
status.write(snakemake.output.status)
