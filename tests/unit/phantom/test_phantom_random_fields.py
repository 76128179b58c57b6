"""Random fields have the variance and the correlation that theory gives."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.phantom.random_fields import gaussian_field, sample


def test_mean_and_variance_add_up():
    field = gaussian_field(np.random.default_rng(0), (64, 64, 64), [(0.3, (1, 1, 1)), (0.4, (2, 2, 2))])
    assert field.dtype == np.float32
    assert field.mean() == pytest.approx(0, abs=1e-5)
    assert field.std() == pytest.approx(0.5, rel=0.05)


def test_correlation_of_smoothed_noise():
    """White noise smoothed by a Gaussian of s voxels correlates by exp(-d^2 / 4 s^2) at distance d."""
    field = gaussian_field(np.random.default_rng(1), (96, 96, 96), [(1, (1, 2, 3))])
    for axis, sigma in enumerate((1, 2, 3)):
        for distance in (1, 2, 4):
            measured = (field * np.roll(field, distance, axis)).mean()
            assert measured == pytest.approx(np.exp(-(distance**2) / (4 * sigma**2)), abs=0.05)


def test_sampling_is_linear_and_periodic():
    field = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    at = [np.array([0.0, 0.0, 2.0]), np.array([0.0, 0.5, 0.0]), np.array([0.25, 0.0, 3.0])]
    np.testing.assert_allclose(sample(field, *at), [0.25, 1.0, 1.0])
