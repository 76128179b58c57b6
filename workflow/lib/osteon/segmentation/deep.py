"""Deep features: the channels of the segmentation network's encoder, pooled inside a region.

The image goes through nnU-Net's own preprocessing. One window goes through the encoder: as large as the patch that
the network was trained with (larger if the regions need it), placed over all regions of the case, so that the
network's instance normalisation sees what it saw in training. Where the image ends, the window is filled with zeros,
as nnU-Net fills its patches. A 2d network sees slice after slice, each in the same window.

Only the model's first fold is used: the channels of two folds were learned independently of each other, and a mean
over folds would mix channels that mean different things.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import SimpleITK as sitk

from osteon.segmentation.predict import Model

log = logging.getLogger(__name__)

Pooling = Literal["mean", "max"]


@dataclass(frozen=True)
class Encoder:
    """One stage of a network's encoder."""

    network: Any
    """torch's encoder; its call gives the feature maps of all stages."""
    stage: int
    """Number of the stage; 0 is the first."""
    stages: int
    channels: int
    stride: tuple[int, ...]
    """Voxels of the preprocessed image per cell of this stage, by axis of the network (2 or 3)."""
    total: tuple[int, ...]
    """The same of the deepest stage: windows are multiples of it."""
    patch: tuple[int, ...]
    """Size that the network was trained with, voxels."""

    @property
    def names(self) -> list[str]:
        """Names of the channels: 000, 001, ..."""
        return [f"{number:03d}" for number in range(self.channels)]


def encoder_of(model: Model, stage: int) -> Encoder:
    """The stage of the encoder of a model's first fold; -1 is the deepest.

    Raises:
        ValueError: the network has no encoder, or not this stage.
    """
    predictor = model.predictor
    encoder = getattr(predictor.network, "encoder", None)
    if encoder is None or not hasattr(encoder, "strides"):
        raise ValueError(
            f"deep features need a network with an encoder; {type(predictor.network).__name__} has none. "
            "Write: deep: {enabled: false}"
        )
    stages = len(encoder.strides)
    if not -stages <= stage < stages:
        raise ValueError(f"'deep.stage' is {stage}; this network has the stages 0 to {stages - 1}, -1 is the deepest")
    predictor.network.load_state_dict(predictor.list_of_parameters[0])
    predictor.network.to(predictor.device).eval()
    number = stage % stages
    strides = np.cumprod(np.array(encoder.strides, int), axis=0)
    return Encoder(
        encoder,
        number,
        stages,
        int(encoder.output_channels[number]),
        tuple(map(int, strides[number])),
        tuple(map(int, strides[-1])),
        tuple(map(int, predictor.configuration_manager.patch_size)),
    )


def embed(
    model: Model, encoder: Encoder, image: sitk.Image, masks: Mapping[Hashable, sitk.Image], pooling: Pooling
) -> dict[Hashable, np.ndarray | None]:
    """One number per channel and region.

    Args:
        model: where preprocessing and device come from.
        encoder: from `encoder_of` of the same model.
        image: the segmented sequence.
        masks: regions (not zero inside) on the image's grid, by name; at least one, none empty.
        pooling: see `pooled`.

    Returns:
        (channels,) float64 of each region; None for a region that is too small for this stage.
    """
    data, properties = preprocessed(model, image)
    inside = on_network_grid(
        model, np.stack([sitk.GetArrayFromImage(mask) != 0 for mask in masks.values()]), properties, data.shape[1:]
    )
    axes = len(encoder.patch)
    everything = inside.max(axis=0)
    if not everything.any():
        return dict.fromkeys(masks)
    flat = everything.max(axis=0) if axes == 2 else everything
    bounds = window(flat, encoder.patch, encoder.total)
    if axes == 3:
        return _of_maps(encoder, [(data, inside)], bounds, list(masks), model, pooling)
    slices = np.flatnonzero(everything.any(axis=(1, 2)))
    parts = [(data[:, index], inside[:, index]) for index in slices]
    return _of_maps(encoder, parts, bounds, list(masks), model, pooling)


def preprocessed(model: Model, image: sitk.Image) -> tuple[np.ndarray, dict]:
    """The image (1, z, y, x) on the network's grid, as nnU-Net prepares it for a prediction, and its notes on the way.

    Raises:
        ValueError: the model reads images turned round, so that masks would not fit.
    """
    predictor = model.predictor
    plans, configuration = predictor.plans_manager, predictor.configuration_manager
    reader = plans.image_reader_writer_class.__name__
    if "Reorient" in reader:
        raise ValueError(f"deep features cannot follow the reader {reader} of this model; train it with SimpleITKIO")
    values = sitk.GetArrayFromImage(image)[None].astype(np.float32)
    preprocessor = configuration.preprocessor_class(verbose=False)
    data, _, properties = preprocessor.run_case_npy(
        values, None, {"spacing": list(image.GetSpacing())[::-1]}, plans, configuration, predictor.dataset_json
    )
    return np.asarray(data, np.float32), properties


def on_network_grid(model: Model, inside: np.ndarray, properties: Mapping, shape: Sequence[int]) -> np.ndarray:
    """Regions on the network's grid: share of the region, 0 to 1, at each voxel.

    They go the way of the image: nnU-Net's order of axes, its cut, its resampling of probabilities.

    Args:
        model: plans of the network.
        inside: (regions, z, y, x) of the native image.
        properties: what nnU-Net noted on the image: spacing, bbox_used_for_cropping.
        shape: of the preprocessed image.
    """
    order = list(model.predictor.plans_manager.transpose_forward)
    configuration = model.predictor.configuration_manager
    turned = inside.transpose([0, *(axis + 1 for axis in order)])
    cut = turned[:, *(slice(low, high) for low, high in properties["bbox_used_for_cropping"])]
    spacing = [properties["spacing"][axis] for axis in order]
    # a 2d network leaves the distance of the slices as it is
    wanted = [*spacing[: 3 - len(configuration.spacing)], *configuration.spacing]
    resampled = configuration.resampling_fn_probabilities(cut.astype(np.float32), tuple(shape), spacing, wanted)
    return np.asarray(resampled, np.float64)


def window(inside: np.ndarray, patch: Sequence[int], multiple: Sequence[int]) -> list[tuple[int, int]]:
    """Bounds (low, high) per axis of the window that the encoder sees; they may lie outside the image.

    The window has the patch's size, or that of the region if it is larger, rounded up to a multiple; it lies around
    the middle of the region, moved as far as needed to leave the image only where the image is smaller than it.
    """
    bounds = []
    for axis, (size, step) in enumerate(zip(patch, multiple, strict=True)):
        others = tuple(other for other in range(inside.ndim) if other != axis)
        found = np.flatnonzero(inside.any(axis=others))
        low, high, length = int(found[0]), int(found[-1]) + 1, inside.shape[axis]
        size = -(-max(size, high - low) // step) * step
        start = (low + high - size) // 2
        start = -((size - length) // 2) if size >= length else min(max(start, 0), length - size)
        bounds.append((start, start + size))
    return bounds


def cut_out(values: np.ndarray, bounds: Sequence[tuple[int, int]]) -> np.ndarray:
    """The part of the last axes of an array within the bounds, zeros outside of the array."""
    first = values.ndim - len(bounds)
    result = np.zeros((*values.shape[:first], *(high - low for low, high in bounds)), values.dtype)
    source, target = [slice(None)] * first, [slice(None)] * first
    for (low, high), length in zip(bounds, values.shape[first:], strict=True):
        begin, end = max(low, 0), min(high, length)
        source.append(slice(begin, end))
        target.append(slice(begin - low, end - low))
    result[tuple(target)] = values[tuple(source)]
    return result


def cell_weights(inside: np.ndarray, stride: Sequence[int]) -> np.ndarray:
    """Voxels of the region in each cell of a stage; their sum is that of `inside`.

    Cell i of a convolution with stride s and an odd kernel has its receptive center at voxel i * s. The cell reaches
    half a stride to both sides; a voxel on the border belongs to both by half. The last cell takes what is beyond it.
    """
    result = inside.astype(np.float64)
    for axis, step in enumerate(stride):
        size = result.shape[axis]
        cells = -(-size // step)
        middles = np.arange(cells) * step
        edges = np.concatenate([[-0.5], (middles[1:] + middles[:-1]) / 2, [size - 0.5]])
        voxels = np.arange(size)
        matrix = np.array(
            [
                np.clip(np.minimum(voxels + 0.5, high) - np.maximum(voxels - 0.5, low), 0, 1)
                for low, high in pairwise(edges)
            ]
        )
        result = np.moveaxis(np.tensordot(matrix, result, axes=(1, axis)), 0, axis)
    return result


def pooled(maps: np.ndarray, weights: np.ndarray, cell: float, pooling: Pooling) -> np.ndarray | None:
    """One number per channel.

    Args:
        maps: (channels, cells) feature maps.
        weights: (cells,) voxels of the region in each cell.
        cell: voxels of a whole cell.
        pooling: mean: weighted by the voxels; max: of the cells that are at least half inside.

    Returns:
        None where the region fills less than one cell in all (mean), or no cell by half (max): what the network says
        there is about the surroundings.
    """
    if weights.sum() < cell:
        return None
    if pooling == "mean":
        return maps.astype(np.float64) @ weights / weights.sum()
    inside = weights >= cell / 2
    return maps[:, inside].max(axis=1).astype(np.float64) if inside.any() else None


def _of_maps(
    encoder: Encoder,
    parts: list[tuple[np.ndarray, np.ndarray]],
    bounds: list[tuple[int, int]],
    names: Sequence[Hashable],
    model: Model,
    pooling: Pooling,
) -> dict[Hashable, np.ndarray | None]:
    """Encode every part (the volume, or slice after slice), then pool each region over all of them."""
    maps, weights = [], []
    for values, regions in parts:
        maps.append(_encoded(encoder, cut_out(values, bounds), model.predictor.device).reshape(encoder.channels, -1))
        weights.append([cell_weights(cut_out(region, bounds), encoder.stride).ravel() for region in regions])
    every = np.concatenate(maps, axis=1)
    cell = float(np.prod(encoder.stride))
    return {
        name: pooled(every, np.concatenate([part[number] for part in weights]), cell, pooling)
        for number, name in enumerate(names)
    }


def _encoded(encoder: Encoder, values: np.ndarray, device: Any) -> np.ndarray:
    """Feature maps (channels, ...) of the stage for an image (1, ...)."""
    import torch

    with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
        maps = encoder.network(torch.from_numpy(values[None]).to(device))
    return maps[encoder.stage][0].float().cpu().numpy()
