"""Local binary patterns where their value is known; PyRadiomics' own values are in tests/reference."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.config.features import Features
from osteon.features import lbp
from osteon.features.lbp import local_binary_patterns
from osteon.features.settings import pyradiomics_parameters

SAMPLES = 42


def test_a_peak_and_a_pit():
    """Around a peak all samples are below it (0); around a pit all are above it: 42 ones, whose part of degree 0 has
    the norm sqrt(42) times 42 / (4 pi)."""
    image = np.zeros((9, 9, 9))
    image[4, 4, 4] = 10
    inside = image > 0
    peak = local_binary_patterns(image, inside)
    pit = local_binary_patterns(-image, inside)
    assert peak["lbp-3D-m1"][4, 4, 4] == 0
    assert pit["lbp-3D-m1"][4, 4, 4] == pytest.approx(SAMPLES**1.5 / (4 * np.pi))


@pytest.mark.parametrize("value", [3.0, 0.0, -1e4 / 3])
def test_flat_surroundings_are_equal_to_the_voxel_whatever_the_rounding(value):
    inside = np.zeros((15, 15, 15), dtype=bool)
    inside[6:9, 6:9, 6:9] = True
    patterns = local_binary_patterns(np.full(inside.shape, value), inside)
    assert np.all(patterns["lbp-3D-k"][inside] == -3.0)
    assert np.ptp(patterns["lbp-3D-m1"][inside]) == 0
    assert patterns["lbp-3D-m1"][7, 7, 7] == pytest.approx(SAMPLES**1.5 / (4 * np.pi))


def test_chunks_change_nothing(monkeypatch):
    image = np.random.default_rng(2).normal(size=(8, 9, 10))
    inside = image > 0
    whole = local_binary_patterns(image, inside)
    monkeypatch.setattr(lbp, "CHUNK", 7)
    for name, values in local_binary_patterns(image, inside).items():
        assert np.array_equal(values, whole[name])
        assert not values[~inside].any()


def test_more_levels_have_more_images():
    parameters = pyradiomics_parameters(Features(pyradiomics={"imageType": {"LBP3D": {"lbp3DLevels": 3}}}))
    assert parameters["imageType"] == {"LBP3D": {"lbp3DLevels": 3}}
    names = list(local_binary_patterns(np.zeros((5, 5, 5)), np.ones((5, 5, 5), dtype=bool), levels=3))
    assert names == ["lbp-3D-m1", "lbp-3D-m2", "lbp-3D-m3", "lbp-3D-k"]
