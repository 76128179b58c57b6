"""Divide the annotated cases into folds; let nnU-Net plan and preprocess them."""

from osteon.jobs import start_job

start_job(snakemake)

from dataclasses import asdict
from pathlib import Path

from osteon.config.segmentation import Training
from osteon.segmentation.cases import training_cases
from osteon.segmentation.planning import plan_training
from osteon.tables.files import write_json

params, output = snakemake.params, snakemake.output
cases, left_out = training_cases(zip(snakemake.input.status, snakemake.input.folder, strict=True), params.sequence)
plan = plan_training(cases, Training(**params.settings), params.labels, Path(output.prepared), params.seed)
write_json({"cases": plan, "left_out": [asdict(case) for case in left_out]}, output.plan)
