"""Radiomic features of one batch of cases after the voxels of each region have changed places: a negative control."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.features import Features, Roi
from osteon.features.batch import CaseFiles, Settings, extract_batch
from osteon.features.settings import pyradiomics_parameters

given, params, output = snakemake.input, snakemake.params, snakemake.output
settings = Settings(
    params.sequences,
    params.settings["labels"],
    {name: Roi(**roi) for name, roi in params.settings["rois"].items()},
    pyradiomics_parameters(Features(**params.settings["features"])),
    params.code,
    shuffle_seed=params.seed,
)
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
