"""Is the outcome bound to the batch? Then no harmonisation can tell the effects of both apart. Descriptive only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, kruskal
from scipy.stats.contingency import association

# From this association on, or below this p for a continuous outcome, batch and outcome are called confounded.
LIMIT = 0.3
LEVEL = 0.05
# Patients of a batch below which its effects are badly estimated, and hardly at all.
FEW, VERY_FEW = 30, 20

COLUMNS = ["batch", "level", "patients", "measure", "association", "p", "flag", "size", "reason"]


@dataclass(frozen=True)
class Association:
    """Strength of the association of batch and outcome, 0 to 1, with its p; both NaN with a reason."""

    measure: Literal["cramers_v", "eta"]
    value: float
    p: float
    reason: str | None = None


def batch_outcome_association(batch: pd.Series, outcome: pd.Series, *, continuous: bool) -> Association:
    """Association of the batches with the outcome.

    Args:
        batch: (n,) batch of each patient.
        outcome: (n,) codes of the classes, or numbers.
        continuous: whether the outcome is a number.

    Returns:
        Cramer's V without correction for bias, with the p of the chi-squared test; for a continuous outcome eta, the
        root of (H - k + 1) / (n - k) or 0 below it, with the p of the Kruskal-Wallis test (Tomczak, Tomczak, Trends in
        Sport Sciences 2014;1:19). Reason 'one_batch' or 'one_outcome' where there is nothing to compare, 'too_few'
        where no batch has two patients.
    """
    measure = "eta" if continuous else "cramers_v"
    batches, values = batch.nunique(), outcome.nunique()
    if batches < 2 or values < 2:
        return Association(measure, math.nan, math.nan, "one_batch" if batches < 2 else "one_outcome")
    if not continuous:
        counts = pd.crosstab(batch, outcome).to_numpy()
        v = association(counts, method="cramer", correction=False)
        return Association(measure, float(v), float(chi2_contingency(counts, correction=False).pvalue))
    if len(batch) <= batches:
        return Association(measure, math.nan, math.nan, "too_few")
    result = kruskal(*(group.to_numpy() for _, group in outcome.groupby(batch)))
    squared = (result.statistic - batches + 1) / (len(batch) - batches)
    return Association(measure, float(np.sqrt(max(squared, 0.0))), float(result.pvalue))


def confounding_table(
    batches: pd.DataFrame, outcome: pd.Series, *, values: list[str], continuous: bool
) -> pd.DataFrame:
    """How the outcome is spread over the batches of the training patients, and what to be wary of.

    Args:
        batches: (n x columns) batch of each patient, by kind of batch.
        outcome: (n,) codes 0, 1, ... of `values`, or numbers.
        values: values of the outcome in the order of the codes; none for a continuous one.
        continuous: whether the outcome is a number.

    Returns:
        Per kind of batch one row for the whole (level empty) and one per batch. Columns: batch, level, patients, one
        count per value (outcome_<value>; for a number outcome_median), measure, association and p (of the whole),
        flag ('association': V or eta above 0.3, or p below 0.05 for a number; 'one_class': a batch in which all
        patients have the same outcome), size ('below_20', 'below_30') and reason (why there is no association).
    """
    rows = []
    for name in batches.columns:
        found = batch_outcome_association(batches[name], outcome, continuous=continuous)
        bound = found.value > LIMIT or (continuous and found.p < LEVEL)
        spread = _outcomes(outcome, values, continuous)
        whole = {"measure": found.measure, "association": found.value, "p": found.p, "reason": found.reason}
        flag = "association" if bound else None
        rows.append(
            {"batch": name, "level": "", "patients": len(outcome), **spread, **whole, "flag": flag, "size": None}
        )
        for level, own in outcome.groupby(batches[name].astype(str)):
            flag = "one_class" if own.nunique() < 2 else None
            spread = _outcomes(own, values, continuous)
            row = {"batch": name, "level": level, "patients": len(own), **spread, "flag": flag}
            rows.append(row | {"size": _size(len(own))})
    counts = list(_outcomes(outcome, values, continuous))
    return pd.DataFrame(rows, columns=[*COLUMNS[:3], *counts, *COLUMNS[3:]])


def _outcomes(outcome: pd.Series, values: list[str], continuous: bool) -> dict[str, float]:
    if continuous:
        return {"outcome_median": float(outcome.median())}
    return {f"outcome_{value}": int((outcome == code).sum()) for code, value in enumerate(values)}


def _size(patients: int) -> str | None:
    if patients >= FEW:
        return None
    return f"below_{VERY_FEW}" if patients < VERY_FEW else f"below_{FEW}"
