"""Split development patients into training and test, once; later, new patients are added and nobody is moved."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.cohort import Outcome
from osteon.config.modelling import Validation
from osteon.modelling.kept_splits import continued_splits, keep, read_earlier, read_given
from osteon.modelling.splits import make_splits
from osteon.modelling.task import Task
from osteon.tables.files import read_table, write_table

people = read_table(snakemake.input.development)[["subject", "center", "outcome"]]
persons = read_table(snakemake.input.persons).set_index("subject")["person"]
people["person"] = persons.loc[people["subject"]].to_numpy()
if snakemake.input.dates:
    people = people.merge(read_table(snakemake.input.dates), on="subject", how="left", validate="1:1")
params = snakemake.params
validation, task = Validation(**params.validation), Task.of(Outcome(**params.outcome))
settings = {"validation": params.validation, "outcome": params.outcome, "seed": params.seed}
given = snakemake.input.earlier
sets, earlier = read_given(given) if given else (None, read_earlier(params.kept, settings))
if earlier is None:
    splits = make_splits(people, validation, task, params.seed, sets)
else:
    splits = continued_splits(people, earlier, validation, task, params.seed)
write_table(splits, snakemake.output.splits)
keep(splits, params.kept, settings)
