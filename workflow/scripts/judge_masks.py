"""Numbers and flags of every mask, the list of masks to review, and a picture of each of these."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.segmentation import MaskQuality
from osteon.reporting.palette import outline_colors
from osteon.segmentation.quality import judge
from osteon.segmentation.review import draw_pictures, review_list
from osteon.tables.files import write_table
from osteon.tables.status import CaseStatus

given, told = snakemake.input, snakemake.params
statuses = [CaseStatus.read(path) for path in given.segmented]
quality = judge(statuses, list(told.labels), told.head_to_foot, MaskQuality(**told.limits))
review = review_list(quality, statuses, told.labels, told.corrections)
write_table(quality, snakemake.output.quality)
write_table(review, snakemake.output.review)
draw_pictures(
    review,
    zip(given.segmented, given.segmented_folder, strict=True),
    zip(given.ingested, given.ingested_folder, strict=True),
    told.sequence,
    told.labels,
    outline_colors(told.labels),
    Path(snakemake.output.pictures),
)
