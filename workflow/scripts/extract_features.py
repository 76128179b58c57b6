"""Radiomic features of one batch of cases, one process, one file per case."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.features import Features
from osteon.features.batch import CaseFiles, extract_batch
from osteon.features.settings import pyradiomics_parameters

settings = snakemake.params.settings
cases = zip(
    snakemake.input.image_status,
    snakemake.input.image_folder,
    snakemake.input.mask_status,
    snakemake.input.mask_folder,
    snakemake.output.table,
    snakemake.output.status,
    strict=True,
)
extract_batch(
    [CaseFiles(*map(Path, paths)) for paths in cases],
    snakemake.params.sequences,
    settings["labels"],
    {name: roi["labels"] for name, roi in settings["rois"].items()},
    pyradiomics_parameters(Features(**settings["features"])),
)
