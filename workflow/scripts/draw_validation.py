"""ROC, calibration and decision curves of one part of the validation."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.reporting.figures import calibration_figure, decision_figure, roc_figure, save_figure
from osteon.tables.files import read_table

inputs, output = snakemake.input, snakemake.output
labels, titles = snakemake.params.labels, snakemake.params.titles
roc = roc_figure(read_table(inputs.roc), read_table(inputs.performance), labels, titles)
save_figure(roc, output.roc[0].removesuffix(".svg"))
save_figure(calibration_figure(read_table(inputs.curve), labels, titles), output.calibration[0].removesuffix(".svg"))
save_figure(decision_figure(read_table(inputs.decision), labels, titles), output.decision[0].removesuffix(".svg"))
