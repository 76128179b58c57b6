"""The flow diagram of the cohort."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.reporting.figures import save_figure
from osteon.reporting.flow_diagram import flow_figure
from osteon.reporting.language import language
from osteon.tables.files import read_table

params = snakemake.params
figure = flow_figure(read_table(snakemake.input.flow), params.centers, language(params.language))
save_figure(figure, snakemake.output.figure[0].removesuffix(".svg"))
