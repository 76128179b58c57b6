"""The figures of the manuscript besides those of the validation, each with its data."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.study import Study
from osteon.reporting.content import read_content
from osteon.reporting.language import language
from osteon.reporting.paper.figures import paper_figures, write_figures
from osteon.reporting.paper.further import read_explained, read_further

study, folder, files = Study(**snakemake.params.study), Path(snakemake.output.figures), dict(snakemake.input.items())
say = language(study.study.language)
content, further = read_content(study, files, folder, say), read_further(study, files, folder, say)
write_figures(paper_figures(content, further, read_explained(study, files, say), say), folder)
