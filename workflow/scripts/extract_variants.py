"""Features of a batch's cases under perturbations and other readers' masks, one process, one file per case."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.features import Features, Roi
from osteon.features.settings import pyradiomics_parameters
from osteon.features.variants import VariantFiles, VariantSettings, extract_variants, kept_settings
from osteon.tables.kept import Kept

given, params = snakemake.input, snakemake.params
settings = VariantSettings(
    params.sequences,
    params.settings["labels"],
    {name: Roi(**roi) for name, roi in params.settings["rois"].items()},
    pyradiomics_parameters(Features(**params.settings["features"])),
    params.perturbations,
    params.seed,
)
paths = zip(
    given.image_status,
    given.image_folder,
    given.mask_status,
    given.mask_folder,
    given.ingest_status,
    given.native_folder,
    snakemake.output.table,
    strict=True,
)
extract_variants(
    [
        VariantFiles(*map(Path, case), perturbed, params.readers, row)
        for case, perturbed, row in zip(paths, params.perturbed, params.rows, strict=True)
    ],
    settings,
    Kept(params.kept, kept_settings(settings, params.code)),
)
