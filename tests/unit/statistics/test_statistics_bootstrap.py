"""Bootstrap: strata keep their size, the interval has about its nominal coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from osteon.statistics.bootstrap import BLOCK, bootstrap_interval


def test_strata_keep_their_size():
    strata = np.array(["a", "b", "a", "b", "b"])
    seen = []

    def members_of_a(rows):
        seen.append(rows)
        return (strata[rows] == "a").mean(axis=1)

    assert bootstrap_interval(members_of_a, strata, resamples=BLOCK + 10, seed=0) == (0.4, 0.4)
    assert [len(rows) for rows in seen] == [BLOCK, 10]
    assert len({tuple(row) for row in np.concatenate(seen)}) > 20


def test_interval_of_a_mean():
    """With 400 patients the percentile interval of a mean is close to the normal one."""
    values = np.random.default_rng(0).normal(size=400)
    low, high = bootstrap_interval(
        lambda rows: values[rows].mean(axis=1), np.zeros(400), resamples=4000, seed=1, level=0.9
    )
    half = norm.ppf(0.95) * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)
