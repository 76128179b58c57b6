"""Frozen models of earlier studies for the patients of one center, and how good they are where outcomes exist."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.config.beside import beside
from osteon.config.cohort import Outcome
from osteon.config.modelling import Validation
from osteon.modelling.apply import apply_bundles
from osteon.modelling.bundle import load
from osteon.modelling.newcomer_files import read_newcomers
from osteon.tables.files import read_table, write_table

inputs, params = snakemake.input, snakemake.params
text = ("subject", "center", *params.divisions)
given = read_newcomers(
    inputs.features,
    beside(params.table or inputs.features),
    participants=inputs.participants[0] if inputs.participants else None,
    outcome=Outcome(**params.outcome) if params.outcome else None,
    cases=params.cases,
    key=params.key,
    names=params.centers,
    units=params.units,
    batches=read_table(inputs.batches, text=text) if inputs.batches else None,
)
bundles = {name: load(path) for name, path in zip(params.names, inputs.bundles, strict=True)}
tables = apply_bundles(bundles, given, Validation(**params.settings["validation"]), params.seed)
for name, path in snakemake.output.items():
    write_table(tables[name], path)
