"""Prediction with an exported nnU-Net, in this process and without worker processes.

One model is loaded per batch of cases. Nothing is mirrored at inference: a vertebral level and its mirror
image are different labels.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from osteon.config.segmentation import Segmentation
from osteon.images.io import read_image, write_image
from osteon.segmentation.nnunet import limit_threads, quiet, torch_device
from osteon.segmentation.package import ModelRefused, checkpoints, load_checkpoint, unpack_model
from osteon.tables.files import read_json

log = logging.getLogger(__name__)

# Plans name classes that are imported to build the network; only these packages may be named.
NETWORK_PACKAGES = ("dynamic_network_architectures.", "torch.nn.")


@dataclass(frozen=True)
class Model:
    """A loaded model."""

    predictor: Any
    """nnunetv2's nnUNetPredictor."""
    values: np.ndarray
    """Integer of the study for each label 0, 1, 2, ... of the network."""


def load_model(path: str | Path, settings: Segmentation, threads: int = 1) -> Model:
    """Load an exported model (a zip) on the device of `settings`; all its folds are averaged.

    Raises ModelRefused if the file is not safe to open or is no model that this nnunetv2 can run.
    """
    limit_threads(threads)
    with tempfile.TemporaryDirectory() as scratch, quiet(log):
        return _load(unpack_model(Path(path), Path(scratch)), settings, torch_device(settings.device))


def predict(model: Model, image: str | Path, output: str | Path) -> None:
    """Predict the mask of one image file and write it, with the study's label values, on the image's grid.

    Same model, image, device and number of threads: same bytes.
    """
    with quiet(log):
        reader = model.predictor.plans_manager.image_reader_writer_class()
        values, properties = reader.read_images([str(image)])
        labels = model.predictor.predict_single_npy_array(values, properties)
    mask = sitk.GetImageFromArray(model.values[labels])
    mask.CopyInformation(read_image(image))
    write_image(mask, output)


def _load(folder: Path, settings: Segmentation, device) -> Model:
    import nnunetv2
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    from nnunetv2.utilities.find_class_by_name import recursive_find_python_class
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    plans, dataset = PlansManager(read_json(folder / "plans.json")), read_json(folder / "dataset.json")
    folds = [load_checkpoint(path) for path in checkpoints(folder)]
    name = folds[0]["trainer_name"]
    trainer = recursive_find_python_class(
        str(Path(nnunetv2.__path__[0], "training", "nnUNetTrainer")), name, "nnunetv2.training.nnUNetTrainer"
    )
    if trainer is None:
        raise ModelRefused(
            f"the model was trained with '{name}', which nnunetv2 does not ship; train it with a "
            f"stock trainer, for levels that look alike with nnUNetTrainerNoMirroring"
        )
    configuration = plans.get_configuration(folds[0]["init_args"]["configuration"])
    if len(dataset["channel_names"]) != 1 or configuration.previous_stage_name is not None:
        raise ModelRefused(
            "the model needs several images per case or a previous stage; give one that segments "
            "a single sequence in one stage"
        )
    heads = plans.get_label_manager(dataset)
    network = trainer.build_network_architecture(
        *_architecture(configuration), 1, heads.num_segmentation_heads, enable_deep_supervision=False
    )
    network.load_state_dict(folds[0]["network_weights"])
    predictor = nnUNetPredictor(tile_step_size=settings.step, use_mirroring=False, device=device, allow_tqdm=False)
    predictor.manual_initialization(
        network, plans, configuration, [fold["network_weights"] for fold in folds], dataset, name, None
    )
    return Model(predictor, np.array(dataset.get("mask_values", [0, *heads.foreground_labels]), np.int16))


def _architecture(configuration) -> tuple[str, dict, list[str]]:
    """Class, arguments and class-valued arguments of the network, all from known packages."""
    name, arguments = configuration.network_arch_class_name, configuration.network_arch_init_kwargs
    classes = configuration.network_arch_init_kwargs_req_import
    for value in (name, *(arguments[key] for key in classes)):
        if value is not None and not str(value).startswith(NETWORK_PACKAGES):
            raise ModelRefused(
                f"the model's plans name '{value}'; networks are built only from "
                f"{' and '.join(package.rstrip('.') for package in NETWORK_PACKAGES)}"
            )
    return name, arguments, classes
