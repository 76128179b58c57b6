"""Agreement of predicted with manual masks, and whether it reaches the targets."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.segmentation import Targets
from osteon.segmentation.archive import trained_on
from osteon.segmentation.evaluate import agreement
from osteon.segmentation.pairs import mask_pairs, with_cross_validation
from osteon.segmentation.summary import agreement_summary
from osteon.tables.files import read_table, write_table

given = snakemake.input
pairs = mask_pairs(
    zip(given.predicted, given.predicted_folder, strict=True),
    zip(given.manual, given.manual_folder, strict=True),
    snakemake.params.sequence,
    trained_on(given.model),
)
table = agreement(pairs, snakemake.params.labels)
if given.cross_validation:
    table = with_cross_validation(
        table, read_table(given.cross_validation, ("subject", "center", "label", "how", "reason"))
    )
write_table(table, snakemake.output.agreement)
write_table(
    agreement_summary(table, Targets(**snakemake.params.targets), snakemake.params.seed), snakemake.output.summary
)
