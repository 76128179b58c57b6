"""Predict the cases that one fold of the segmentation network did not learn from."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.segmentation import Segmentation
from osteon.segmentation.cases import kept_from, training_cases
from osteon.segmentation.nnunet import claim_gpu
from osteon.segmentation.predict import load_model, predict
from osteon.tables.files import read_json

claim_gpu(snakemake.params.settings["device"])
cases, _ = training_cases(zip(snakemake.input.status, snakemake.input.folder, strict=True), snakemake.params.sequence)
plan = read_json(snakemake.input.plan)["cases"]
settings = Segmentation(**snakemake.params.settings, model=snakemake.input.model)
model = load_model(snakemake.input.model, settings, snakemake.threads)
folder = Path(snakemake.output.folder)
folder.mkdir(parents=True)
for case in kept_from(int(snakemake.wildcards.fold), cases, plan):
    predict(model, case.image, folder / case.mask_name)
