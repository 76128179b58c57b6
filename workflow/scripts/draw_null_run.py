"""Scores of the models in shuffled outcomes, and in the real ones."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.evaluation_files import TEXT
from osteon.reporting.figures import save_figure
from osteon.reporting.null_figure import null_figure
from osteon.reporting.outcome_tables import HEADLINES
from osteon.tables.files import read_table

scores, summary = (read_table(path, text=TEXT) for path in (snakemake.input.scores, snakemake.input.summary))
figure = null_figure(scores, summary, snakemake.params.labels, HEADLINES[snakemake.params.outcome].title)
save_figure(figure, snakemake.output.figure[0].removesuffix(".svg"))
