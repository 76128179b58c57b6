"""What the features of the training patients tell about their batches and about their clinical variables, before and
after ComBat; for the report, read by no model.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from osteon.config.harmonisation import CENTER, Harmonisation
from osteon.harmonise.confounding import confounding_table
from osteon.harmonise.diagnostics import Cohort, Maker, batch_effect, fold_tables, folds_of, principal_components
from osteon.harmonise.nested import NestedComBat
from osteon.harmonise.signal import signal_kept
from osteon.modelling.patients import Patients
from osteon.modelling.selection.usable import constant_columns, missing_columns
from osteon.modelling.splits import TRAIN, subjects_of
from osteon.modelling.task import Task

logger = logging.getLogger(__name__)

BEFORE, AFTER = "before", "after"
EFFECT = [
    *("stage", "batch", "batches", "patients", "features", "features_tested", "features_differing"),
    *("share_differing", "silhouette", "batch_auc", "reason"),
]
SIGNAL = ["stage", "variable", "measure", "value", "patients", "reason"]
COMPONENTS = ["stage", "subject", "center", "pc1", "pc2", "share_1", "share_2"]


@dataclass(frozen=True)
class Description:
    """Tables on harmonisation; their rows say 'before' or 'after' in the column stage."""

    effect: pd.DataFrame
    """One row per stage and kind of batch: how much the features tell about the batch (`EFFECT`)."""
    signal: pd.DataFrame
    """One row per stage and clinical variable: how well the features predict it (`SIGNAL`)."""
    components: pd.DataFrame
    """One row per stage and patient: the first two principal components (`COMPONENTS`)."""
    confounding: pd.DataFrame
    """How batches and outcome are bound to each other; see `confounding_table`."""


def describe_harmonisation(
    patients: Patients,
    splits: pd.DataFrame,
    settings: Harmonisation,
    task: Task,
    *,
    binary: Collection[str],
    folds: int = 5,
    seed: int,
) -> Description:
    """Effects of the batches and biological signal in the training patients, before and after ComBat.

    Args:
        patients: development patients with all their features and clinical variables.
        splits: table of `make_splits`.
        settings: kinds of batches, and how they are harmonised; with method 'none' there is no stage 'after'.
        task: kind and values of the outcome, which is compared with the batches and used for nothing else.
        binary: names of the clinical variables that are 0 or 1; the others are continuous.
        folds: folds of the models that predict batches and variables.
        seed: seed of these folds.

    Returns:
        Tables, in which each missing value has a reason: 'one_batch' (a kind of batch has one batch only),
        'no_features' (none that varies, is known in every center, and can be adjusted), 'not_fitted' (ComBat refuses;
        the log says why), 'too_few' (for the folds), 'constant' (a variable).
    """
    train = patients.take(subjects_of(splits, TRAIN))
    kinds = train.batches[settings.batch].astype(str)
    several = [name for name in kinds if kinds[name].nunique() > 1]
    values = _usable(train) if len(train) else train.features.iloc[:, :0]
    covariates = _covariates(train.clinical, settings)
    cohort = Cohort(values.to_numpy(dtype=float), kinds[several], covariates)
    parts = folds_of(cohort.batches, folds, seed) if several else []
    stages: dict[str, Maker | None] = {BEFORE: None}
    if settings.method == "combat" and several:
        stages[AFTER] = lambda: NestedComBat(
            prior=settings.prior,
            mean_only=settings.mean_only,
            reference=settings.reference if settings.batch[0] in several else None,
        )
    effects, signals, components = [], [], []
    targets = {name: train.clinical[name].to_numpy(dtype=float) for name in train.clinical}
    for stage, maker in stages.items():
        harmonised, reason = _stage(cohort, maker)
        if not several or reason:
            effects.append(_without(stage, kinds, harmonised, reason or "one_batch"))
            tables = []
        else:
            tables = fold_tables(cohort, parts, maker)
            effects.append(batch_effect(harmonised, cohort.batches, tables).assign(stage=stage))
            if len(several) < len(kinds.columns):
                effects.append(_without(stage, kinds.drop(columns=several), harmonised, "one_batch"))
        if reason is None:
            components.append(_components(harmonised, train).assign(stage=stage))
        for name, signal in signal_kept(tables, targets, set(binary)).items():
            signals.append({"stage": stage, "variable": name, **vars(signal)})
    return Description(
        pd.concat(effects)[EFFECT].reset_index(drop=True),
        pd.DataFrame(signals, columns=SIGNAL),
        pd.concat(components)[COMPONENTS].reset_index(drop=True) if components else pd.DataFrame(columns=COMPONENTS),
        confounding_table(kinds, train.outcome, values=list(task.values), continuous=task.kind == "continuous"),
    )


def _usable(train: Patients) -> pd.DataFrame:
    """Features with values in every center that vary; missing ones are replaced by the median."""
    values = train.features.drop(columns=list(missing_columns(train.features, train.center)))
    values = values.fillna(values.median())
    return values.drop(columns=list(constant_columns(values))) if values.shape[1] else values


def _covariates(clinical: pd.DataFrame, settings: Harmonisation) -> np.ndarray | None:
    if not settings.covariates:
        return None
    known = clinical[settings.covariates]
    return known.fillna(known.median()).to_numpy(dtype=float)


def _stage(cohort: Cohort, maker: Maker | None) -> tuple[np.ndarray, str | None]:
    """Features of a stage, or why there are none."""
    if not cohort.values.shape[1]:
        return cohort.values, "no_features"
    try:
        values = cohort.harmonised(maker, np.arange(len(cohort.values)))
    except ValueError as error:
        logger.warning("ComBat is not described: %s", error)
        return cohort.values[:, :0], "not_fitted"
    return values, None if values.shape[1] else "no_features"


def _without(stage: str, kinds: pd.DataFrame, values: np.ndarray, reason: str) -> pd.DataFrame:
    """Rows for kinds of batches about which nothing can be told."""
    rows = [
        {"batch": name, "batches": kinds[name].nunique(), "patients": len(values), "features": values.shape[1]}
        for name in kinds
    ]
    return pd.DataFrame(rows).reindex(columns=EFFECT).assign(stage=stage, reason=reason)


def _components(values: np.ndarray, train: Patients) -> pd.DataFrame:
    coordinates, (first, second) = principal_components(values)
    return pd.DataFrame(
        {
            "subject": train.subjects,
            CENTER: train.center.to_numpy(),
            "pc1": coordinates[:, 0],
            "pc2": coordinates[:, 1],
            "share_1": first,
            "share_2": second,
        }
    )
