"""Train one fold of the segmentation network, or go on with a training that was interrupted."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.segmentation import Training
from osteon.segmentation.folds import make_fold, versions
from osteon.segmentation.nnunet import claim_gpu
from osteon.tables.files import read_json
from osteon.tables.kept import Kept

params = snakemake.params
claim_gpu(params.device)
make_fold(
    int(snakemake.wildcards.fold),
    Path(snakemake.input.prepared),
    read_json(snakemake.input.plan)["cases"],
    Training(**params.settings),
    params.seed,
    Kept(params.kept, {"settings": params.settings, "code": params.code, "versions": versions()}),
    {name: Path(path) for name, path in snakemake.output.items()},
    snakemake.threads,
    params.device,
)
