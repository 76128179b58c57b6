"""Prediction with an exported nnU-Net, in this process and without worker processes.

A case takes three steps, which a batch can overlap: `prepare` reads and resamples the image, `infer` is the network,
`mask_of` brings the result to the image's grid. The masks are those of nnUNetv2_predict.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from osteon.config.segmentation import Segmentation
from osteon.images.io import read_image, write_image
from osteon.images.masks import same_grid
from osteon.segmentation.architecture import network_arguments, refuse_other_weights
from osteon.segmentation.archive import ModelRefused, checkpoints, unpack_model
from osteon.segmentation.disagreement import least_dice, nothing_to_compare, side_axis
from osteon.segmentation.ensemble import Ensemble
from osteon.segmentation.nnunet import limit_threads, quiet, torch_device
from osteon.segmentation.package import load_checkpoint
from osteon.segmentation.window import NotFinite, attempts
from osteon.tables.files import read_json
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

log = logging.getLogger(__name__)

FILE_ENDING = ".nii.gz"


@dataclass(frozen=True)
class Model:
    """A loaded model."""

    predictor: Any
    """nnunetv2's nnUNetPredictor."""
    values: np.ndarray
    """Integer of the study for each label 0, 1, 2, ... of the network."""
    threads: int = 1
    """CPU threads of one step."""


@dataclass(frozen=True)
class Prepared:
    """One image, ready for the network."""

    image: sitk.Image
    """The image as it was read."""
    data: Any
    """Cropped, normalised, resampled; tensor (1, z, y, x), float32."""
    properties: dict
    """What nnunetv2 needs to go back to the image's grid."""


@dataclass(frozen=True)
class Predicted:
    """What the network says of one image."""

    prepared: Prepared
    logits: Any
    """On the network's grid; tensor (label, z, y, x), half precision, on the CPU."""
    findings: list[dict]
    """Steps that were taken for lack of memory; why a comparison was not made."""
    disagreement: dict[str, float | None]
    """Dice of each label with the comparison asked for; see `osteon.segmentation.disagreement`."""


def load_model(path: str | Path, settings: Segmentation, threads: int = 1) -> Model:
    """Load an exported model (a zip) on the device of `settings`; all its folds are averaged.

    Raises ModelRefused if the file is not safe to open or is no model that this nnunetv2 can run.
    """
    limit_threads(threads)
    with tempfile.TemporaryDirectory() as scratch, quiet(log):
        return _load(unpack_model(Path(path), Path(scratch)), settings, torch_device(settings.device), threads)


def predict(model: Model, image: str | Path, output: str | Path) -> None:
    """Predict the mask of one image file and write it, with the study's label values, on the image's grid.

    Same model, image, device and number of threads: same bytes.
    """
    with quiet(log):
        mask = mask_of(model, infer(model, prepare(model, Path(image))))
    write_image(mask, output)


def prepare(model: Model, path: Path) -> Prepared:
    """Read, crop, normalise and resample one image as nnunetv2 does.

    Raises ImageUnreadable, or NotFinite if a voxel is infinite or no number. Prints of nnunetv2 are not caught here.
    """
    import torch

    image = read_image(path)
    predictor = model.predictor
    plans, configuration = predictor.plans_manager, predictor.configuration_manager
    values, properties = plans.image_reader_writer_class().read_images([str(path)])
    if not np.isfinite(values).all():
        raise NotFinite("the image has voxels that are infinite or no numbers")
    data, _, properties = configuration.preprocessor_class(verbose=False).run_case_npy(
        values, None, properties, plans, configuration, predictor.dataset_json
    )
    return Prepared(image, torch.from_numpy(data).to(torch.float32, memory_format=torch.contiguous_format), properties)


def infer(
    model: Model, prepared: Prepared, labels: Mapping[str, int] | None = None, compare: str = "none"
) -> Predicted:
    """Run the network: the mean over the model's folds, and the comparison that is asked for.

    Args:
        model: the loaded model; it is used by one thread at a time.
        prepared: the image.
        labels: name and value of the structures to compare.
        compare: none, folds or mirrored (`segmentation.quality.compare`).

    Raises:
        RuntimeError: the device failed, or the last attempt had too little memory.
        NotFinite: the output is not finite.
    """
    import torch

    predictor = model.predictor
    plans = predictor.plans_manager

    def numbers(logits: Any) -> np.ndarray:
        return np.asarray(predictor.label_manager.convert_logits_to_segmentation(logits), np.int16)

    ensemble = Ensemble(predictor, attempts(predictor.device))
    axis = side_axis(prepared.image, plans.image_reader_writer_class.__name__, plans.transpose_forward)
    void = nothing_to_compare(compare, predictor, axis)
    others: list[np.ndarray] = []
    if void:
        ensemble.findings.append(finding(Reason.COMPARISON_VOID, "note", f"'compare: {compare}': {void}"))
    if compare == "folds" and not void:
        logits = ensemble.mean(prepared.data, each=lambda own: others.append(numbers(own)))
    else:
        logits = ensemble.mean(prepared.data)
    if compare == "mirrored" and not void:
        flipped = ensemble.without_mirroring(torch.flip(prepared.data, (axis,)))
        others.append(numbers(torch.flip(flipped, (axis,))))
    number_of = {int(value): number for number, value in enumerate(model.values)}
    known = {name: number_of.get(value) for name, value in (labels or {}).items()}
    agreed = least_dice(numbers(logits), others, known) if others else {}
    return Predicted(prepared, logits, ensemble.findings, agreed)


def mask_of(model: Model, predicted: Predicted) -> sitk.Image:
    """The mask with the study's label values, Int16, on the image's grid."""
    from nnunetv2.inference.export_prediction import convert_predicted_logits_to_segmentation_with_correct_shape

    predictor, prepared = model.predictor, predicted.prepared
    plans = predictor.plans_manager
    numbers = convert_predicted_logits_to_segmentation_with_correct_shape(
        predicted.logits,
        plans,
        predictor.configuration_manager,
        predictor.label_manager,
        prepared.properties,
        num_threads_torch=model.threads,
    )
    # by way of a file, because only nnunetv2's writer knows how its reader had turned the image
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, "mask.nii")
        plans.image_reader_writer_class().write_seg(numbers, str(file), prepared.properties)
        written = read_image(file)
    if not same_grid(written, prepared.image):
        raise RuntimeError("nnunetv2 has written the mask on another grid than the image's")
    mask = sitk.GetImageFromArray(model.values[sitk.GetArrayViewFromImage(written)])
    mask.CopyInformation(prepared.image)
    return mask


def _load(folder: Path, settings: Segmentation, device, threads: int) -> Model:
    import nnunetv2
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    from nnunetv2.utilities.find_class_by_name import recursive_find_python_class
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    plans, dataset = PlansManager(read_json(folder / "plans.json")), read_json(folder / "dataset.json")
    folds = [load_checkpoint(path) for path in checkpoints(folder)]
    name = folds[0]["trainer_name"]
    trainer = recursive_find_python_class(
        str(Path(nnunetv2.__path__[0], "training", "nnUNetTrainer")), name, "nnunetv2.training.nnUNetTrainer"
    )
    if trainer is None or not hasattr(trainer, "build_network_architecture"):
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
    if FILE_ENDING not in plans.image_reader_writer_class.supported_file_endings:
        raise ModelRefused(
            f"the model reads images with {plans.image_reader_writer_class.__name__}; give one that reads NIfTI"
        )
    heads = plans.get_label_manager(dataset)
    asked = (*network_arguments(configuration), 1, heads.num_segmentation_heads)
    # first without memory for its weights: hostile plans may ask for a network that no machine holds
    with torch.device("meta"):
        sketch = trainer.build_network_architecture(*asked, enable_deep_supervision=False)
    refuse_other_weights(sketch, [fold["network_weights"] for fold in folds])
    network = trainer.build_network_architecture(*asked, enable_deep_supervision=False)
    network.load_state_dict(folds[0]["network_weights"])
    predictor = nnUNetPredictor(
        tile_step_size=settings.step,
        use_mirroring=settings.mirroring == "trained",
        device=device,
        allow_tqdm=False,
    )
    predictor.manual_initialization(
        network,
        plans,
        configuration,
        [fold["network_weights"] for fold in folds],
        dataset,
        name,
        _mirrored_axes(folds[0], len(configuration.patch_size)),
    )
    values = np.array(dataset.get("mask_values", [0, *heads.foreground_labels]), np.int16)
    return Model(predictor, values, threads)


def _mirrored_axes(checkpoint: dict, dimensions: int) -> tuple[int, ...] | None:
    """The axes that the network was trained to mirror, or None."""
    axes = checkpoint.get("inference_allowed_mirroring_axes") or ()
    if not set(axes) <= set(range(dimensions)):
        raise ModelRefused(f"the model mirrors the axes {list(axes)}; its patch has {dimensions}")
    return tuple(axes) or None
