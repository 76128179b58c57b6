"""Diagnostics: they see a planted center effect and do not see one that is absent."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal

from osteon.harmonise.diagnostics import (
    Cohort,
    batch_differences,
    batch_effect,
    batch_predictability,
    batch_silhouette,
    fold_tables,
    folds_of,
    principal_components,
    standardised,
)
from osteon.harmonise.nested import NestedComBat

BATCH = np.repeat(["A", "B", "C"], 30)
BATCHES = pd.DataFrame({"center": BATCH})
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


def predictability(values, batch, maker=None):
    batches = pd.DataFrame({"center": batch})
    return batch_predictability(fold_tables(Cohort(values, batches), folds_of(batches, 5, 0), maker), batch)


def test_predictability(values):
    assert predictability(values, BATCH) > 0.75
    assert 0.35 < predictability(values[:, 10:], BATCH) < 0.65
    two = BATCH != "C"
    assert predictability(values[two], BATCH[two]) > 0.95
    assert math.isnan(predictability(values, ["A"] * 90))


def test_combat_is_fitted_in_the_fold(values):
    """Fitted on all rows it would make the centers look more alike than chance."""
    on_all = NestedComBat().fit(values, BATCHES).transform(values, BATCHES)
    assert predictability(on_all, BATCH) < 0.35
    assert 0.4 < predictability(values, BATCH, NestedComBat) < 0.6


def test_every_kind_of_batch_is_in_every_training_part():
    model = np.tile(["new", "old", "oldest"], 30)
    batches = BATCHES.assign(model=model, kernel=["rare"] * 7 + ["usual"] * 83)
    parts = folds_of(batches, 5, 0)
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(90))
    for train, test in parts:
        assert set(train) & set(test) == set()
        assert min(batches.iloc[train][name].value_counts().min() for name in batches) >= 2
        assert batches.iloc[test]["center"].value_counts().tolist() == [6, 6, 6]
    assert folds_of(batches, 7, 0) == []
    assert folds_of(batches.assign(kernel="usual"), 5, 0) == []


@pytest.mark.slow
def test_folds_of_crossed_batches_leave_enough_or_are_none():
    """Every patient a combination of batches of its own, yet no batch is small; some seeds put one into one fold."""
    square = pd.DataFrame({"a": np.repeat(list("abcdef"), 6), "b": np.tile(list("uvwxyz"), 6)})
    found = [folds_of(square, 5, seed) for seed in range(100)]
    assert 0 < sum(parts == [] for parts in found) < 50
    for train, _ in (part for parts in found for part in parts):
        assert (square["b"].iloc[train].value_counts().reindex(list("uvwxyz"), fill_value=0) >= 2).all()


def test_scaling_and_combat_of_a_fold_see_its_training_rows_alone(values):
    parts = folds_of(BATCHES, 5, 0)
    train, test = parts[0]
    scrambled = values.copy()
    scrambled[test] = 1e6
    for maker in (None, NestedComBat):
        one, other = (fold_tables(Cohort(table, BATCHES), parts, maker)[0].values for table in (values, scrambled))
        assert (one[train] == other[train]).all()
        assert one[train].mean(axis=0) == pytest.approx(0, abs=1e-9)


def test_what_combat_cannot_adjust_is_not_measured_after_it(values):
    x = values.copy()
    x[BATCH == "C", 4] = 1.0
    assert Cohort(x, BATCHES).harmonised(NestedComBat, np.arange(90)).shape == (90, 19)
    flat = Cohort(np.ones((90, 3)) * (BATCH == "A")[:, None], BATCHES)
    tables = fold_tables(flat, folds_of(BATCHES, 5, 0), NestedComBat)
    assert batch_predictability(tables, BATCH) == 0.5


def test_no_folds_where_a_covariate_cannot_be_fitted(values):
    cohort = Cohort(values, BATCHES, (BATCH == "A").astype(float)[:, None])
    assert fold_tables(cohort, folds_of(BATCHES, 5, 0), NestedComBat) == []


def test_silhouette(values):
    far = values + 50 * (BATCH == "A")[:, None]
    assert batch_silhouette(far[BATCH != "C"], BATCH[BATCH != "C"]) > 0.8
    assert batch_silhouette(values[:, 10:], BATCH) == pytest.approx(0, abs=0.05)
    units = np.exp(np.linspace(-9, 9, 20))
    assert batch_silhouette(values * units, BATCH) == pytest.approx(batch_silhouette(values, BATCH))
    assert math.isnan(batch_silhouette(values, ["A"] * 90))
    assert math.isnan(batch_silhouette(values, np.arange(90)))


def test_principal_components(values):
    coordinates, shares = principal_components(values)
    scaled = standardised(values)
    variances = np.sort(np.linalg.eigvalsh(np.cov(scaled.T)))[::-1]
    assert shares == pytest.approx(variances[:2] / variances.sum())
    assert coordinates.var(axis=0, ddof=1) == pytest.approx(variances[:2])
    for table in (values, -values):
        weights = standardised(table).T @ principal_components(table)[0]
        assert (weights[np.abs(weights).argmax(axis=0), [0, 1]] > 0).all()
    single, (first, second) = principal_components(values[:, :1])
    assert (first, second) == (1, 0)
    assert (single[:, 1] == 0).all()


def test_effect_before_and_after(values):
    batches = BATCHES.assign(model=np.tile(["new", "old"], 45))
    cohort, parts = Cohort(values, batches), folds_of(batches, 5, 0)
    before = batch_effect(values, batches, fold_tables(cohort, parts)).set_index("batch")
    harmonised = cohort.harmonised(NestedComBat, np.arange(90))
    after = batch_effect(harmonised, batches, fold_tables(cohort, parts, NestedComBat)).set_index("batch")
    assert before.index.tolist() == ["center", "model"]
    assert before["batches"].tolist() == [3, 2]
    assert before.loc["center", "features_differing"] >= 10
    assert before.loc["center", "share_differing"] >= 0.5
    assert after.loc["center", "features_differing"] == 0
    assert after.loc["center", "batch_auc"] < 0.65 < before.loc["center", "batch_auc"]
    assert after.loc["center", "silhouette"] < before.loc["center", "silhouette"]
    assert before.loc["model", "batch_auc"] == pytest.approx(0.5, abs=0.15)


def test_small_batch_has_no_auc_but_a_reason(values):
    rows = np.r_[0:30, 30:34]
    batches = BATCHES.iloc[rows]
    table = batch_effect(values[rows], batches, fold_tables(Cohort(values[rows], batches), folds_of(batches, 5, 0)))
    assert table["batch_auc"].isna().all()
    assert table["reason"].tolist() == ["too_few"]
