"""The tables and figures of a paper, under their numbers, each beside the ones of this study."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.published import read_layout
from osteon.config.study import Study
from osteon.reporting.beside_page import beside_page, write_beside
from osteon.reporting.further_sections import read_figures
from osteon.reporting.language import language
from osteon.reporting.published_page import (
    lead_texts,
    page_title,
    published_sections,
    read_findings,
    read_own_figures,
)
from osteon.reporting.published_values import read_own

study, files = Study(**snakemake.params.study), dict(snakemake.input.items())
say, page, tables = language(study.study.language), Path(snakemake.output.page), Path(snakemake.output.tables)
layout = read_layout(study.published.layout)
own = read_own(study, files, page.parents[1], say)
captions = read_figures(snakemake.input.figures, list(study.models)).captions
figures = read_own_figures(layout, snakemake.input.figures, captions)
findings = read_findings(snakemake.input.audit)
sections = published_sections(study.published, layout, own, findings, figures, say)
title, lead = page_title(say), lead_texts(layout, study.study.simulated, say)
text = beside_page(title, lead, own.content.banner, sections, tables.name, study.study.language, say)
write_beside(text, sections, page, tables)
