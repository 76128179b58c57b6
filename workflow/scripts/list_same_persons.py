"""External cases of persons who are development cases, too: they are not new to the models."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.ingest.persons import external_duplicates, same_person_table
from osteon.tables.files import read_table, write_table

persons = read_table(snakemake.input.persons, text=("subject", "center", "person"))
write_table(same_person_table(external_duplicates(persons, snakemake.params.roles)), snakemake.output.same_person)
