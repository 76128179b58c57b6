"""This study beside another one on the same patients: what differs, and what comes of it."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

import yaml

from osteon.config.comparison import compared_files
from osteon.config.study import Study
from osteon.reporting.beside_page import beside_page, write_beside
from osteon.reporting.language import language
from osteon.reporting.paper.stored import store
from osteon.reporting.side_by_side import lead_texts, page_title, read_side, side_by_side
from osteon.reporting.side_by_side_tables import auc_table

study, out = Study(**snakemake.params.study), snakemake.output
say, page, tables = language(study.study.language), Path(out.page), Path(out.tables)
sides = []
given = snakemake.input
for results, config, confounding in (
    (str(page.parents[1]), given.own, given.confounding),
    (snakemake.params.other, given.other, given.other_confounding),
):
    one = Study.model_validate(yaml.safe_load(Path(config).read_text(encoding="utf-8")))
    files = compared_files(one, results) | {"confounding": confounding}
    sides.append(read_side(one, files, str(page.parents[1]), say))
sections = side_by_side(*sides, study.compare_with, say)
title, lead = page_title(say), lead_texts(*sides, say)
text = beside_page(title, lead, sides[0].content.banner, sections, tables.name, study.study.language, say)
write_beside(text, sections, page, tables)
store(auc_table(*sides, say) if study.models else None, out.auc, "the study has no models")
