"""Decision curves: net benefit over a range of threshold probabilities (package dcurves).

Net benefit at threshold t is TP/n - FP/n * t / (1 - t). Source: Vickers, Elkin, Med Decis Making
2006;26:565. Verified against the net benefits of R's dcurves on its example data.

A net benefit is a mean over patients (each gives 1, -t / (1 - t) or 0), so that its bootstrap needs no new curve.
"""

from __future__ import annotations

import math

import dcurves
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from osteon.statistics.bootstrap import resample
from osteon.statistics.inputs import as_outcome, as_probabilities

# Sums of the same numbers in another order differ by less.
SAME = 1e-12
COLUMNS = ["model", "threshold", "net_benefit", "low", "high", "true_positive_rate", "false_positive_rate"]


def decision_curve(
    outcome: ArrayLike,
    probabilities: dict[str, ArrayLike],
    thresholds: ArrayLike,
    *,
    strata: ArrayLike,
    resamples: int,
    seed: int,
    level: float = 0.95,
) -> pd.DataFrame:
    """Net benefit of each model, of treating all and of treating none.

    Args:
        outcome: (n,) of 0 and 1.
        probabilities: predicted probabilities of the same patients, by model. The names 'all' and
            'none' are taken by the two reference strategies.
        thresholds: threshold probabilities, above 0 and below 1, fixed before looking at the data.
        strata: (n,) labels within which patients are resampled; must not mix outcomes.
        resamples: bootstrap resamples.
        seed: seed of the bootstrap; the same patients are drawn for every model.
        level: confidence level, at each threshold by itself.

    Returns:
        One row per model and threshold: model, threshold, net_benefit with its percentile interval (low, high), and
        true_positive_rate and false_positive_rate as shares of all patients. No interval where every resample has the
        same net benefit: for 'all' and 'none', which depend on the number of patients with the outcome alone, and where
        a model calls nobody or everybody.

    Raises:
        ValueError: a probability outside 0 to 1 (dcurves itself would accept it), a threshold
            outside, or a model named 'all' or 'none'.
    """
    positive = as_outcome(outcome)
    points = np.asarray(thresholds, dtype=float)
    if not ((points > 0) & (points < 1)).all():
        raise ValueError("decision curve: thresholds must lie above 0 and below 1")
    if taken := {"all", "none"} & set(probabilities):
        raise ValueError(f"decision curve: a model cannot be called {sorted(taken)[0]!r}; rename it")
    # Own column names, because a model may be called like the outcome.
    columns = {f"model_{i}": as_probabilities(values, len(positive)) for i, values in enumerate(probabilities.values())}
    names = dict(zip(columns, probabilities, strict=True))
    data = pd.DataFrame({"outcome": positive.astype(int), **columns})
    table = dcurves.dca(data=data, outcome="outcome", modelnames=list(columns), thresholds=points.tolist())
    intervals = [
        _intervals(positive, data[name].to_numpy(), points, strata, resamples, seed, level).assign(model=name)
        for name in columns
    ]
    if intervals:
        table = table.merge(pd.concat(intervals), on=["model", "threshold"], how="left")
    table = table.assign(model=table["model"].map(lambda name: names.get(name, name)))
    return table.rename(columns={"tp_rate": "true_positive_rate", "fp_rate": "false_positive_rate"})[COLUMNS]


def _intervals(
    positive: np.ndarray,
    risks: np.ndarray,
    points: np.ndarray,
    strata: ArrayLike,
    resamples: int,
    seed: int,
    level: float,
) -> pd.DataFrame:
    """Percentile intervals of the net benefit at each threshold: threshold, low, high."""
    # What each patient gives to the mean at each threshold.
    gains = np.where(positive[:, None], 1.0, -points / (1 - points)) * (risks[:, None] >= points)
    number = len(risks)

    def means(rows: np.ndarray) -> np.ndarray:
        cells = rows + number * np.arange(len(rows))[:, None]
        times = np.bincount(cells.ravel(), minlength=number * len(rows)).reshape(len(rows), number)
        return times @ gains / number

    drawn = resample(means, strata, resamples=resamples, seed=seed)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    same = np.ptp(drawn, axis=0) < SAME
    return pd.DataFrame(
        {"threshold": points, "low": np.where(same, math.nan, low), "high": np.where(same, math.nan, high)}
    )
