"""One simulated patient at one hospital: images, mask, files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from osteon.phantom.anatomy import Anatomy, draw_anatomy
from osteon.phantom.geometry import SliceStack, box_average, locate
from osteon.phantom.parameters import Hospital, Parameters, Preset
from osteon.phantom.physics import tissue_signals
from osteon.phantom.scanner import acquire
from osteon.phantom.session import Session, draw_session, shading
from osteon.phantom.tissue_map import map_tissues

# Samples across a slice, as shares of its thickness, and their weights.
SUBSLICES = {1: ((0.0,), (1.0,)), 2: ((-0.25, 0.25), (0.5, 0.5)), 3: ((-0.33, 0.0, 0.33), (0.3, 0.4, 0.3))}


@dataclass(frozen=True)
class Examination:
    """Images per sequence and the mask, float32 and uint8 (slices, rows, columns), all on one stack of slices.

    `thickness` is that of a slice in mm; `anatomy` is the truth behind the images.
    """

    images: dict[str, np.ndarray]
    mask: np.ndarray
    stack: SliceStack
    thickness: float
    anatomy: Anatomy


def simulate_patient(participant: Mapping, hospital: Hospital, parameters: Parameters, preset: Preset) -> Examination:
    """Examine a participant at a hospital.

    The result depends on these arguments only. The anatomy follows from the participant alone, so the same
    row can be examined at several hospitals. The mask labels a pixel by the body that fills more than half of
    it inside the cortex, as the published study drew its masks.
    """
    seed = int(participant["seed"])
    anatomy = draw_anatomy(participant, parameters)
    session = draw_session(hospital, preset, np.random.default_rng([seed, 2]))
    water, fat, mask = _model_images(anatomy, hospital, session, parameters, preset)
    images = {}
    for order, (name, sequence) in enumerate(hospital.sequences.items()):
        noise = np.random.default_rng([seed, 3, order])
        images[name] = acquire(water[name], fat[name], sequence, order, session, hospital, preset, parameters, noise)
    return Examination(images, mask, session.stack, session.thickness, anatomy)


def _model_images(
    anatomy: Anatomy, hospital: Hospital, session: Session, parameters: Parameters, preset: Preset
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray]:
    """Noise-free water and fat images (slices, fine, fine) per sequence, and the mask."""
    stack, fine = session.stack, preset.model_matrix
    offsets, weights = SUBSLICES[preset.subslices]
    offsets, weights = tuple(np.array(offsets) * session.thickness), np.array(weights, np.float32)
    signals = {
        name: tissue_signals(sequence, hospital.field, anatomy.marrow.density_seen, parameters)
        for name, sequence in hospital.sequences.items()
    }
    water, fat = ({name: np.empty((stack.slices, fine, fine), np.float32) for name in signals} for _ in range(2))
    mask = np.zeros((stack.slices, stack.pixels, stack.pixels), np.uint8)

    for index in range(stack.slices):
        points = locate(stack.planes(index, offsets, fine), anatomy)
        canvas = map_tissues(points, anatomy)
        sensitivity, residual = shading(points.plane(0), anatomy, hospital, session)
        for name, table in signals.items():
            of_water, of_fat = (
                _across(part.reshape(len(offsets), -1), weights) * sensitivity for part in table.images(canvas)
            )
            water[name][index] = of_water.reshape(fine, fine)
            fat[name][index] = (of_fat * residual if table.sequence.fat_saturation else of_fat).reshape(fine, fine)
        body = canvas.body.reshape(points.shape)
        for level, label in parameters.anatomy.masked_levels.items():
            inside = _across(body == parameters.anatomy.levels.index(level) + 1, weights)
            mask[index][box_average(inside, stack.pixels) > 0.5 + 1e-6] = label  # exactly half is not enough
    return water, fat, mask


def _across(planes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted sum of the planes across a slice."""
    return sum(weight * plane for weight, plane in zip(weights, planes, strict=True))
