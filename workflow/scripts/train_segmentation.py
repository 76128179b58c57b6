"""Train."""

from osteon.jobs import start_job

start_job(snakemake)
