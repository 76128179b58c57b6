"""Train nnU-Net on the manual masks; export the model and say how good it is."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.segmentation import Segmentation, Training
from osteon.segmentation.assess import assess_model, limits_of
from osteon.segmentation.card import model_card
from osteon.segmentation.cases import training_cases
from osteon.segmentation.package import export_model
from osteon.segmentation.train import train_model
from osteon.tables.files import write_text

params, output = snakemake.params, snakemake.output
settings, model = Training(**params.settings), Path(output.model)
cases = training_cases(zip(snakemake.input.status, snakemake.input.folder, strict=True), params.sequence)
trained = train_model(
    cases, settings, params.labels, model.parent / "nnunet", params.study["seed"], snakemake.threads, params.device
)
export_model(trained.folder, model)
results = assess_model(
    model,
    trained.validation,
    params.labels,
    Segmentation(method="nnunet", model=output.model, device=params.device),
    model.parent / "validation",
    snakemake.threads,
)
card = model_card(
    params.study["title"],
    trained,
    settings,
    params.labels,
    params.study["seed"],
    {"Agreement on patients kept for validation": results},
    limits_of(params.study["simulated"], sorted({case.center for case in cases})),
)
write_text(card, output.card)
