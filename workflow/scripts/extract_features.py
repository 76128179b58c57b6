"""Radiomic features of one batch of cases, one process, one file per case."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.features import Features, Roi
from osteon.features.batch import CaseFiles, Settings, extract_batch
from osteon.features.settings import pyradiomics_parameters

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
settings = Settings(
    params.sequences,
    params.settings["labels"],
    {name: Roi(**roi) for name, roi in params.settings["rois"].items()},
    pyradiomics_parameters(Features(**params.settings["features"])),
    params.code,
)
cases = [CaseFiles(*map(Path, case), row) for case, row in zip(paths, params.rows, strict=True)]
extract_batch(cases, settings, params.kept)
