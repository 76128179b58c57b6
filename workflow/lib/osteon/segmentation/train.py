"""Training of an nnU-Net in this process, from images and manual masks to weights.

The trainer is a stock class of nnunetv2 (a checkpoint names its trainer's class, so that the model loads
wherever nnunetv2 is installed); what `Training` overrides is set on the object.
nnU-Net: Isensee et al., Nature Methods 18, 203 (2021).
"""

from __future__ import annotations

import logging
import math
import os
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from osteon.config.segmentation import Training
from osteon.segmentation.dataset import DATASET, TrainingCase, split_by_center, write_dataset
from osteon.segmentation.nnunet import limit_threads, nnunet_folders, quiet, torch_device
from osteon.segmentation.planning import PLANS, plan, preprocess
from osteon.tables.files import write_json

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainedModel:
    """Where a training left its results and which cases it learned from."""

    folder: Path
    """nnU-Net's result folder: plans.json, dataset.json, fold_0."""
    training: list[TrainingCase]
    validation: list[TrainingCase]


def train_model(
    cases: Sequence[TrainingCase],
    settings: Training,
    labels: dict[str, int],
    work: Path,
    seed: int,
    threads: int = 1,
    device: str = "auto",
) -> TrainedModel:
    """Train on all parts of the case list but the first, which is kept for validation.

    `labels` maps names to the integers in the masks; they may be any, nnU-Net sees 1, 2, 3, ... `work` takes
    nnU-Net's three folders and is deleted first; a process can train in one `work` only, because nnU-Net reads
    its folders when it is first imported. On one CPU thread and without loader workers, the same seed gives the
    same weights on the same machine.

    Raises ValueError if a part of the case list would be empty or an override does not fit the plans.
    """
    limit_threads(threads)
    import torch

    target = torch_device(device)
    parts = split_by_center(cases, settings.folds, seed)
    shutil.rmtree(work, ignore_errors=True)
    folders = nnunet_folders(work)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    write_dataset(cases, labels, folders.raw / DATASET)
    with quiet(log):
        plan(folders, settings)
        preprocess(folders, settings.configuration)
    kept, learned = parts[0], [case for part in parts[1:] for case in part]
    write_json(
        [{"train": [case.name for case in learned], "val": [case.name for case in kept]}],
        folders.preprocessed / DATASET / "splits_final.json",
    )
    with quiet(log):
        trainer = _trainer(settings, target)
        trainer.run_training()
    return TrainedModel(Path(trainer.output_folder_base), learned, kept)


def _trainer(settings: Training, device):
    """nnU-Net's stock trainer with the attributes of `settings` put on the object."""
    from nnunetv2.run.run_training import get_trainer_from_args

    # Read when the loaders start. Earlier, zero would break nnU-Net's planning.
    os.environ.update(nnUNet_n_proc_DA=str(settings.loader_workers))
    trainer = get_trainer_from_args(DATASET, settings.configuration, 0, settings.trainer, PLANS, device=device)
    trainer.num_epochs = settings.epochs
    trainer.num_iterations_per_epoch = settings.iterations
    trainer.num_val_iterations_per_epoch = max(1, settings.iterations // 10)
    trainer.save_every = max(1, settings.epochs // 10)
    trainer.logger.plot_progress_png = lambda folder: None
    if settings.learning_rate is not None:
        trainer.initial_lr = settings.learning_rate
    if settings.optimizer == "adamw":
        trainer.configure_optimizers = lambda: _adamw(trainer)
    trainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size = _limited_augmentation(
        trainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size,
        settings,
        trainer.configuration_manager.patch_size,
    )
    trainer.initialize()
    if settings.bfloat16 and device.type == "cpu":
        trainer.network.forward = _in_bfloat16(trainer.network.forward)
    trainer.on_epoch_end = _reporting(trainer, trainer.on_epoch_end)
    return trainer


def _adamw(trainer):
    """AdamW with nnU-Net's polynomial decay."""
    import torch
    from nnunetv2.training.lr_scheduler.polylr import PolyLRScheduler

    optimizer = torch.optim.AdamW(
        trainer.network.parameters(), lr=trainer.initial_lr, weight_decay=trainer.weight_decay
    )
    return optimizer, PolyLRScheduler(optimizer, trainer.initial_lr, trainer.num_epochs)


def _limited_augmentation(original: Callable, settings: Training, patch: Sequence[int]) -> Callable:
    """nnU-Net's choice of rotation and of the region that a patch is cut from, within the study's limits."""

    def limited():
        rotation, flat, region, mirror = original()
        if settings.rotation is not None:
            rotation = (-math.radians(settings.rotation), math.radians(settings.rotation))
        if settings.shift is not None:
            region = np.array([round(size * (1 + 2 * settings.shift)) for size in patch])
        return rotation, flat, region, mirror

    return limited


def _reporting(trainer, original: Callable) -> Callable:
    """End of epoch that also logs how far the training is."""

    def end():
        original()
        history = trainer.logger.my_fantastic_logging
        log.info(
            "epoch %d of %d: loss %.3f, pseudo Dice %s",
            trainer.current_epoch,
            trainer.num_epochs,
            history["train_losses"][-1],
            ", ".join(f"{x:.3f}" for x in history["dice_per_class_or_region"][-1]),
        )

    return end


def _in_bfloat16(forward: Callable) -> Callable:
    """The network's pass in bfloat16 where that is safe; the loss sees float32, or its sums lose their digits."""
    import torch

    def mixed(batch):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs = forward(batch)
        return [output.float() for output in outputs] if isinstance(outputs, list) else outputs.float()

    return mixed
