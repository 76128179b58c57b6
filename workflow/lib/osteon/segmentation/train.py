"""Training of one fold of an nnU-Net in this process, from preprocessed images to weights.

The trainer is a stock class of nnunetv2 (a checkpoint names its trainer's class, so that the model loads
wherever nnunetv2 is installed); what `Training` overrides is set on the object.
nnU-Net: Isensee et al., Nature Methods 18, 203 (2021).
"""

from __future__ import annotations

import logging
import math
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.config.segmentation import Training
from osteon.segmentation.archive import ModelRefused
from osteon.segmentation.dataset import DATASET
from osteon.segmentation.nnunet import Folders, limit_threads, quiet, torch_device, use_folders
from osteon.segmentation.package import load_checkpoint
from osteon.segmentation.planning import PLANS
from osteon.tables.files import atomic_path

log = logging.getLogger(__name__)

SAVING = 0.05
"""Largest share of the time that goes into saving the state to continue from."""


def train_fold(
    fold: int, prepared: Path, work: Path, settings: Training, seed: int, threads: int = 1, device: str = "auto"
) -> Path:
    """Train on all parts of the cases but number `fold`, or go on with a training that was interrupted.

    The random numbers of an epoch depend on seed, fold and epoch alone. So on one CPU thread and without loader
    workers, the same seed gives the same weights on the same machine, whether or not the training was interrupted.

    Args:
        fold: the part that is kept for validation.
        prepared: the folder that `planning.plan_training` filled; it is only read.
        work: takes nnU-Net's results. What lies there is continued, so it must be of these settings and cases. A
            process can train in one `work` only.
        settings: of the training.
        seed: of the study.
        threads: CPU threads.
        device: auto, cpu or cuda.

    Returns:
        nnU-Net's result folder, with plans.json, dataset.json and fold_<fold>/checkpoint_final.pth.
    """
    limit_threads(threads)
    use_folders(Folders(work / "raw", prepared, work / "results"))
    target = torch_device(device)
    _seed(seed, fold)
    with quiet(log):
        trainer = _trainer(settings, fold, seed, target)
        if not Path(trainer.output_folder, "checkpoint_final.pth").is_file():
            _continue(trainer)
            trainer.run_training()
    return Path(trainer.output_folder_base)


def learning_curves(checkpoint: Path) -> pd.DataFrame:
    """Losses, learning rate and nnU-Net's pseudo Dice (on random patches) per epoch, from a finished checkpoint."""
    history = load_checkpoint(checkpoint)["logging"]
    columns = {
        "loss": "train_losses",
        "validation_loss": "val_losses",
        "learning_rate": "lrs",
        "pseudo_dice": "mean_fg_dice",
    }
    table = pd.DataFrame({name: history[key] for name, key in columns.items()})
    table.insert(0, "epoch", range(1, len(table) + 1))
    return table


def _trainer(settings: Training, fold: int, seed: int, device):
    """nnU-Net's stock trainer with the attributes of `settings` put on the object."""
    from nnunetv2.run.run_training import get_trainer_from_args

    # Read when the loaders start. Earlier, zero would break nnU-Net's planning.
    os.environ.update(nnUNet_n_proc_DA=str(settings.loader_workers))
    trainer = get_trainer_from_args(DATASET, settings.configuration, fold, settings.trainer, PLANS, device=device)
    trainer.num_epochs = settings.epochs
    trainer.num_iterations_per_epoch = settings.iterations
    trainer.num_val_iterations_per_epoch = max(1, settings.iterations // 10)
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
    trainer.on_epoch_start = _seeded(trainer, trainer.on_epoch_start, seed)
    saving = _Saving(trainer)
    trainer.save_checkpoint = saving.save
    trainer.on_epoch_end = _reporting(trainer, saving, trainer.on_epoch_end)
    return trainer


def _continue(trainer) -> None:
    """Load the state in which an earlier process left the training, if there is a usable one."""
    state = Path(trainer.output_folder, "checkpoint_latest.pth")
    if not state.is_file():
        return
    try:
        load_checkpoint(state)  # nnU-Net's own loading would run code of the file
    except ModelRefused as error:
        log.warning("starts anew: the saved state is not usable (%s)", error)
        return
    trainer.load_checkpoint(str(state))
    log.info("continues after epoch %d of %d", trainer.current_epoch, trainer.num_epochs)


class _Saving:
    """Saves the state to continue from as often as `SAVING` allows, whole or not at all."""

    def __init__(self, trainer):
        self.original = trainer.save_checkpoint
        self.last = time.monotonic()
        self.cost = 0.0

    def due(self) -> bool:
        """Whether the last save was long enough ago; the first epoch is always saved."""
        return (time.monotonic() - self.last) * SAVING >= self.cost

    def save(self, filename: str) -> None:
        """nnU-Net's save_checkpoint, without the best one, which nothing here reads."""
        if Path(filename).name == "checkpoint_best.pth":
            return
        start = time.monotonic()
        with atomic_path(filename) as temporary:
            self.original(str(temporary))
        self.last = time.monotonic()
        self.cost = self.last - start


def _seed(*numbers: int) -> None:
    """Seed all random numbers that nnU-Net draws."""
    import torch

    drawn = np.random.SeedSequence(numbers).generate_state(3)
    random.seed(int(drawn[0]))
    np.random.seed(drawn[1])
    torch.manual_seed(int(drawn[2]))


def _seeded(trainer, original: Callable, seed: int) -> Callable:
    """Start of an epoch with random numbers of its own."""

    def start():
        _seed(seed, trainer.fold, trainer.current_epoch + 1)
        original()

    return start


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


def _reporting(trainer, saving: _Saving, original: Callable) -> Callable:
    """End of epoch that saves when it is due, and logs how far the training is; no failed state is saved."""
    import torch

    def end():
        if not all(torch.isfinite(value).all() for value in trainer.network.parameters()):
            raise FloatingPointError(
                f"the training failed in epoch {trainer.current_epoch + 1}: weights are no longer finite numbers; "
                f"write a smaller 'segmentation.train.learning_rate' than {trainer.initial_lr}"
            )
        trainer.save_every = 1 if saving.due() else trainer.num_epochs + 1
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
