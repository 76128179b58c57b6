"""What a model was chosen among: one cell for each selection and classifier."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.reporting.content import BY_MODEL_TEXT
from osteon.reporting.figures import save_figure
from osteon.reporting.language import language
from osteon.reporting.outcome_tables import headline_of
from osteon.reporting.search_figure import search_figure
from osteon.tables.files import read_table

search = read_table(snakemake.input.search, text=BY_MODEL_TEXT)
say = language(snakemake.params.language)
figure = search_figure(search, headline_of(snakemake.params.outcome, say).title, say)
save_figure(figure, snakemake.output.figure[0].removesuffix(".svg"))
