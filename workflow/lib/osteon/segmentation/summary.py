"""Means of agreement per center and label, their intervals, and whether they reach the targets."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from osteon.config.segmentation import Targets
from osteon.statistics.bootstrap import bootstrap_interval
from osteon.tables.reasons import Reason

ALL = "all"
"""Stands for a center or a label where all of them are taken together."""
RESAMPLES = 2000
# With fewer patients a bootstrap has too few different resamples for an interval of 95 % to mean anything.
LEAST_PATIENTS = 5
PASS, FAIL, VOXELS = "pass", "fail", "voxels_too_large"
# Measure: column of the cases' table, its target in the settings, and the worst value among the cases.
MEASURES = ("dice", "hd95_mm", "asd_mm", "volume_error_percent", "volume_error_abs_percent")
TARGETS = {"dice": "dice", "hd95_mm": "hd95_mm", "volume_error_abs_percent": "volume_error_percent"}


def agreement_summary(table: pd.DataFrame, targets: Targets, seed: int) -> pd.DataFrame:
    """Means of every measure per way of prediction, center and label, and over all centers and labels.

    Args:
        table: from `evaluate.agreement`; rows without a value do not enter a mean.
        targets: what the means should reach.
        seed: of the bootstrap.

    Returns:
        One row per `how` (unseen, cross_validation), `center`, `label` (both also 'all') and `measure`:

        - `n` values of `patients`; `missed`: labels that were drawn and not predicted (their Dice is 0, they have no
          distances)
        - `mean` with its 95 % interval `low` to `high` by bootstrap of patients, within centers; `median`, `worst`
        - `target` and `verdict`: 'pass', 'fail', or 'voxels_too_large' where a distance misses its target only in cases
          whose largest voxel edge exceeds it (`coarse` counts their values), by no more than such an edge. Where a
          label was missed, its distance and with it the target is missed
        - `reason` where a mean or an interval is missing.
    """
    judged = table[table["volume_truth_ml"] > 0]
    judged = judged.assign(
        volume_error_abs_percent=judged["volume_error_percent"].abs(), missed=judged["volume_predicted_ml"] == 0
    )
    rows = []
    for how, own in judged.groupby("how", sort=False):
        for center, label, group in groups(own):
            for measure in MEASURES:
                found = {"missed": int(group["missed"].sum()), **described(group, measure, seed)}
                verdict = _verdict(group, measure, targets)
                rows.append({"how": how, "center": center, "label": label, "measure": measure, **found, **verdict})
    columns = ["how", "center", "label", "measure", "n", "patients", "missed", "mean", "low", "high", "median"]
    return pd.DataFrame(rows, columns=[*columns, "worst", "target", "verdict", "coarse", "reason"])


def groups(table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """The rows of each center and label; of all labels of a center, each label of all centers, and all.

    A single center or label makes no group of all: it would be the same rows again.
    """
    centers, labels = (list(dict.fromkeys(table[column])) for column in ("center", "label"))
    for center in [*centers, *([ALL] if len(centers) > 1 else [])]:
        for label in [*labels, *([ALL] if len(labels) > 1 else [])]:
            group = table[table["center"].isin([center] if center != ALL else centers)]
            group = group[group["label"].isin([label] if label != ALL else labels)]
            if len(group):
                yield center, label, group


def described(group: pd.DataFrame, measure: str, seed: int) -> dict[str, object]:
    """Number, mean with interval, median and worst of a measure; patients (column 'subject') are resampled."""
    known = group[group[measure].notna()]
    values = known[measure]
    patients = known["subject"].nunique()
    if patients == 0:
        return {"n": 0, "patients": 0, "reason": _why(group)}
    worst = values.min() if measure == "dice" else values.loc[values.abs().idxmax()]
    low, high = mean_interval(known, measure, seed)
    return {
        "n": len(values),
        "patients": patients,
        "mean": values.mean(),
        "low": low,
        "high": high,
        "median": values.median(),
        "worst": worst,
        "reason": str(Reason.COHORT_TOO_SMALL) if math.isnan(low) else "",
    }


def mean_interval(known: pd.DataFrame, measure: str, seed: int) -> tuple[float, float]:
    """95 % interval of the mean by bootstrap of patients within centers; NaN with fewer than five patients.

    All values of a patient stay together, since labels and readings of one patient are alike.
    """
    by_patient = known.groupby(["center", "subject"])[measure].agg(["sum", "count"])
    if len(by_patient) < LEAST_PATIENTS:
        return math.nan, math.nan
    sums, counts = by_patient["sum"].to_numpy(), by_patient["count"].to_numpy()

    def mean(rows: np.ndarray) -> np.ndarray:
        return sums[rows].sum(axis=1) / counts[rows].sum(axis=1)

    return bootstrap_interval(mean, by_patient.index.get_level_values("center"), resamples=RESAMPLES, seed=seed)


def _verdict(group: pd.DataFrame, measure: str, targets: Targets) -> dict[str, object]:
    if measure not in TARGETS:
        return {"coarse": 0}
    values, target = group[measure].dropna(), getattr(targets, TARGETS[measure])
    reached = values.mean() >= target if measure == "dice" else values.mean() < target
    edges = group.loc[values.index, "voxel_edge_mm"]
    coarse = (edges > target) if measure == "hd95_mm" else edges != edges
    # A structure that was not found has no distance; the mean of the others does not reach the target for it.
    missed = measure == "hd95_mm" and group["missed"].any()
    verdict = FAIL if missed else PASS if reached else VOXELS if _excused(values, edges, coarse, target) else FAIL
    return {"target": target, "verdict": verdict, "coarse": int(coarse.sum())}


def _excused(values: pd.Series, edges: pd.Series, coarse: pd.Series, target: float) -> bool:
    """Whether only voxels miss the target: the fine cases reach it, and the coarse ones stay within a voxel edge."""
    fine = values[~coarse]
    return bool(coarse.any() and values[coarse].mean() <= edges[coarse].mean() and not fine.mean() >= target)


def _why(group: pd.DataFrame) -> str:
    """The reasons that stand beside the missing values."""
    return "; ".join(sorted({str(reason) for reason in group["reason"] if reason}))
