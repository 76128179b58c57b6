"""Figures of one part of the validation, each beside the table that it is drawn from."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.cohort import Outcome
from osteon.config.evaluation_files import TEXT
from osteon.reporting.figures import save_figure
from osteon.reporting.language import language
from osteon.reporting.outcome_figures import validation_figures
from osteon.tables.files import read_table

params = snakemake.params
tables = {name: read_table(path, text=TEXT) for name, path in snakemake.input.items()}
outcome, say = Outcome(**params.outcome), language(params.language)
for name, figure in validation_figures(tables, outcome, params.labels, params.titles, say).items():
    save_figure(figure, snakemake.output[name][0].removesuffix(".svg"))
