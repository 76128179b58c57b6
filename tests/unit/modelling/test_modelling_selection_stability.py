"""Stability selection."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.selections import PLANTED, standardised, training
from osteon.config.selection import Stability
from osteon.modelling.selection.stability import frequencies, stability, taken_each_time


@pytest.mark.parametrize("kind", ["binary", "classes", "continuous"])
def test_planted_features_are_found_and_noise_is_not(kind):
    found = stability(Stability(), training(kind, rows=200, columns=60)).columns
    assert len(set(PLANTED) & set(found)) >= 2
    assert set(found) <= {*PLANTED, "f01"}


def test_it_is_enough_to_matter_for_one_class():
    table = standardised(np.random.default_rng(0).normal(size=(240, 8)))
    outcome = np.select([table["f03"] > 0.8, table["f05"] > 0.8], [1, 2])
    given = replace(training("classes"), table=table, outcome=pd.Series(outcome, index=table.index))
    assert frequencies(given, 30, 1).mean(axis=1).max() < 0.6
    assert stability(Stability(resamples=30), given).columns == ["f03", "f05"]


def test_few_false_features_come_out_of_noise():
    """At most one is expected; 20 tables of noise have far fewer than 20 together."""
    number = 0
    for seed in range(20):
        table = standardised(np.random.default_rng(seed).normal(size=(120, 60)))
        number += len(stability(Stability(resamples=30), replace(training(), table=table)).columns)
    assert number <= 20


def test_number_taken_each_time():
    # q² / ((2 * 0.6 - 1) * 400) <= 1 gives q <= 8.94.
    assert taken_each_time(400, 0.6) == 8
    assert taken_each_time(400, 1.0) == 20
    assert taken_each_time(1, 0.6) == 1


def test_frequencies_are_shares_of_the_half_samples():
    given = training()
    found = frequencies(given, 10, 2)
    assert found.shape == (25, 1)
    np.testing.assert_allclose(found * 10, np.round(found * 10))
    assert found.sum() <= 2
    assert found[[given.columns.index(column) for column in PLANTED]].sum() > 1


def test_half_samples_hold_half_of_each_group(monkeypatch):
    seen = []

    def path(values, target, **_):
        seen.append((len(target), target.max() - target.min()))
        return None, None, np.zeros((values.shape[1], 1))

    monkeypatch.setattr("osteon.modelling.selection.stability.lars_path", path)
    given = training(rows=30)
    few = replace(given, outcome=(given.outcome.rank(method="first") > 26).astype(int))
    frequencies(few, 10, 1)
    assert seen == [(15, 1.0)] * 10


def test_where_the_bound_says_little_it_is_noted():
    given = training(rows=40)
    few = replace(given, table=given.table[["f00", "f05"]])
    assert stability(Stability(), few).notes == ["up to 2.5 false features expected"]
    assert stability(Stability(), given).notes == []
