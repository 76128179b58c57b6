"""What a model was chosen among: one cell for each selection and classifier."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.reporting.content import BY_MODEL_TEXT
from osteon.reporting.figures import save_figure
from osteon.reporting.outcome_tables import HEADLINES
from osteon.reporting.search_figure import search_figure
from osteon.tables.files import read_table

search = read_table(snakemake.input.search, text=BY_MODEL_TEXT)
figure = search_figure(search, HEADLINES[snakemake.params.outcome].title)
save_figure(figure, snakemake.output.figure[0].removesuffix(".svg"))
