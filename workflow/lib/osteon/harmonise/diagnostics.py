"""How much the features still tell about the batch: descriptive, before and after harmonisation.

These numbers are for the report. No model may be fitted on what this module computes.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, silhouette_score
from sklearn.model_selection import StratifiedKFold

from osteon.harmonise.combat import SMALLEST
from osteon.harmonise.nested import NestedComBat

logger = logging.getLogger(__name__)

# Strength of the ridge penalty of the classifiers: many features, few patients.
RIDGE = 0.1
Fold = tuple[np.ndarray, np.ndarray]
"""Positions of the rows that are fitted on, and of those that are predicted."""
Maker = Callable[[], NestedComBat]
"""Makes an unfitted ComBat."""


@dataclass(frozen=True)
class FoldTable:
    """Features as a model of one fold sees them."""

    values: np.ndarray
    """(n, p) of all rows."""
    train: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Cohort:
    """What is measured: the features of the same n patients, and the batches that they are from."""

    values: np.ndarray
    """(n, p) finite features."""
    batches: pd.DataFrame
    """(n x columns) kinds of batches, as text."""
    covariates: np.ndarray | None = None
    """(n, q) variables whose effect the harmonisation keeps."""

    def harmonised(self, maker: Maker | None, train: np.ndarray) -> np.ndarray:
        """All rows after ComBat was fitted on the rows `train`, without the features that it cannot adjust.

        Models do without these features too. With no maker the features as they are.
        """
        if maker is None:
            return self.values
        extra = None if self.covariates is None else self.covariates[train]
        combat = maker().fit(self.values[train], self.batches.iloc[train], extra)
        return combat.transform(self.values, self.batches, self.covariates)[:, combat.adjusted]


def standardised(values: np.ndarray, train: np.ndarray | None = None) -> np.ndarray:
    """Features with mean 0 and standard deviation 1 in the rows `train` (all); a constant one becomes 0 there."""
    known = values if train is None else values[train]
    spread = known.std(axis=0)
    return (values - known.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def batch_differences(values: ArrayLike, batch: ArrayLike, names: list[str]) -> pd.DataFrame:
    """Kruskal-Wallis test of every feature between batches, with the false discovery rate controlled.

    Args:
        values: (n, p) features; missing values are left out, constant features get no test.
        batch: (n,) batches.
        names: (p,) names of the features.

    Returns:
        One row per feature: feature, statistic, p, q (Benjamini-Hochberg) and reason ('constant' or
        'missing' where there is no test).
    """
    x, labels = np.asarray(values, dtype=float), np.asarray(batch).astype(str)
    groups = [x[labels == level] for level in sorted(set(labels.tolist()))]
    known = np.all([(~np.isnan(group)).any(axis=0) for group in groups], axis=0)
    filled = np.where(known, x, 0.0)
    testable = known & (np.nanmax(filled, axis=0) > np.nanmin(filled, axis=0))
    statistic, p, q = (np.full(x.shape[1], math.nan) for _ in range(3))
    if testable.any() and len(groups) > 1:
        result = stats.kruskal(*(group[:, testable] for group in groups), axis=0, nan_policy="omit")
        statistic[testable], p[testable] = result.statistic, result.pvalue
        q[testable] = stats.false_discovery_control(result.pvalue)
    reason = np.where(testable, None, np.where(known, "constant", "missing"))
    return pd.DataFrame({"feature": names, "statistic": statistic, "p": p, "q": q, "reason": reason})


def folds_of(batches: pd.DataFrame, folds: int, seed: int) -> list[Fold]:
    """Folds that share out every batch evenly; none if a batch would leave fewer than two rows to fit on.

    Args:
        batches: (n x columns) kinds of batches.
        folds: number of folds; each batch needs at least that many rows plus one.
        seed: seed of the folds.
    """
    columns = [batches[column].astype(str) for column in batches]
    if any(column.nunique() < SMALLEST or column.value_counts().min() <= folds for column in columns):
        return []
    together = pd.Series(list(zip(*columns, strict=True)), dtype=object).map(repr)
    strata = together if together.value_counts().max() >= folds else columns[0]
    with warnings.catch_warnings():
        # A combination of batches may be rarer than there are folds; what must not be rare is checked below.
        warnings.simplefilter("ignore", UserWarning)
        parts = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(strata, strata))
    for column in columns:
        left = [column.iloc[train].value_counts().reindex(column.unique(), fill_value=0).min() for train, _ in parts]
        if min(left) < SMALLEST:
            return []
    return parts


def fold_tables(cohort: Cohort, parts: list[Fold], maker: Maker | None = None) -> list[FoldTable]:
    """Features of all rows in each fold, harmonised and standardised by the rows that are fitted on.

    Returns:
        One per fold; none if ComBat cannot be fitted in one of them, because a covariate does not vary there.
    """
    tables = []
    for train, test in parts:
        try:
            values = cohort.harmonised(maker, train)
        except ValueError as error:
            logger.warning("no measure by folds: %s", error)
            return []
        # Without any feature a model has nothing to tell the patients apart by.
        values = standardised(values, train) if values.shape[1] else np.zeros((len(values), 1))
        tables.append(FoldTable(values, train, test))
    return tables


def batch_predictability(tables: list[FoldTable], batch: ArrayLike) -> float:
    """Cross-validated AUC of a ridge classifier that tells the batches apart from the features.

    0.5 means that the batches cannot be told apart; so does a value below 0.5 after ComBat, where the little
    that the shrinkage leaves in the training rows points the other way in new ones. With more than two
    batches it is the mean over all pairs (Hand, Till, Machine Learning 2001;45:171). ComBat is fitted in the
    training folds only: fitted on all rows, it would push the value far below 0.5.

    Args:
        tables: from `fold_tables`.
        batch: (n,) batches.

    Returns:
        The AUC, or NaN without folds.
    """
    labels = np.asarray(batch).astype(str)
    levels = np.unique(labels)
    if not tables or len(levels) < 2:
        return math.nan
    probabilities = np.zeros((len(labels), len(levels)))
    for fold in tables:
        model = LogisticRegression(C=RIDGE, max_iter=1000).fit(fold.values[fold.train], labels[fold.train])
        probabilities[fold.test] = model.predict_proba(fold.values[fold.test])
    if len(levels) == 2:
        return float(roc_auc_score(labels == levels[1], probabilities[:, 1]))
    return float(roc_auc_score(labels, probabilities, multi_class="ovo", average="macro", labels=levels))


def batch_silhouette(values: np.ndarray, batch: ArrayLike) -> float:
    """Silhouette of the batches over standardised features: 1 for batches far apart, 0 or less for mixed ones.

    NaN with one batch only, or as many batches as rows (Rousseeuw, J Comput Appl Math 1987;20:53).
    """
    labels = np.asarray(batch).astype(str)
    if not 1 < len(np.unique(labels)) < len(labels):
        return math.nan
    return float(silhouette_score(standardised(values), labels))


def principal_components(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First two principal components of standardised features.

    Args:
        values: (n, p) finite features, n at least 2.

    Returns:
        Coordinates (n, 2) and shares of the variance (2,). The sign is that which gives the largest weight of a
        component a plus. With one feature the second component is 0.
    """
    count = min(2, *values.shape)
    model = PCA(count, svd_solver="full")
    coordinates, shares = np.zeros((len(values), 2)), np.zeros(2)
    coordinates[:, :count] = model.fit_transform(standardised(values))
    shares[:count] = np.nan_to_num(model.explained_variance_ratio_)
    return coordinates, shares


def batch_effect(
    values: np.ndarray, batches: pd.DataFrame, tables: list[FoldTable], *, level: float = 0.05
) -> pd.DataFrame:
    """What the features of one stage, before or after harmonisation, tell about each kind of batch.

    Args:
        values: (n, p) finite features.
        batches: (n x columns) kinds of batches, at least two batches of each.
        tables: from `fold_tables` of the same stage.
        level: false discovery rate.

    Returns:
        One row per kind of batch with columns batch, batches (their number), patients, features, features_tested,
        features_differing, share_differing, silhouette, batch_auc and reason ('too_few' if there are no folds, so
        that there is no AUC).
    """
    rows = []
    for column in batches:
        batch = batches[column].to_numpy().astype(str)
        tests = batch_differences(values, batch, list(map(str, range(values.shape[1]))))
        tested, differing = int(tests["q"].notna().sum()), int((tests["q"] < level).sum())
        rows.append(
            {
                "batch": column,
                "batches": len(np.unique(batch)),
                "patients": len(values),
                "features": values.shape[1],
                "features_tested": tested,
                "features_differing": differing,
                "share_differing": differing / tested if tested else math.nan,
                "silhouette": batch_silhouette(values, batch),
                "batch_auc": batch_predictability(tables, batch),
                "reason": None if tables else "too_few",
            }
        )
    return pd.DataFrame(rows)
