"""The page of masks to review: one picture per case, self-contained."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.reporting.language import language
from osteon.reporting.review_page import review_page
from osteon.tables.files import read_table, write_text

text = ("subject", "center", "label", "source", "labels", "codes", "found", "what", "action", "picture", "not_judged")
page = review_page(
    read_table(snakemake.input.review, text),
    read_table(snakemake.input.quality, text),
    snakemake.input.pictures,
    title=snakemake.params.title,
    simulated=snakemake.params.simulated,
    centers=snakemake.params.centers,
    labels=snakemake.params.labels,
    corrections=snakemake.params.corrections,
    say=language(snakemake.params.language),
)
write_text(page, snakemake.output.page)
