"""Deep features of one batch of cases, one process, one file per case."""

from osteon.jobs import start_job

start_job(snakemake)

from functools import partial
from importlib.metadata import version
from pathlib import Path

from osteon.config.features import Deep, Roi
from osteon.config.segmentation import Segmentation
from osteon.features.deep import CaseFiles, DeepSettings, deep_batch
from osteon.segmentation.deep import embed, encoder_of
from osteon.segmentation.predict import load_model
from osteon.tables.files import file_sha256
from osteon.tables.kept import Kept

given, params = snakemake.input, snakemake.params
deep, path = Deep(**params.settings["deep"]), str(given.model)
model = load_model(path, Segmentation(method="nnunet", model=path, device=params.device), snakemake.threads)
encoder = encoder_of(model, deep.stage)
settings = DeepSettings(
    params.sequence,
    params.settings["labels"],
    {name: Roi(**roi) for name, roi in params.settings["rois"].items()},
    encoder.names,
)
paths = zip(
    given.ingest_status, given.native_folder, given.mask_status, given.mask_folder, snakemake.output.table, strict=True
)
software = {name: version(name) for name in ("torch", "nnunetv2", "numpy", "SimpleITK")}
deep_batch(
    [CaseFiles(*map(Path, case), row) for case, row in zip(paths, params.rows, strict=True)],
    settings,
    partial(embed, model, encoder, pooling=deep.pooling),
    Kept(params.kept, [params.settings, params.sequence, params.code, file_sha256(path), software]),
)
