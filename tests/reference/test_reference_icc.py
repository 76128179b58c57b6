"""The intraclass correlation against published values and against pingouin."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.statistics.icc import absolute_agreement, printed_agreement

SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
ICC_2_1 = 0.2898
"""Of these data, as R's psych prints it; Shrout and Fleiss print .29."""


def test_shrout_and_fleiss():
    found = absolute_agreement(SHROUT_FLEISS[:, :, None])
    assert found.icc[0] == pytest.approx(ICC_2_1, abs=5e-5)
    # Shrout and Fleiss give .02 to .76 for the interval of ICC(2,1)
    assert (found.low[0], found.high[0]) == pytest.approx((0.02, 0.76), abs=0.005)


def simulated(subjects: int, raters: int, features: int, seed: int) -> np.ndarray:
    """Features of every quality, unit and offset; some raters measure more than others."""
    random = np.random.default_rng(seed)
    noise = np.geomspace(1e-4, 30, features)
    values = random.normal(size=(subjects, 1, features)) + noise * random.normal(size=(subjects, raters, features))
    values = values + random.normal(size=(1, raters, features)) * random.choice([0, 0.1, 3], features)
    return values * np.exp(random.normal(0, 6, features)) + random.choice([0, 100], features)


@pytest.mark.slow
@pytest.mark.parametrize(("subjects", "raters"), [(25, 5), (20, 2), (3, 2), (4, 4)])
def test_pingouin_agrees_on_many_features(subjects, raters):
    values = simulated(subjects, raters, 40, seed=subjects * 10 + raters)
    ours = absolute_agreement(values)
    theirs = np.array([printed_agreement(values[:, :, feature]) for feature in range(values.shape[2])])
    judged = np.isfinite(theirs).all(axis=1)
    assert judged.mean() > 0.9
    np.testing.assert_allclose(ours.icc, theirs[:, 0], rtol=0, atol=1e-8)
    # pingouin rounds the limits to two decimals
    np.testing.assert_allclose(ours.low[judged], theirs[judged, 1], rtol=0, atol=0.00501)
    np.testing.assert_allclose(ours.high[judged], theirs[judged, 2], rtol=0, atol=0.00501)


def test_edges_agree_with_pingouin():
    """A constant offset between raters, and almost perfect agreement."""
    base = np.arange(6.0)[:, None]
    offset = base + np.array([0.0, 2.0, -1.0])
    offset[0, 0] += 1e-6
    nearly = base + 1e-7 * np.array([0.0, 1.0, 3.0]) * base**2
    for values in (offset, nearly):
        ours, theirs = absolute_agreement(values[:, :, None]), printed_agreement(values)
        assert ours.icc[0] == pytest.approx(theirs[0], abs=1e-8)
        assert (ours.low[0], ours.high[0]) == pytest.approx(theirs[1:], abs=0.00501)
