"""Clusters of features: scipy's numbers, an order that depends on names and values alone, reasons for the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import average, dendrogram
from scipy.spatial.distance import squareform
from scipy.stats import spearmanr

from osteon.reporting.feature_clusters import feature_clusters, rank_correlations


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    """Three groups of features; one of each is turned round."""
    random = np.random.default_rng(4)
    common = random.normal(size=(80, 3))
    names = [f"{group}_{number}" for group in "abc" for number in range(4)]
    signs = np.where([name.endswith("3") for name in names], -1, 1)
    return pd.DataFrame(signs * np.repeat(common, 4, axis=1) + random.normal(0, 0.25, (80, 12)), columns=names)


def test_correlations_are_spearmans(features):
    rho = rank_correlations(features)
    expected = spearmanr(features.to_numpy()).statistic
    assert np.allclose(rho, expected, atol=1e-12)
    gaps = features.mask(np.random.default_rng(0).random(features.shape) < 0.2)
    pair = gaps[["a_0", "a_1"]].dropna()
    assert rank_correlations(gaps).loc["a_0", "a_1"] == pytest.approx(spearmanr(pair).statistic)


def test_members_and_heights_are_scipys(features):
    members, merges = feature_clusters(features)
    distance = 1 - rank_correlations(features).abs()
    tree = average(squareform(distance.to_numpy(), checks=False))
    assert np.allclose(merges["height"], tree[:, 2])
    drawn = dendrogram(tree, no_plot=True, color_threshold=0.3)
    groups = {frozenset(features.columns[leaf] for leaf in drawn["leaves"][start : start + 4]) for start in (0, 4, 8)}
    own = {frozenset(part["feature"]) for _, part in members.groupby("cluster")}
    assert own == groups == {frozenset(f"{group}_{number}" for number in range(4)) for group in "abc"}


def test_the_table_holds_the_correlations_in_its_own_order(features):
    members, _ = feature_clusters(features)
    rho = rank_correlations(features)
    names = list(members["feature"])
    assert members["place"].tolist() == list(range(1, 13))
    assert np.array_equal(members[names], rho.loc[names, names])
    assert members["cluster"].is_monotonic_increasing


def test_neighbours_in_a_union_are_neighbours_in_the_figure(features):
    _, merges = feature_clusters(features)
    assert (merges["top"] < merges["bottom"]).all()
    assert (merges["height"] >= merges[["top_height", "bottom_height"]].max(axis=1) - 1e-12).all()
    leaves = [*merges.loc[merges["top_height"] == 0, "top"], *merges.loc[merges["bottom_height"] == 0, "bottom"]]
    assert sorted(leaves) == list(range(1, 13))


def test_order_of_columns_and_patients_changes_nothing(features):
    random = np.random.default_rng(9)
    mixed = features.iloc[random.permutation(80), random.permutation(12)]
    for one, other in zip(feature_clusters(features), feature_clusters(mixed), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_ties_are_settled_by_name():
    table = pd.DataFrame({name: np.arange(20.0) for name in ("d", "b", "c", "a")})
    members, merges = feature_clusters(table)
    assert list(members["feature"]) == ["a", "b", "c", "d"]
    assert members["cluster"].tolist() == [1, 1, 1, 1]
    assert (merges["height"] == 0).all()


def test_what_is_left_out_has_a_reason(features):
    odd = features.assign(flat=1.0, thin=features["a_0"].where(features.index < 5), last=features["a_1"] + 1)
    members, _ = feature_clusters(odd[["flat", "thin", *features.columns, "last"]], most=14)
    out = members[members["place"].isna()].set_index("feature")["reason"]
    assert out.to_dict() == {"thin": "few_patients", "flat": "constant", "last": "not_shown"}
    assert members["reason"].iloc[:12].eq("").all()
    assert members["cluster"].iloc[12:].isna().all()


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_for_a_tree(features, count):
    members, merges = feature_clusters(features.iloc[:, :count])
    assert len(members) == count
    assert merges.empty


def test_a_name_that_is_there_twice_is_refused(features):
    with pytest.raises(ValueError, match="two features are called 'a_0'"):
        feature_clusters(pd.concat([features, features[["a_0"]]], axis=1))
