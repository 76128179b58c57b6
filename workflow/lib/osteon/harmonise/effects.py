"""The estimates behind ComBat: common level and spread, then additive and multiplicative effects of each batch."""

from __future__ import annotations

import numpy as np

# Stopping rule of the original implementation: largest relative change of any effect of a batch.
TOLERANCE = 1e-4
MAX_ITERATIONS = 1000
# A spread below this share of the size of the values is rounding, not variation.
ROUNDING = 1e-12


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
    residual: np.ndarray, member: np.ndarray, reference: int | None, *, shrink: bool, mean_only: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Additive effects and multiplicative effects (variances) of each batch.

    Args:
        residual: (n, p) standardised features.
        member: (n, k) True where a row belongs to a batch.
        reference: position of the batch that has no effect by definition, or None.
        shrink: shrink the effects towards their mean over features.
        mean_only: leave the variances at 1.

    Returns:
        Both of shape (k, p).
    """
    # With one feature only there is no mean over features to shrink towards.
    shrink = shrink and residual.shape[1] > 1
    additive, multiplicative = [], []
    for k in range(member.shape[1]):
        rows = residual[member[:, k]]
        mean = rows.mean(axis=0)
        variance = np.ones_like(mean) if mean_only else rows.var(axis=0, ddof=1)
        if k == reference:
            mean, variance = np.zeros_like(mean), np.ones_like(variance)
        elif shrink and mean_only:
            # As in the original, which weighs a batch like a single row here, whatever its size.
            prior = mean.var(ddof=1)
            mean = (prior * mean + mean.mean()) / (prior + 1)
        elif shrink:
            mean, variance = empirical_bayes(rows, mean, variance)
        additive.append(mean)
        multiplicative.append(variance)
    return np.array(additive), np.array(multiplicative)


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


def _relative(new: np.ndarray, old: np.ndarray) -> float:
    size = np.maximum(np.abs(old), np.finfo(float).tiny)
    return float((np.abs(new - old) / size).max())
