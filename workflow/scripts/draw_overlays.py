"""Masks on the images of a few cases of each hospital: those with the best, the median and the worst agreement."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.reporting.palette import outline_colors
from osteon.segmentation.overlays import draw_overlays, shown_cases
from osteon.tables.files import read_table, write_table
from osteon.tables.status import CaseStatus

given, told = snakemake.input, snakemake.params
statuses = [CaseStatus.read(path) for path in given.segmented]
agreement = read_table(given.agreement, ("subject", "center", "label", "how", "reason")) if given.agreement else None
table = draw_overlays(
    shown_cases(statuses, agreement),
    zip(given.segmented, given.segmented_folder, strict=True),
    zip(given.ingested, given.ingested_folder, strict=True),
    zip(given.prepared, given.prepared_folder, strict=True),
    told.sequences,
    told.labels,
    outline_colors(told.labels),
    Path(snakemake.output.pictures),
)
write_table(table, snakemake.output.overlays)
