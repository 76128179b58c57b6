"""Scores of the models in shuffled outcomes, and in the real ones."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.evaluation_files import TEXT
from osteon.reporting.figures import save_figure
from osteon.reporting.language import language
from osteon.reporting.null_figure import null_figure
from osteon.reporting.outcome_tables import headline_of
from osteon.tables.files import read_table

scores, summary = (read_table(path, text=TEXT) for path in (snakemake.input.scores, snakemake.input.summary))
params, say = snakemake.params, language(snakemake.params.language)
figure = null_figure(scores, summary, params.labels, headline_of(params.outcome, say).title, say)
save_figure(figure, snakemake.output.figure[0].removesuffix(".svg"))
