"""Principal components."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.selections import standardised
from osteon.config.selection import Pca
from osteon.modelling.selection.pca import pca


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(0)
    return standardised(random.normal(size=(80, 3)) @ random.normal(size=(3, 12)) + 0.05 * random.normal(size=(80, 12)))


def test_components_are_orthonormal_and_diagonalise_the_covariance(table):
    rotation = pca(Pca(components=3, share=1), table).rotation
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(3), atol=1e-10)
    covariance = rotation.T @ np.cov(table.T) @ rotation
    expected = np.sort(np.linalg.eigvalsh(np.cov(table.T)))[::-1][:3]
    np.testing.assert_allclose(covariance, np.diag(expected), atol=1e-8)


def test_the_wanted_share_needs_fewer_components(table):
    variances = np.sort(np.linalg.eigvalsh(np.corrcoef(table.T)))[::-1] / 12
    needed = int(np.argmax(np.cumsum(variances) >= 0.9)) + 1
    found = pca(Pca(share=0.9), table)
    assert found.rotation.shape == (12, needed)
    assert found.notes[0].startswith(f"{needed} components explain 9")
    assert found.columns == list(table.columns)


@pytest.mark.parametrize("seed", range(4))
def test_never_more_components_than_patients_allow(seed):
    table = standardised(np.random.default_rng(seed).normal(size=(5, 12)))
    assert pca(Pca(share=1), table).rotation.shape == (12, 4)
    assert pca(Pca(share=1), table[["f00"]]).rotation.shape == (1, 1)
