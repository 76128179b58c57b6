"""The k-space chain keeps brightness and place, and adds the noise it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from osteon.phantom.parameters import Preset
from osteon.phantom.scanner import acquire, acquired_matrix, noise_level
from osteon.phantom.session import draw_session

PRESET = Preset(matrix=64, model_matrix=96, slices=3, subslices=2, acquisition=0.2)


@pytest.fixture
def silent(parameters):
    """A hospital without noise, at which nothing moves and nothing ghosts."""
    hospital = parameters.hospital("A").model_copy(update={"noise": 0.0})
    session = draw_session(hospital, PRESET, np.random.default_rng(0))
    return hospital, replace(session, gains=np.ones(3), motion=np.zeros((3, 2)), ghost=0.0)


def scan(parameters, hospital, session, water, fat, seed=0):
    return acquire(
        water, fat, hospital.sequences["T1"], 0, session, hospital, PRESET, parameters, np.random.default_rng(seed)
    )


def blob(size: int, fov: float, at: tuple[float, float]) -> np.ndarray:
    """Gaussian of 12 mm at `at` mm (row, column) from the corner of the field of view, in three slices."""
    middles = (np.arange(size) + 0.5) * fov / size
    image = np.exp(-((middles[:, None] - at[0]) ** 2 + (middles - at[1]) ** 2) / (2 * 12.0**2))
    return np.tile(image.astype(np.float32), (3, 1, 1))


def center_of_mass(image: np.ndarray, fov: float) -> np.ndarray:
    weight = image**2
    middles = (np.arange(image.shape[0]) + 0.5) * fov / image.shape[0]
    return np.array([(weight.sum(1) * middles).sum(), (weight.sum(0) * middles).sum()]) / weight.sum()


def test_a_uniform_image_keeps_its_value(parameters, silent):
    water = np.full((3, 96, 96), 0.7, np.float32)
    image = scan(parameters, *silent, water, np.zeros_like(water))
    assert image.shape == (3, 64, 64)
    np.testing.assert_allclose(image, 0.7, rtol=1e-4)


def test_the_image_lies_where_the_model_lies(parameters, silent):
    hospital, _ = silent
    image = scan(parameters, *silent, blob(96, hospital.fov, (120, 161)), np.zeros((3, 96, 96), np.float32))
    np.testing.assert_allclose(center_of_mass(image[1], hospital.fov), [120, 161], atol=0.05)


def test_fat_is_shifted_along_the_readout(parameters, silent):
    hospital, _ = silent
    image = scan(parameters, *silent, np.zeros((3, 96, 96), np.float32), blob(96, hospital.fov, (120, 161)))
    readout, _ = acquired_matrix(hospital.sequences["T1"], PRESET)
    shift = 146.7 * 3.0 / hospital.bandwidth * hospital.fov / readout
    np.testing.assert_allclose(center_of_mass(image[1], hospital.fov), [120, 161 - shift], atol=0.05)


def test_noise_of_air_is_rayleigh_distributed(parameters, silent):
    hospital, session = silent
    hospital = hospital.model_copy(update={"noise": 0.02})
    nothing = np.zeros((3, 96, 96), np.float32)
    image = scan(parameters, hospital, session, nothing, nothing)
    matrix = acquired_matrix(hospital.sequences["T1"], PRESET)
    sd = noise_level(hospital, hospital.sequences["T1"], matrix, session.thickness)
    assert image.mean() == pytest.approx(sd * np.sqrt(np.pi / 2), rel=0.05)
    assert (image**2).mean() == pytest.approx(2 * sd**2, rel=0.05)


def test_noise_falls_with_volume_and_averages(parameters):
    hospital = parameters.hospital("A")
    sequence = hospital.sequences["T1"]
    reference = noise_level(hospital, sequence, (320, 224), 3.0)
    assert reference == pytest.approx(hospital.noise)
    assert noise_level(hospital, sequence, (320, 224), 6.0) == pytest.approx(reference / 2)
    averaged = sequence.model_copy(update={"averages": 8})
    assert noise_level(hospital, averaged, (320, 224), 3.0) == pytest.approx(reference / 2)
    # A quarter of the samples: voxels of four times the volume, but half the signal to noise per volume.
    assert noise_level(hospital, sequence, (160, 112), 3.0) == pytest.approx(reference / 2)


def test_the_same_stream_gives_the_same_noise(parameters, silent):
    hospital, session = silent
    hospital = hospital.model_copy(update={"noise": 0.02})
    water = np.ones((3, 96, 96), np.float32)
    first, again, other = (scan(parameters, hospital, session, water, water, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_acquired_matrix_is_even_and_fits_the_image(parameters):
    sequences = parameters.hospital("B").sequences
    assert acquired_matrix(sequences["T2"], parameters.preset("full")) == (320, 224)
    assert acquired_matrix(sequences["FST2"], parameters.preset("half")) == (114, 96)
