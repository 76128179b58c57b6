"""How much the features of the training patients tell about their center; for the report, read by no model."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from osteon.config.modelling import Harmonisation
from osteon.harmonise.diagnostics import before_after
from osteon.modelling.leakage import Ledger
from osteon.modelling.preprocessing import fit_imputer
from osteon.modelling.selection import constant_columns, missing_columns
from osteon.modelling.splits import FINAL, TRAIN, subjects_of

COLUMNS = [
    "stage",
    "patients",
    "features",
    "features_tested",
    "features_differing",
    "share_differing",
    "batch_auc",
    "reason",
]


def describe_center_effect(
    features: Sequence[pd.DataFrame], splits: pd.DataFrame, settings: Harmonisation, *, folds: int = 5, seed: int
) -> pd.DataFrame:
    """Center effects before and after ComBat in the training patients.

    Args:
        features: one table per development center: subject, center, features.
        splits: table of `make_splits`.
        settings: with method 'none' there is no row 'after'.
        folds: folds of the classifier of centers.
        seed: seed of these folds.

    Returns:
        See `before_after`. With one center, or no usable feature, a row 'before' with the reason.
    """
    wide = pd.concat(features).astype({"subject": str, "center": str}).set_index("subject").sort_index()
    train = wide[wide.index.isin(subjects_of(splits, TRAIN))]
    center, values = train["center"], train.drop(columns="center").astype(float)
    values = values.drop(columns=list(missing_columns(values, center)))
    reason = "one_center" if center.nunique() < 2 else "no_features" if values.empty else None
    if reason is None:
        values = fit_imputer(values, Ledger(splits).recorder(FINAL)).transform(values)
        values = values.drop(columns=list(constant_columns(values)))
        reason = None if values.shape[1] else "no_features"
    if reason:
        row = {"stage": "before", "patients": len(train), "features": values.shape[1], "reason": reason}
        return pd.DataFrame([row], columns=COLUMNS)
    table = before_after(values.to_numpy(), center.to_numpy(), list(values.columns), folds=folds, seed=seed)
    return table if settings.method == "combat" else table[table["stage"] == "before"]
