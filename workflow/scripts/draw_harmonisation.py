"""The training patients by their first two principal components, before and after ComBat."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.reporting.figures import save_figure
from osteon.reporting.harmonisation_figure import components_figure
from osteon.reporting.language import language
from osteon.tables.files import read_table

params = snakemake.params
figure = components_figure(read_table(snakemake.input.pca), params.centers, language(params.language))
save_figure(figure, snakemake.output.figure[0].removesuffix(".svg"))
