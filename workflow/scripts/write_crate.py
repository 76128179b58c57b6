"""Write down the run as an RO-Crate: the workflow, how long each rule took, and what came out of what."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.study import Study
from osteon.reporting.crate import crate_metadata, read_run, readme, timings_table
from osteon.reporting.language import language
from osteon.tables.files import write_json, write_table, write_text

study, outputs = Study(**snakemake.params.study), snakemake.output
results = Path(outputs.crate).parent
for file in snakemake.input.workflow:
    write_text(Path(file).read_text(encoding="utf-8"), Path(outputs.workflow, file))
write_text(readme(study, language(study.study.language)), outputs.readme)
write_table(timings_table(results), outputs.timings)
write_json(crate_metadata(study, read_run(study, results)), outputs.crate)
