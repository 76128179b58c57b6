"""Radiomic features of one batch of cases, one process, one file per case."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.features.batch import CaseFiles, Settings, extract_batch

params = snakemake.params
paths = zip(
    snakemake.input.image_status,
    snakemake.input.image_folder,
    snakemake.input.mask_status,
    snakemake.input.mask_folder,
    snakemake.output.table,
    snakemake.output.status,
    strict=True,
)
settings = Settings.of(params.sequences, params.settings, params.code)
cases = [CaseFiles(*map(Path, case), row) for case, row in zip(paths, params.rows, strict=True)]
extract_batch(cases, settings, params.kept)
