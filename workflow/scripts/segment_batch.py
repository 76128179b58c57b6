"""Masks of one batch of cases, one process, one file per case."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.segmentation import Segmentation
from osteon.segmentation.batch import CaseFiles, segment_batch

cases = zip(
    snakemake.input.status, snakemake.input.folder, snakemake.output.status, snakemake.output.folder, strict=True
)
segment_batch(
    [CaseFiles(*map(Path, paths)) for paths in cases],
    Segmentation(**snakemake.params.settings, model=str(snakemake.input.model) or None),
    snakemake.params.sequence,
    snakemake.params.labels,
    snakemake.threads,
)
