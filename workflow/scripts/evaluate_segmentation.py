"""Agreement of predicted with manual masks."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.segmentation.evaluate import agreement, summarise_agreement
from osteon.segmentation.pairs import mask_pairs
from osteon.tables.files import write_table

pairs = mask_pairs(
    zip(snakemake.input.predicted, snakemake.input.predicted_folder, strict=True),
    zip(snakemake.input.manual, snakemake.input.manual_folder, strict=True),
)
table = agreement(pairs, snakemake.params.labels)
write_table(table, snakemake.output.agreement)
write_table(summarise_agreement(table), snakemake.output.summary)
