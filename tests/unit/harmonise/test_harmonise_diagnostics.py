"""Diagnostics: they see a planted center effect and do not see one that is absent."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kruskal

from osteon.harmonise.combat import ComBat
from osteon.harmonise.diagnostics import batch_differences, batch_predictability, before_after

BATCH = np.repeat(["A", "B", "C"], 30)
NAMES = [f"f{i}" for i in range(20)]


@pytest.fixture(scope="module")
def values():
    x = np.random.default_rng(0).normal(size=(90, 20))
    x[BATCH == "B", :10] += 2
    return x


def test_differences(values):
    x = values.copy()
    x[:, 18] = 1
    x[:, 19] = np.nan
    x[0, 0] = np.nan
    table = batch_differences(x, BATCH, NAMES)
    expected = kruskal(x[1:30, 0], x[30:60, 0], x[60:, 0])
    assert table.loc[0, "p"] == pytest.approx(expected.pvalue)
    assert (table.loc[:9, "q"] < 0.001).all()
    assert (table.loc[10:17, "q"] > 0.01).all()
    assert (table.loc[:17, "q"] >= table.loc[:17, "p"]).all()
    assert table["reason"].tolist()[-2:] == ["constant", "missing"]
    assert table.loc[18:, "p"].isna().all()


def test_predictability(values):
    assert batch_predictability(values, BATCH, folds=5, seed=0) > 0.75
    noise = batch_predictability(values[:, 10:], BATCH, folds=5, seed=0)
    assert 0.35 < noise < 0.65
    two = BATCH != "C"
    assert batch_predictability(values[two], BATCH[two], folds=5, seed=0) > 0.95


def test_combat_is_fitted_in_the_fold(values):
    """Fitted on all rows it would make the centers look more alike than chance."""
    on_all = ComBat().fit(values, BATCH).transform(values, BATCH)
    assert batch_predictability(on_all, BATCH, folds=5, seed=0) < 0.35
    assert 0.4 < batch_predictability(values, BATCH, folds=5, seed=0, harmoniser=ComBat) < 0.6


def test_before_and_after(values):
    table = before_after(values, BATCH, NAMES, seed=0).set_index("stage")
    assert table.loc["before", "features_differing"] >= 10
    assert table.loc["after", "features_differing"] == 0
    assert table.loc["before", "share_differing"] >= 0.5
    assert table.loc["after", "batch_auc"] < 0.65


def test_small_batch_has_no_auc_but_a_reason(values):
    rows = np.r_[0:30, 30:34]
    table = before_after(values[rows], BATCH[rows], NAMES, seed=0)
    assert table["batch_auc"].isna().all()
    assert (table["reason"] == "too_few").all()
    assert math.isnan(batch_predictability(values, ["A"] * 90, folds=5, seed=0))
