"""The flow diagram of the cohort."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.reporting.figures import save_figure
from osteon.reporting.flow_diagram import flow_figure
from osteon.tables.files import read_table

figure = flow_figure(read_table(snakemake.input.flow), snakemake.params.centers)
save_figure(figure, snakemake.output.figure[0].removesuffix(".svg"))
