"""One table of features of shuffled regions per center."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.features.collect import ASKED, collect_extracted
from osteon.tables.files import read_json, write_table

given, params = snakemake.input, snakemake.params
asked = read_json(given.settings)
expected = {name: asked[name] for name in ASKED} | {"code": params.extraction, "shuffle_seed": params.seed}
collected = collect_extracted(snakemake.wildcards.center, given.table, given.status, expected=expected)
write_table(collected.features, snakemake.output.features)
write_table(collected.missing, snakemake.output.missing)
