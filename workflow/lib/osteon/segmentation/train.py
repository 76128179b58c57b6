"""Training of an nnU-Net in this process, from images and manual masks to an exported model.

nnU-Net plans and preprocesses; its stock trainer learns (a model whose checkpoint names a stock trainer
loads wherever nnunetv2 is installed). What `Training` overrides is set on the plans and on the trainer
object. nnU-Net: Isensee et al., Nature Methods 18, 203 (2021), package nnunetv2.

nnU-Net's own planning and preprocessing start worker processes that import the calling script again, which
a workflow script does not survive; the same functions of nnU-Net are called here case by case instead.
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
import SimpleITK as sitk

from osteon.config.imaging import Training
from osteon.images.io import read_image, write_image
from osteon.images.masks import to_grid
from osteon.segmentation.nnunet import Folders, nnunet_folders, quiet, torch_device
from osteon.tables.files import read_json, write_json

log = logging.getLogger(__name__)

DATASET = "Dataset001_Osteon"
PLANS = "nnUNetPlans"


@dataclass(frozen=True)
class TrainingCase:
    """One image with its manual mask."""

    center: str
    subject: str
    image: Path
    mask: Path

    @property
    def name(self) -> str:
        """Identifier inside nnU-Net."""
        return f"{self.center}-{self.subject}"


@dataclass(frozen=True)
class TrainedModel:
    """Where a training left its results and which cases it learned from."""

    folder: Path
    """nnU-Net's result folder: plans.json, dataset.json, fold_0."""
    training: list[TrainingCase]
    validation: list[TrainingCase]


def train_model(cases: Sequence[TrainingCase], settings: Training, labels: dict[str, int], work: Path, seed: int,
                threads: int = 1, device: str = "auto") -> TrainedModel:
    """Train on all parts of the case list but the first, which is kept for validation.

    `labels` maps names to the integers in the masks; they may be any, nnU-Net sees 1, 2, 3, ... `work` takes
    nnU-Net's three folders and is deleted first; a process can train in one `work` only, because nnU-Net reads
    its folders when it is first imported. On one CPU thread and without loader workers, the same seed gives the
    same weights on the same machine.

    Raises ValueError if a part of the case list would be empty or an override does not fit the plans.
    """
    import torch

    target = torch_device(device)
    parts = split_by_center(cases, settings.folds, seed)
    shutil.rmtree(work, ignore_errors=True)
    folders = nnunet_folders(work)
    torch.set_num_threads(threads)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    write_dataset(cases, labels, folders.raw / DATASET)
    with quiet(log):
        plan(folders, settings)
        preprocess(folders, settings.configuration)
    kept, learned = parts[0], [case for part in parts[1:] for case in part]
    write_json([{"train": [case.name for case in learned], "val": [case.name for case in kept]}],
               folders.preprocessed / DATASET / "splits_final.json")
    with quiet(log):
        trainer = _trainer(settings, target)
        trainer.run_training()
    return TrainedModel(Path(trainer.output_folder_base), learned, kept)


def split_by_center(cases: Sequence[TrainingCase], parts: int, seed: int) -> list[list[TrainingCase]]:
    """Divide the cases into `parts`, each center evenly, independent of the order of the list."""
    result: list[list[TrainingCase]] = [[] for _ in range(parts)]
    generator = np.random.default_rng(seed)
    position = 0
    for center in sorted({case.center for case in cases}):
        own = sorted((case for case in cases if case.center == center), key=lambda case: case.subject)
        for index in generator.permutation(len(own)):
            result[position % parts].append(own[index])
            position += 1
    if not all(result):
        raise ValueError(f"{len(cases)} training cases cannot be divided into {parts} parts; "
                         f"give more cases or write a smaller 'segmentation.train.folds'")
    return [sorted(part, key=lambda case: case.name) for part in result]


def write_dataset(cases: Sequence[TrainingCase], labels: dict[str, int], folder: Path) -> None:
    """Write nnU-Net's raw dataset: images as they are, masks on the image's grid with labels 1, 2, 3, ...

    dataset.json keeps under `mask_values` which integer of the study each label stands for.
    """
    for name in ("imagesTr", "labelsTr"):
        (folder / name).mkdir(parents=True)
    for case in cases:
        image = read_image(case.image)
        values = sitk.GetArrayFromImage(to_grid(read_image(case.mask), image))
        target = np.zeros(values.shape, np.uint8)
        for index, value in enumerate(labels.values(), start=1):
            target[values == value] = index
        mask = sitk.GetImageFromArray(target)
        mask.CopyInformation(image)
        write_image(image, folder / "imagesTr" / f"{case.name}_0000.nii.gz")
        write_image(mask, folder / "labelsTr" / f"{case.name}.nii.gz")
    write_json({"channel_names": {"0": "MR"}, "file_ending": ".nii.gz", "numTraining": len(cases),
                "labels": {"background": 0} | {name: index for index, name in enumerate(labels, start=1)},
                "mask_values": [0, *labels.values()], "overwrite_image_reader_writer": "SimpleITKIO"},
               folder / "dataset.json")


def plan(folders: Folders, settings: Training) -> None:
    """Let nnU-Net plan the experiment, then write the overrides of `settings` into its plans."""
    from nnunetv2.experiment_planning.experiment_planners.default_experiment_planner import ExperimentPlanner

    target = folders.preprocessed / DATASET
    target.mkdir(parents=True)
    write_json(_fingerprint(folders), target / "dataset_fingerprint.json")
    ExperimentPlanner(DATASET).plan_experiment()
    plans = read_json(target / f"{PLANS}.json")
    if settings.configuration not in plans["configurations"]:
        raise ValueError(f"nnU-Net planned no configuration '{settings.configuration}' for these images; "
                         f"allowed: {', '.join(plans['configurations'])}")
    override_plans(plans["configurations"][settings.configuration], settings)
    write_json(plans, target / f"{PLANS}.json")


def override_plans(configuration: dict, settings: Training) -> None:
    """Put batch size, spacing, channels and patch of `settings` into one configuration of the plans, in place."""
    if settings.batch_size is not None:
        configuration["batch_size"] = settings.batch_size
    if settings.spacing is not None:
        if len(settings.spacing) != len(configuration["spacing"]):
            raise ValueError(f"'segmentation.train.spacing' is {settings.spacing}; "
                             f"{len(configuration['spacing'])} numbers are needed")
        configuration["spacing"] = list(settings.spacing)
    network = configuration["architecture"]["arch_kwargs"]
    if settings.channels is not None:
        stages = len(settings.channels)
        if not 2 <= stages <= network["n_stages"]:
            raise ValueError(f"'segmentation.train.channels' has {stages} stages; nnU-Net planned "
                             f"{network['n_stages']} for these images: give 2 to {network['n_stages']} numbers")
        network["n_stages"] = stages
        network["features_per_stage"] = list(settings.channels)
        for key in ("kernel_sizes", "strides", "n_conv_per_stage"):
            network[key] = network[key][:stages]
        network["n_conv_per_stage_decoder"] = network["n_conv_per_stage_decoder"][:stages - 1]
    if settings.patch is not None:
        shrink = np.prod(network["strides"], axis=0)
        if len(settings.patch) != len(shrink) or np.any(np.array(settings.patch) % shrink):
            raise ValueError(f"'segmentation.train.patch' is {settings.patch}; this network needs {len(shrink)} "
                             f"multiples of {shrink.tolist()}")
        configuration["patch_size"] = list(settings.patch)


def preprocess(folders: Folders, configuration: str) -> None:
    """Crop, normalise and resample every training case with nnU-Net's preprocessor."""
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    target = folders.preprocessed / DATASET
    plans = PlansManager(str(target / f"{PLANS}.json"))
    manager = plans.get_configuration(configuration)
    dataset = read_json(folders.raw / DATASET / "dataset.json")
    output = target / manager.data_identifier
    output.mkdir()
    preprocessor = manager.preprocessor_class(verbose=False)
    for image, mask in _files(folders):
        preprocessor.run_case_save(str(output / mask.name.removesuffix(".nii.gz")), [str(image)], str(mask), plans,
                                   manager, dataset)


def _files(folders: Folders) -> list[tuple[Path, Path]]:
    """Image and mask of every case of the raw dataset."""
    raw = folders.raw / DATASET
    return [(raw / "imagesTr" / mask.name.replace(".nii.gz", "_0000.nii.gz"), mask)
            for mask in sorted((raw / "labelsTr").glob("*.nii.gz"))]


def _fingerprint(folders: Folders) -> dict:
    """nnU-Net's dataset fingerprint: grids, and the intensities inside the masks."""
    from nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor import DatasetFingerprintExtractor
    from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO

    found = [DatasetFingerprintExtractor.analyze_case([str(image)], str(mask), SimpleITKIO)
             for image, mask in _files(folders)]
    shapes, spacings, intensities, _, shares = zip(*found, strict=True)
    values = np.concatenate([case[0] for case in intensities])
    low, median, high = np.percentile(values, (0.5, 50.0, 99.5))
    statistics = {"mean": values.mean(), "median": median, "std": values.std(), "min": values.min(),
                  "max": values.max(), "percentile_99_5": high, "percentile_00_5": low}
    return {"spacings": [[float(value) for value in spacing] for spacing in spacings],
            "shapes_after_crop": [[int(size) for size in shape] for shape in shapes],
            "foreground_intensity_properties_per_channel": {
                "0": {name: float(value) for name, value in statistics.items()}},
            "median_relative_size_after_cropping": float(np.median(shares))}


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
        trainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size, settings,
        trainer.configuration_manager.patch_size)
    trainer.initialize()
    if settings.bfloat16 and device.type == "cpu":
        trainer.network.forward = _in_bfloat16(trainer.network.forward)
    trainer.on_epoch_end = _reporting(trainer, trainer.on_epoch_end)
    return trainer


def _adamw(trainer):
    """AdamW with nnU-Net's polynomial decay."""
    import torch
    from nnunetv2.training.lr_scheduler.polylr import PolyLRScheduler

    optimizer = torch.optim.AdamW(trainer.network.parameters(), lr=trainer.initial_lr,
                                  weight_decay=trainer.weight_decay)
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
        log.info("epoch %d of %d: loss %.3f, pseudo Dice %s", trainer.current_epoch, trainer.num_epochs,
                 history["train_losses"][-1], ", ".join(f"{x:.3f}" for x in history["dice_per_class_or_region"][-1]))
    return end


def _in_bfloat16(forward: Callable) -> Callable:
    """The network's pass in bfloat16 where that is safe; the loss sees float32, or its sums lose their digits."""
    import torch

    def mixed(batch):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs = forward(batch)
        return [output.float() for output in outputs] if isinstance(outputs, list) else outputs.float()
    return mixed
