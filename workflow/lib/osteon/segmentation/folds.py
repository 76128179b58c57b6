"""One fold from start to end: train it, or take it from an earlier run, and export it."""

from __future__ import annotations

import logging
import platform
import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from osteon.config.segmentation import Training
from osteon.segmentation.dataset import DATASET
from osteon.segmentation.package import export_fold
from osteon.segmentation.planning import PLANS
from osteon.segmentation.train import learning_curves, train_fold
from osteon.tables.files import read_json, write_json, write_table
from osteon.tables.kept import Kept

log = logging.getLogger(__name__)

PACKAGES = ("nnunetv2", "torch", "dynamic-network-architectures", "numpy", "SimpleITK")


def versions() -> dict[str, str]:
    """Versions of what a training depends on."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def make_fold(
    fold: int,
    prepared: Path,
    cases: Sequence[Mapping],
    settings: Training,
    seed: int,
    kept: Kept,
    outputs: Mapping[str, Path],
    threads: int = 1,
    device: str = "auto",
) -> None:
    """Write the model of one fold, its learning curves and the versions it was made with.

    A training that was interrupted goes on where its state was last saved, and a finished one is not done again,
    provided that cases, plans, settings, seed, code and versions are the same. Both lie in the folder of `kept`.

    Args:
        fold: its number.
        prepared: the folder that `planning.plan_training` filled.
        cases: what it returned.
        settings: of the training, without the choice of folds.
        seed: of the study.
        kept: finished folds; its `rest` holds settings, code and versions.
        outputs: 'model' (zip), 'curves' (TSV) and 'record' (JSON).
        threads: CPU threads.
        device: auto, cpu or cuda; not part of what must be the same.
    """
    name = f"fold_{fold}"
    made_of = {file: read_json(prepared / DATASET / file) for file in (f"{PLANS}.json", "dataset.json")}
    key = kept.key({"cases": list(cases), "fold": fold, "seed": seed, **made_of})
    if kept.restore(name, key, outputs):
        log.info("%s was trained before with the same cases and settings", name)
        return
    work = kept.folder / name / f"unfinished-{key[:16]}"
    for other in work.parent.glob("unfinished-*"):
        if other != work:
            log.info("removes the state of a training with other cases or settings")
            shutil.rmtree(other)
    trained = train_fold(fold, prepared, work, settings, seed, threads, device)
    export_fold(trained, fold, outputs["model"])
    write_table(learning_curves(trained / name / "checkpoint_final.pth"), outputs["curves"])
    write_json({"versions": versions()}, outputs["record"])
    kept.keep(name, key, outputs)
    shutil.rmtree(work)
