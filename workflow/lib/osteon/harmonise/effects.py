"""The estimates behind ComBat: common level and spread, then additive and multiplicative effects of each batch."""

from __future__ import annotations

from typing import Literal

import numpy as np

Prior = Literal["parametric", "non_parametric", "none"]
# Stopping rule of the original implementation: largest relative change of any effect of a batch.
TOLERANCE = 1e-4
MAX_ITERATIONS = 1000
# A spread below this share of the size of the values is rounding, not variation.
ROUNDING = 1e-12
# Features that are compared with all others at a time: bounds the memory.
CHUNK = 256


def location_and_scale(
    values: np.ndarray, member: np.ndarray, covariates: np.ndarray, reference: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least-squares fit of batches and covariates.

    Args:
        values: (n, p) features.
        member: (n, k) True where a row belongs to a batch.
        covariates: (n, q).
        reference: position of the reference batch, or None for the weighted mean of all batches.

    Returns:
        Common level (p,), pooled standard deviation with divisor n (p,), effects of the covariates (q, p).
    """
    count = member.sum(axis=0)
    coefficients = np.linalg.lstsq(np.hstack([member.astype(float), covariates]), values, rcond=None)[0]
    means, effects = coefficients[: len(count)], coefficients[len(count) :]
    residual = values - member @ means - covariates @ effects
    if reference is None:
        return count / len(values) @ means, np.sqrt((residual**2).mean(axis=0)), effects
    own = residual[member[:, reference]]
    return means[reference], np.sqrt((own**2).mean(axis=0)), effects


def batch_effects(
    residual: np.ndarray, member: np.ndarray, reference: int | None, *, prior: Prior, mean_only: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Additive effects and multiplicative effects (variances) of each batch.

    Args:
        residual: (n, p) standardised features.
        member: (n, k) True where a row belongs to a batch.
        reference: position of the batch that has no effect by definition, or None.
        prior: see `effects_of`.
        mean_only: leave the variances at 1.

    Returns:
        Both of shape (k, p).
    """
    neutral = np.zeros(residual.shape[1]), np.ones(residual.shape[1])
    found = [
        neutral if k == reference else effects_of(residual[rows], prior=prior, mean_only=mean_only)
        for k, rows in enumerate(member.T)
    ]
    return np.array([mean for mean, _ in found]), np.array([variance for _, variance in found])


def effects_of(rows: np.ndarray, *, prior: Prior, mean_only: bool) -> tuple[np.ndarray, np.ndarray]:
    """Additive and multiplicative effects of one batch.

    Args:
        rows: (n, p) standardised features of the batch, n at least 2, none of them constant.
        prior: how the effects are shrunk over features; 'none' leaves each feature to itself, and so does a
            batch of one feature, where there is nothing to shrink towards.
        mean_only: leave the variances at 1.

    Returns:
        Both of shape (p,).
    """
    mean = rows.mean(axis=0)
    variance = np.ones_like(mean) if mean_only else rows.var(axis=0, ddof=1)
    if prior == "none" or rows.shape[1] < 2:
        return mean, variance
    if prior == "non_parametric":
        return likelihood_weighted(rows, mean, variance)
    if mean_only:
        # As in the original, which weighs a batch like a single row here, whatever its size.
        spread = mean.var(ddof=1)
        return (spread * mean + mean.mean()) / (spread + 1), variance
    return empirical_bayes(rows, mean, variance)


def empirical_bayes(rows: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Posterior means of one batch's effects, by iteration.

    The prior of the means is normal, that of the variances inverse gamma; their parameters are the
    moments over the features of this batch (Johnson 2007, section 3).

    Args:
        rows: (n, p) standardised features of the batch.
        mean: (p,) their means.
        variance: (p,) their variances, divisor n - 1.
    """
    n = len(rows)
    prior_mean, prior_variance = mean.mean(), mean.var(ddof=1)
    expected, spread = variance.mean(), variance.var(ddof=1)
    if spread <= ROUNDING * expected**2:
        # All features have the same variance: the prior is a point, and there is nothing to iterate.
        return (
            (prior_variance * n * mean + expected * prior_mean) / (prior_variance * n + expected),
            np.full_like(variance, expected),
        )
    shape, rate = 2 + expected**2 / spread, expected * (1 + expected**2 / spread)
    additive, multiplicative = mean, variance
    for _ in range(MAX_ITERATIONS):
        new_additive = (prior_variance * n * mean + multiplicative * prior_mean) / (prior_variance * n + multiplicative)
        squares = ((rows - new_additive) ** 2).sum(axis=0)
        new_multiplicative = (0.5 * squares + rate) / (n / 2 + shape - 1)
        change = max(_relative(new_additive, additive), _relative(new_multiplicative, multiplicative))
        additive, multiplicative = new_additive, new_multiplicative
        if change <= TOLERANCE:
            break
    return additive, multiplicative


def likelihood_weighted(rows: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Posterior means of one batch's effects without a form of the prior: the other features are the prior.

    The effects of a feature are the mean of the other features' effects, each weighed by the likelihood of the
    feature's own rows under it (Johnson 2007, supplement A). The likelihood of n rows is a product that leaves the
    range of numbers from about 100 rows on, so its logarithm is used, which needs the rows' mean and sum of squares
    only: sum (x - g)^2 = sum (x - mean)^2 + n (mean - g)^2.

    Args:
        rows: (n, p) standardised features of the batch, p at least 2.
        mean: (p,) their means.
        variance: (p,) their variances, divisor n - 1, or 1 where only means are adjusted.
    """
    n, features = rows.shape
    squares = ((rows - mean) ** 2).sum(axis=0)
    additive, multiplicative = np.empty(features), np.empty(features)
    for first in range(0, features, CHUNK):
        own = slice(first, min(first + CHUNK, features))
        distance = squares[own, None] + n * (mean[own, None] - mean) ** 2
        weight = -0.5 * (n * np.log(variance) + distance / variance)
        weight[np.arange(own.stop - first), np.arange(first, own.stop)] = -np.inf
        weight = np.exp(weight - weight.max(axis=1, keepdims=True))
        total = weight.sum(axis=1)
        additive[own] = (weight * mean).sum(axis=1) / total
        multiplicative[own] = (weight * variance).sum(axis=1) / total
    return additive, multiplicative


def _relative(new: np.ndarray, old: np.ndarray) -> float:
    size = np.maximum(np.abs(old), np.finfo(float).tiny)
    return float((np.abs(new - old) / size).max())
