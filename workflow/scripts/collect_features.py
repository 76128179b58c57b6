"""One table of features per center."""

from osteon.jobs import start_job

start_job(snakemake)

from osteon.features.collect import ASKED, collect_delivered, collect_extracted
from osteon.tables.files import read_json, write_table

given, params, center = snakemake.input, snakemake.params, snakemake.wildcards.center
if given.given:
    tables = collect_delivered(center, params.subjects, str(given.given), params.not_features, params.name)
else:
    asked = read_json(given.settings)
    expected = {name: asked[name] for name in ASKED} | {"code": params.extraction}
    tables = collect_extracted(center, given.table, given.status, given.deep, expected=expected)
for name, table in tables._asdict().items():
    write_table(table, snakemake.output[name])
