"""A picture of every sequence of every case of a center, with the contours of its mask."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.reporting.palette import outline_colors
from osteon.segmentation.contours import draw_contours
from osteon.tables.files import write_table

given, told = snakemake.input, snakemake.params
pictures = draw_contours(
    zip(given.preprocessed, given.preprocessed_folder, strict=True),
    zip(given.segmented, given.segmented_folder, strict=True),
    told.sequences,
    told.labels,
    outline_colors(told.labels),
    Path(snakemake.output.pictures),
)
write_table(pictures, snakemake.output.pictures_list)
