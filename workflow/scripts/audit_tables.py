"""The study's own tables under the checks for printed tables; a number that cannot be true fails the study."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.study import Study
from osteon.printed.findings import findings_table
from osteon.reporting.content import read_content
from osteon.reporting.language import language
from osteon.reporting.own_audit import audit_study, require_possible
from osteon.reporting.paper.further import read_further
from osteon.tables.files import write_table

study, files = Study(**snakemake.params.study), dict(snakemake.input.items())
say, results = language(study.study.language), Path(snakemake.output.audit).parents[1]
content, further = read_content(study, files, results, say), read_further(study, files, results, say)
findings = audit_study(content, further, snakemake.input.tables, say)
require_possible(findings)
write_table(findings_table(findings), snakemake.output.audit)
