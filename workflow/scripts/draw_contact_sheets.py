"""One contact sheet per sequence of a center, and a page per case behind its thumbnails."""

from osteon.jobs import start_job

start_job(snakemake)

import os
from pathlib import Path

from osteon.reporting.case_page import case_page
from osteon.reporting.contact_sheet import Surroundings, page_name, read_case, sheet_page
from osteon.reporting.language import language
from osteon.tables.files import write_text

pages, say = Path(snakemake.output.pages), language(snakemake.params.language)
around = Surroundings(center=snakemake.wildcards.center, **snakemake.params.around)
located = zip(snakemake.input.status, snakemake.input.folder, strict=True)
cases = [read_case(status, folder, os.path.relpath(folder, pages)) for status, folder in located]
for sequence, path in zip(around.sequences, snakemake.output.sheets, strict=True):
    write_text(sheet_page(cases, sequence, around, say), path)
for position, case in enumerate(cases):
    write_text(case_page(cases, position, around, say), pages / page_name(case.status.subject))
