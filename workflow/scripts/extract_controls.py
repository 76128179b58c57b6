"""Radiomic features of one batch of cases after the voxels of each region have changed places: a negative control."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.features.batch import CaseFiles, Settings, extract_batch

given, params, output = snakemake.input, snakemake.params, snakemake.output
settings = Settings.of(params.sequences, params.settings, params.code, params.seed)
paths = zip(
    given.image_status,
    given.image_folder,
    given.mask_status,
    given.mask_folder,
    output.table,
    output.status,
    strict=True,
)
cases = [CaseFiles(*map(Path, case), row) for case, row in zip(paths, params.rows, strict=True)]
extract_batch(cases, settings, params.kept)
