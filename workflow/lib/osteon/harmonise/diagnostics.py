"""How much the features still tell about the center: descriptive, before and after harmonisation.

These numbers are for the report. No model may be fitted on what this module computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from osteon.harmonise.combat import ComBat

# Strength of the ridge penalty of the site classifier: many features, few patients.
RIDGE = 0.1


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


def batch_predictability(
    values: ArrayLike, batch: ArrayLike, *, folds: int, seed: int, harmoniser: Callable[[], ComBat] | None = None
) -> float:
    """Cross-validated AUC of a ridge classifier that tells the batches apart from the features.

    0.5 means that the centers cannot be told apart; so does a value below 0.5 after ComBat, where the little
    that the shrinkage leaves in the training rows points the other way in new ones. With more than two
    batches it is the mean over all pairs (Hand, Till, Machine Learning 2001;45:171). ComBat, if given, is
    fitted in the training folds only: fitted on all rows, it would push the value far below 0.5.

    Args:
        values: (n, p) finite features.
        batch: (n,) batches.
        folds: number of folds; each batch needs at least that many rows plus one.
        seed: seed of the folds.
        harmoniser: makes an unfitted ComBat; None to measure the features as they are.

    Returns:
        The AUC, or NaN if a batch is too small or there is only one.
    """
    x, labels = np.asarray(values, dtype=float), np.asarray(batch).astype(str)
    levels, counts = np.unique(labels, return_counts=True)
    if len(levels) < 2 or counts.min() <= folds:
        return math.nan
    probabilities = np.zeros((len(x), len(levels)))
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(x, labels):
        known, new = x[train], x[test]
        if harmoniser is not None:
            combat = harmoniser().fit(known, labels[train])
            known, new = combat.transform(known, labels[train]), combat.transform(new, labels[test])
        mean, spread = known.mean(axis=0), known.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        model = LogisticRegression(C=RIDGE, max_iter=1000).fit((known - mean) / spread, labels[train])
        probabilities[test] = model.predict_proba((new - mean) / spread)
    if len(levels) == 2:
        return float(roc_auc_score(labels == levels[1], probabilities[:, 1]))
    return float(roc_auc_score(labels, probabilities, multi_class="ovo", average="macro", labels=levels))


def before_after(
    values: ArrayLike, batch: ArrayLike, names: list[str], *, folds: int = 5, seed: int, level: float = 0.05
) -> pd.DataFrame:
    """Center effects before and after ComBat.

    Args:
        values: (n, p) finite features of the training patients.
        batch: (n,) batches, at least two.
        names: (p,) names of the features.
        folds: folds of the site classifier.
        seed: seed of the folds.
        level: false discovery rate.

    Returns:
        Rows 'before' and 'after' with columns stage, patients, features, features_tested,
        features_differing, share_differing, batch_auc and reason ('too_few' if a batch has no more
        rows than folds, so that there is no AUC).
    """
    x = np.asarray(values, dtype=float)
    harmonised = ComBat().fit(x, batch).transform(x, batch)
    rows = []
    for stage, table, harmoniser in (("before", x, None), ("after", harmonised, ComBat)):
        tests = batch_differences(table, batch, names)
        tested, differing = int(tests["q"].notna().sum()), int((tests["q"] < level).sum())
        predictability = batch_predictability(x, batch, folds=folds, seed=seed, harmoniser=harmoniser)
        rows.append(
            {
                "stage": stage,
                "patients": len(x),
                "features": x.shape[1],
                "features_tested": tested,
                "features_differing": differing,
                "share_differing": differing / tested if tested else math.nan,
                "batch_auc": predictability,
                "reason": "too_few" if math.isnan(predictability) else None,
            }
        )
    return pd.DataFrame(rows)
