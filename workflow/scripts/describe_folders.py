"""A README.txt of two lines in each folder of the results."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.reporting.folders import GUIDES
from osteon.tables.files import write_text

for guide in map(Path, snakemake.output.guides):
    write_text(GUIDES[guide.parent.name], guide)
