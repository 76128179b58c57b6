"""Which features say the same: rank correlations, and clusters of features that hang together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import average, fcluster
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

TOGETHER = 0.7
"""Absolute rank correlation, on average between two clusters, from which they are one."""
FEWEST = 10
"""Patients with both values that a correlation needs."""
DIGITS = 12
"""Correlations are rounded to these, so that the order of the patients changes nothing."""


def feature_clusters(
    features: pd.DataFrame, most: int | None = None, together: float = TOGETHER
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clusters by average linkage on 1 − |Spearman's rho|, in an order that depends on names and values alone.

    Of two branches the one with the feature that comes first by name lies above.

    Args:
        features: (n, p) values of patients; those selected, or the most important first.
        most: only so many of the first columns are taken; None takes all.
        together: mean absolute correlation from which two clusters are one.

    Returns:
        members: place (from 1, as drawn), feature, cluster (from 1), reason, and a column with the correlation with
            each feature, in the same order. At the end those that are left out, with a reason and nothing else:
            'constant', 'few_patients' (fewer than ten with values of it and of another feature), 'not_shown' (beyond
            `most`).
        merges: one row for each union in the order of its height: top and bottom (the middles of both branches, in
            places), top_height, bottom_height, height (1 − mean absolute correlation).

    Raises:
        ValueError: two columns with the same name.

    Verified against scipy's Spearman correlation and the heights and leaves of its dendrogram.
    """
    if features.columns.has_duplicates:
        raise ValueError(f"two features are called {features.columns[features.columns.duplicated()][0]!r}")
    taken = features.iloc[:, :most]
    taken = taken[sorted(taken.columns)].astype(float)
    constant = [name for name in taken.columns if taken[name].nunique() < 2]
    rho = rank_correlations(taken.drop(columns=constant))
    few = []
    while rho.isna().any(axis=None):
        # the feature without most correlations leaves first; of several the last by name
        worst = rho.isna().sum().iloc[::-1].idxmax()
        few.append(worst)
        rho = rho.drop(index=worst, columns=worst)
    left_out = dict.fromkeys(sorted(few), "few_patients") | dict.fromkeys(constant, "constant")
    left_out |= dict.fromkeys(features.columns[taken.shape[1] :], "not_shown")
    order, cluster, merges = _tree(rho, together)
    rho = rho.iloc[order, order]
    members = pd.DataFrame({"place": range(1, len(order) + 1), "feature": rho.index, "cluster": cluster, "reason": ""})
    members = pd.concat([members, rho.reset_index(drop=True)], axis=1)
    rest = pd.DataFrame({"feature": list(left_out), "reason": list(left_out.values())})
    if len(rest):
        members = pd.concat([members, rest], ignore_index=True)
    return members.astype({"place": "Int64", "cluster": "Int64"}), merges


def rank_correlations(features: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rho of each pair of columns over the patients with both values; NaN with fewer than ten.

    Args:
        features: (n, p) numbers; a column with one value among the patients of a pair has NaN with that one.
    """
    if not features.shape[1]:
        return pd.DataFrame(index=features.columns, columns=features.columns, dtype=float)
    if features.isna().any(axis=None) or len(features) < FEWEST:
        rho = features.corr(method="spearman", min_periods=FEWEST).to_numpy(copy=True)
    else:
        rho = np.atleast_2d(np.corrcoef(rankdata(features.to_numpy(dtype=float), axis=0), rowvar=False))
    known = ~np.isnan(np.diag(rho))
    rho[known, known] = 1.0
    return pd.DataFrame(np.round(rho, DIGITS), index=features.columns, columns=features.columns)


def _tree(rho: pd.DataFrame, together: float) -> tuple[list[int], list[int], pd.DataFrame]:
    """Positions of the features from top to bottom, their clusters, and the unions."""
    count, columns = len(rho), ["top", "bottom", "top_height", "bottom_height", "height"]
    if count < 2:
        return list(range(count)), [1] * count, pd.DataFrame(columns=columns, dtype=float)
    distance = np.clip(1 - rho.abs().to_numpy(), 0, None)
    tree = average(squareform((distance + distance.T) / 2, checks=False))
    leaves: list[list[int]] = [[place] for place in range(count)]
    branches: list[tuple[int, int]] = []
    for left, right in tree[:, :2].astype(int):
        first, second = sorted((int(left), int(right)), key=lambda node: min(leaves[node]))
        branches.append((first, second))
        leaves.append(leaves[first] + leaves[second])
    order = leaves[-1]
    middle, height = np.empty(2 * count - 1), np.zeros(2 * count - 1)
    middle[order] = np.arange(1, count + 1)
    rows = []
    for node, ((first, second), top) in enumerate(
        zip(branches, np.round(tree[:, 2], DIGITS), strict=True), start=count
    ):
        middle[node], height[node] = (middle[first] + middle[second]) / 2, top
        rows.append((middle[first], middle[second], height[first], height[second], top))
    labels = fcluster(tree, 1 - together + 1e-9, criterion="distance")[order]
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels), start=1)}
    return order, [numbers[label] for label in labels], pd.DataFrame(rows, columns=columns)
