"""Bootstrap: strata keep their size, the interval has about its nominal coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from osteon.statistics.bootstrap import (
    BLOCK,
    bootstrap_interval,
    paired_difference,
    percentile_estimate,
    resample,
)
from osteon.statistics.estimate import Undefined


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


def test_several_values_at_once_are_those_of_each_alone():
    values = np.random.default_rng(2).normal(size=(30, 2))
    strata = np.arange(30) % 2
    both = resample(lambda rows: values[rows].mean(axis=1), strata, resamples=BLOCK + 3, seed=5)
    alone = resample(lambda rows: values[rows, 1].mean(axis=1), strata, resamples=BLOCK + 3, seed=5)
    assert both.shape == (BLOCK + 3, 2)
    assert both[:, 1].tolist() == pytest.approx(alone.tolist(), abs=1e-15)
    estimate = percentile_estimate(0.1, alone)
    limits = bootstrap_interval(lambda rows: values[rows, 1].mean(axis=1), strata, resamples=BLOCK + 3, seed=5)
    assert (estimate.low, estimate.high, estimate.method) == (*limits, "bootstrap")


def test_no_interval_from_resamples_that_say_nothing():
    assert percentile_estimate(1.0, np.ones(100)).reason is Undefined.SAME_RESAMPLES
    assert percentile_estimate(1.0, np.r_[np.nan, np.arange(9.0)]).reason is Undefined.FEW_PATIENTS


def test_p_is_where_the_interval_ends_at_zero():
    differences = np.random.default_rng(3).normal(0.15, 0.1, 999)
    estimate, p = paired_difference(0.15, differences)
    assert 0.01 < p < 0.3
    edge, _ = paired_difference(0.15, differences, level=1 - p)
    assert abs(edge.low) < 0.02 < abs(estimate.low) + 0.02
    assert paired_difference(0.15, np.full(999, 1.0) + differences)[1] == 2 / 1000
    assert paired_difference(0.0, np.zeros(99))[0].reason is Undefined.SAME_PREDICTIONS


def test_p_of_equal_models_is_uniform():
    """Two predictions of equal worth in many small samples: p below .1 in about a tenth of them."""
    random, found = np.random.default_rng(4), []
    for seed in range(200):
        errors = random.normal(size=60)
        _, p = paired_difference(
            errors.mean(),
            resample(lambda rows, errors=errors: errors[rows].mean(axis=1), np.zeros(60), resamples=200, seed=seed),
        )
        found.append(p)
    assert np.mean(np.array(found) < 0.1) == pytest.approx(0.1, abs=0.065)
    assert np.mean(found) == pytest.approx(0.5, abs=0.08)
