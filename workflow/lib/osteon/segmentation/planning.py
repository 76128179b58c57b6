"""Planning and preprocessing by nnU-Net, with what the study overrides.

nnU-Net's own commands start worker processes that import the calling script again, which a workflow script
does not survive; the same functions of nnU-Net are called here case by case instead.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from osteon.config.segmentation import Training
from osteon.segmentation.dataset import DATASET, TrainingCase, split_by_center, write_dataset
from osteon.segmentation.nnunet import Folders, quiet, use_folders
from osteon.tables.files import read_json, write_json

log = logging.getLogger(__name__)

PLANS = "nnUNetPlans"


def plan_training(
    cases: Sequence[TrainingCase], settings: Training, labels: dict[str, int], folder: Path, seed: int
) -> list[dict]:
    """Divide the cases into folds, let nnU-Net plan and preprocess them; `folder` becomes its folder of that.

    `labels` maps names to the integers in the masks; they may be any, nnU-Net sees 1, 2, 3, ... A process can plan in
    one `folder` only, because nnU-Net reads its folders when it is first imported.

    Returns:
        One entry per case: center, subject, image_sha256, mask_sha256, and fold, the one in which it is kept for
        validation.

    Raises:
        ValueError: there are too few cases, a label is in no mask, or an override does not fit the plans.
    """
    parts = split_by_center(cases, settings.folds, seed)
    scratch = folder / "raw"
    folders = Folders(scratch, folder, scratch)
    use_folders(folders)
    write_dataset(cases, labels, scratch / DATASET)
    with quiet(log):
        plan(folders, settings)
        preprocess(folders, settings.configuration)
    shutil.rmtree(scratch)
    names = [[case.name for case in part] for part in parts]
    splits = [{"train": [name for part in names if part is not kept for name in part], "val": kept} for kept in names]
    write_json(splits, folder / DATASET / "splits_final.json")
    return [
        {
            "center": case.center,
            "subject": case.subject,
            "image_sha256": case.image_sha256,
            "mask_sha256": case.mask_sha256,
            "fold": number,
        }
        for number, part in enumerate(parts)
        for case in part
    ]


def plan(folders: Folders, settings: Training) -> None:
    """Let nnU-Net plan the experiment, then write the overrides of `settings` into its plans."""
    from nnunetv2.experiment_planning.experiment_planners.default_experiment_planner import ExperimentPlanner

    target = folders.preprocessed / DATASET
    target.mkdir(parents=True)
    write_json(_fingerprint(folders), target / "dataset_fingerprint.json")
    ExperimentPlanner(DATASET).plan_experiment()
    plans = read_json(target / f"{PLANS}.json")
    if settings.configuration not in plans["configurations"]:
        raise ValueError(
            f"nnU-Net planned no configuration '{settings.configuration}' for these images; "
            f"allowed: {', '.join(plans['configurations'])}"
        )
    override_plans(plans["configurations"][settings.configuration], settings)
    write_json(plans, target / f"{PLANS}.json")


def override_plans(configuration: dict, settings: Training) -> None:
    """Put batch size, spacing, channels and patch of `settings` into one configuration of the plans, in place."""
    if settings.batch_size is not None:
        configuration["batch_size"] = settings.batch_size
    if settings.spacing is not None:
        if len(settings.spacing) != len(configuration["spacing"]):
            raise ValueError(
                f"'segmentation.train.spacing' is {settings.spacing}; "
                f"{len(configuration['spacing'])} numbers are needed"
            )
        configuration["spacing"] = list(settings.spacing)
    network = configuration["architecture"]["arch_kwargs"]
    if settings.channels is not None:
        stages = len(settings.channels)
        # With two, the loss of nnU-Net's deep supervision has a total weight of zero.
        if not 3 <= stages <= network["n_stages"]:
            raise ValueError(
                f"'segmentation.train.channels' has {stages} stages; nnU-Net planned "
                f"{network['n_stages']} for these images: give 3 to {network['n_stages']} numbers"
            )
        network["n_stages"] = stages
        network["features_per_stage"] = list(settings.channels)
        for key in ("kernel_sizes", "strides", "n_conv_per_stage"):
            network[key] = network[key][:stages]
        network["n_conv_per_stage_decoder"] = network["n_conv_per_stage_decoder"][: stages - 1]
    if settings.patch is not None:
        shrink = np.prod(network["strides"], axis=0)
        if len(settings.patch) != len(shrink) or np.any(np.array(settings.patch) % shrink):
            raise ValueError(
                f"'segmentation.train.patch' is {settings.patch}; this network needs {len(shrink)} "
                f"multiples of {shrink.tolist()}"
            )
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
    files = _files(folders)
    for number, (image, mask) in enumerate(files, start=1):
        log.info("preprocessing %d of %d", number, len(files))
        preprocessor.run_case_save(
            str(output / mask.name.removesuffix(".nii.gz")), [str(image)], str(mask), plans, manager, dataset
        )


def _files(folders: Folders) -> list[tuple[Path, Path]]:
    """Image and mask of every case of the raw dataset."""
    raw = folders.raw / DATASET
    return [
        (raw / "imagesTr" / mask.name.replace(".nii.gz", "_0000.nii.gz"), mask)
        for mask in sorted((raw / "labelsTr").glob("*.nii.gz"))
    ]


def _fingerprint(folders: Folders) -> dict:
    """nnU-Net's dataset fingerprint: grids, and the intensities inside the masks."""
    from nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor import DatasetFingerprintExtractor
    from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO

    found = [
        DatasetFingerprintExtractor.analyze_case([str(image)], str(mask), SimpleITKIO)
        for image, mask in _files(folders)
    ]
    shapes, spacings, intensities, _, shares = zip(*found, strict=True)
    values = np.concatenate([case[0] for case in intensities])
    low, median, high = np.percentile(values, (0.5, 50.0, 99.5))
    statistics = {
        "mean": values.mean(),
        "median": median,
        "std": values.std(),
        "min": values.min(),
        "max": values.max(),
        "percentile_99_5": high,
        "percentile_00_5": low,
    }
    return {
        "spacings": [[float(value) for value in spacing] for spacing in spacings],
        "shapes_after_crop": [[int(size) for size in shape] for shape in shapes],
        "foreground_intensity_properties_per_channel": {
            "0": {name: float(value) for name, value in statistics.items()}
        },
        "median_relative_size_after_cropping": float(np.median(shares)),
    }
