"""Grey levels of one center; the study stops here if most of its regions have a single one."""

from osteon.jobs import start_job

logger = start_job(snakemake)

import sys

from osteon.features.levels import (
    LevelsRefused,
    extracted_levels,
    judge_delivered,
    judge_extracted,
    refuse,
    wide_levels,
)
from osteon.features.table import read_feature_table
from osteon.tables.files import write_table

given, params, center = snakemake.input, snakemake.params, snakemake.wildcards.center
rows = extracted_levels(given.status)
judged = judge_extracted(rows, params.levels)
if given.given:
    features, _ = read_feature_table(str(given.given), center, params.subjects, params.not_features, params.name)
    judged = judge_delivered(features)
try:
    if params.one_level == "refuse":
        refuse(judged)
except LevelsRefused as error:
    logger.error("%s", error)
    sys.exit(1)
write_table(wide_levels(rows), snakemake.output.levels)
write_table(judged, snakemake.output.judged)
