"""The methods section of the manuscript with its literature, and what the checklists ask for."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.study import Study
from osteon.reporting.checklists import CHECKLISTS, checklist, propose
from osteon.reporting.checklists_page import checklists_page, counts_table
from osteon.reporting.language import language
from osteon.reporting.methods_text import methods
from osteon.reporting.set_names import banner_of
from osteon.reporting.study_facts import facts_of
from osteon.tables.files import read_table, write_table, write_text

inputs, outputs = snakemake.input, snakemake.output
study = Study(**snakemake.params.study)
code, results = study.study.language, Path(outputs.methods).parents[1]
facts = facts_of(study, results, read_table(inputs.acquisition) if inputs.acquisition else None)
say, title = language(code), study.study.title or study.study.name
tables = {key: propose(checklist(key), facts, code) for key in CHECKLISTS}
for table, path in zip(tables.values(), outputs.checklists, strict=True):
    write_table(table, path)
write_table(counts_table(tables), outputs.counts)
write_text(checklists_page(tables, title, banner_of(study, say), say), outputs.page)
text = methods(facts_of(study, results, facts.acquisition), read_table(inputs.flow), read_table(inputs.software), code)
write_text(text.markdown, outputs.methods)
write_text(text.bibtex, outputs.literature)
