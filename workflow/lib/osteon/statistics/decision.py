"""Decision curves: net benefit over a range of threshold probabilities (package dcurves).

Net benefit at threshold t is TP/n - FP/n * t / (1 - t). Source: Vickers, Elkin, Med Decis Making
2006;26:565. Verified against the net benefits of R's dcurves on its example data.
"""

from __future__ import annotations

import dcurves
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from osteon.statistics.inputs import as_outcome, as_probabilities

COLUMNS = ["model", "threshold", "net_benefit", "true_positive_rate", "false_positive_rate"]


def decision_curve(outcome: ArrayLike, probabilities: dict[str, ArrayLike], thresholds: ArrayLike) -> pd.DataFrame:
    """Net benefit of each model, of treating all and of treating none.

    Args:
        outcome: (n,) of 0 and 1.
        probabilities: predicted probabilities of the same patients, by model. The names 'all' and
            'none' are taken by the two reference strategies.
        thresholds: threshold probabilities, above 0 and below 1, fixed before looking at the data.

    Returns:
        One row per model and threshold: model, threshold, net_benefit, and true_positive_rate and
        false_positive_rate as shares of all patients.

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
    table = table.assign(model=table["model"].map(lambda name: names.get(name, name)))
    return table.rename(columns={"tp_rate": "true_positive_rate", "fp_rate": "false_positive_rate"})[COLUMNS]
