"""The figures of the manuscript, each with its data, with their captions and a page of them all."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.study import Study
from osteon.reporting.language import language
from osteon.reporting.paper.explained import read_material
from osteon.reporting.paper.figures import paper_figures, write_figures

study, folder = Study(**snakemake.params.study), snakemake.output.figures
say = language(study.study.language)
material = read_material(study, dict(snakemake.input.items()), folder, say)
title, banner = study.study.title or study.study.name, material.content.banner
write_figures(paper_figures(material, say), folder, title, study.study.language, banner, say)
