"""Filters that look at no outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from helpers.selections import standardised
from osteon.config.selection import Correlation, Variance
from osteon.modelling.selection.filters import absolute_spearman, correlation, variance


def test_variance_counts_values_and_looks_at_the_middle():
    x = np.arange(40.0)
    table = pd.DataFrame(
        {
            "varies": x,
            "tiny": 1e-12 * x,
            "ten values": x % 10,
            "nine values": x % 9,
            "half the same": np.where(x < 21, 0.0, x),
            "just less": np.where(x < 19, 0.0, x),
            "rounding": 0.1 + 1e-15 * (x % 12),
        }
    )
    assert variance(Variance(), table).columns == ["varies", "tiny", "ten values", "just less"]


def test_fewer_patients_than_values_asked_for():
    table = pd.DataFrame({"differ": np.arange(8.0), "two": [0, 1] * 4})
    found = variance(Variance(), table)
    assert found.columns == ["differ"]
    assert found.notes == ["8 different values instead of 10"]


def test_spearman_is_scipys():
    values = np.random.default_rng(0).integers(0, 9, size=(30, 12)).astype(float)
    expected = np.abs(spearmanr(values).statistic)
    np.testing.assert_allclose(absolute_spearman(values), expected, rtol=0, atol=1e-11)


def test_of_a_pair_the_one_that_correlates_less_with_the_others_stays():
    random = np.random.default_rng(1)
    base, other = random.normal(size=(2, 200))
    table = pd.DataFrame(
        {
            "a": base + 0.1 * random.normal(size=200) + 0.3 * other,  # also goes with d
            "b": base + 0.1 * random.normal(size=200),
            "c": random.normal(size=200),
            "d": other,
        }
    )
    assert spearmanr(table["a"], table["b"]).statistic > 0.9
    assert correlation(Correlation(), table).columns == ["b", "c", "d"]
    assert correlation(Correlation(limit=0.999), table).columns == ["a", "b", "c", "d"]


def test_ties_are_broken_by_name():
    x = np.random.default_rng(0).normal(size=50)
    table = pd.DataFrame({"c": np.exp(x), "a": x, "b": -x})
    assert correlation(Correlation(), table).columns == ["a"]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_stays_correlates_and_everything_that_goes_has_a_partner(seed):
    random = np.random.default_rng(seed)
    table = standardised(random.normal(size=(60, 6)) @ random.normal(size=(6, 40)))
    kept = correlation(Correlation(limit=0.6), table).columns
    rho = pd.DataFrame(np.abs(spearmanr(table).statistic), table.columns, table.columns)
    mean = (rho.sum() - 1) / (len(rho) - 1)
    inside = rho.loc[kept, kept].to_numpy()[np.triu_indices(len(kept), 1)]
    assert 1 < len(kept) < 40
    assert inside.max() <= 0.6
    for gone in set(table.columns) - set(kept):
        assert any(rho.loc[gone, stays] > 0.6 and mean[stays] <= mean[gone] for stays in kept)


def test_one_column_stays():
    assert correlation(Correlation(), standardised(np.arange(5.0)[:, None])).columns == ["f00"]
