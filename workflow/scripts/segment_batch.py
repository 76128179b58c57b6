"""Masks of one batch of cases, one process, one file per case."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.corrections import subject_of
from osteon.config.delivery import MaskChecks
from osteon.config.segmentation import Segmentation
from osteon.segmentation.batch import segment_batch
from osteon.segmentation.order import CaseFiles, Order

params = snakemake.params
paths = zip(
    snakemake.input.status, snakemake.input.folder, snakemake.output.status, snakemake.output.folder, strict=True
)
cases = [
    CaseFiles(
        *map(Path, case), tuple(Path(file) for file in snakemake.input.corrections if subject_of(file) == subject)
    )
    for subject, case in zip(params.subjects, paths, strict=True)
]
order = Order(
    Segmentation(**params.settings, model=str(snakemake.input.model) or None),
    params.sequence,
    params.labels,
    MaskChecks(**params.checks),
    frozenset(params.annotated),
    params.code,
)
segment_batch(cases, order, Path(params.kept), snakemake.threads)
