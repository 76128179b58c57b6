"""Radiomics signatures: from a group of feature columns to one score per patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from osteon.config.modelling import Harmonisation, Selection
from osteon.modelling.leakage import Recorder
from osteon.modelling.patients import Patients
from osteon.modelling.preprocessing import (
    Harmoniser,
    Imputer,
    Scaler,
    fit_harmoniser,
    fit_imputer,
    fit_scaler,
)
from osteon.modelling.robustness import RobustFeatures
from osteon.modelling.selection import Fate, constant_columns, fit_lasso, missing_columns, t_test

SELECTION_COLUMNS = ["signature", "feature", "fate", "p", "coefficient"]


@dataclass(frozen=True)
class Signature:
    """A fitted signature; it holds the selected features only.

    The score is intercept + sum of coefficient * feature, after imputation, harmonisation and
    scaling with the parameters of the training rows.
    """

    name: str
    imputer: Imputer
    harmoniser: Harmoniser
    scaler: Scaler
    coefficients: np.ndarray
    intercept: float

    @property
    def columns(self) -> list[str]:
        """Features that it needs."""
        return self.imputer.columns

    def score(self, patients: Patients) -> pd.Series:
        """One score per patient, of any center.

        Raises:
            MissingColumn: a feature or a covariate of the harmonisation is not in the table.
        """
        complete = self.imputer.transform(patients.features, f"signature {self.name!r}")
        harmonised = self.harmoniser.transform(complete, patients.center, patients.clinical)
        values = self.scaler.transform(harmonised).to_numpy() @ self.coefficients + self.intercept
        return pd.Series(values, index=patients.subjects, name=self.name)


def matching_columns(columns: Sequence[str], patterns: Sequence[str], name: str) -> list[str]:
    """Columns that match any of the patterns ('*' and '?'), in the order of the table.

    Raises:
        ValueError: none matches.
    """
    chosen = [column for column in columns if any(fnmatchcase(column, pattern) for pattern in patterns)]
    if not chosen:
        raise ValueError(
            f"signatures.{name}: no feature matches {', '.join(patterns)}; the features are called "
            f"{', '.join(columns[:3])}, ..."
        )
    return chosen


def fit_signature(
    name: str,
    patterns: Sequence[str],
    patients: Patients,
    harmonisation: Harmonisation,
    selection: Selection,
    seed: int,
    record: Recorder,
    robust: RobustFeatures | None = None,
) -> tuple[Signature, pd.DataFrame]:
    """Fit a signature on training patients.

    Columns that are not robust, and those without values or variation, are dropped; then imputation, harmonisation,
    scaling, t test and LASSO. If no feature survives, the score is the single feature with the least p, and its fate
    says so.

    Args:
        name: name of the signature.
        patterns: column patterns.
        patients: training patients of this scope and no others.
        harmonisation: settings of ComBat.
        selection: settings of t test and LASSO.
        seed: seed of the LASSO's folds.
        record: ledger.
        robust: the only features that may enter; None for all.

    Returns:
        The signature and the table of what became of each column: signature, feature, fate, p,
        coefficient (of the scaled feature).

    Raises:
        ValueError: no column matches, none is robust, or none has values and variation.
    """
    record = record.inside(f"signature {name}")
    candidates = patients.features[matching_columns(list(patients.features.columns), patterns, name)]
    fates = _not_robust(candidates.columns, robust, name)
    record.saw("missing values", candidates)
    fates |= missing_columns(candidates.drop(columns=list(fates)), patients.center)
    present = candidates.drop(columns=list(fates))
    imputer = fit_imputer(present, record)
    complete = imputer.transform(present)
    record.saw("constant features", complete)
    fates |= constant_columns(complete)
    usable = _still_usable(present.columns, fates, name, patients, record)
    harmoniser = fit_harmoniser(complete[usable], patients.center, patients.clinical, harmonisation, record)
    fates |= dict.fromkeys(harmoniser.not_harmonised, Fate.CONSTANT_IN_CENTER)
    usable = _still_usable(present.columns, fates, name, patients, record)
    harmonised = harmoniser.transform(complete, patients.center, patients.clinical)[usable]
    scaler = fit_scaler(harmonised, record)
    scaled = scaler.transform(harmonised)
    p = t_test(scaled, patients.outcome, selection, record)
    coefficients, intercept, chosen_fates = _choose(scaled, patients.outcome, p, selection, seed, record)
    fates |= chosen_fates
    chosen = list(coefficients.index)
    signature = Signature(
        name,
        imputer.restricted(chosen),
        harmoniser.restricted(chosen),
        scaler.restricted(chosen),
        coefficients.to_numpy(),
        intercept,
    )
    table = pd.DataFrame(
        {
            "signature": name,
            "feature": candidates.columns,
            "fate": [str(fates[column]) for column in candidates.columns],
            "p": p.reindex(candidates.columns).to_numpy(),
            "coefficient": coefficients.reindex(candidates.columns).to_numpy(),
        }
    )
    return signature, table[SELECTION_COLUMNS]


def _not_robust(columns: pd.Index, robust: RobustFeatures | None, name: str) -> dict[str, Fate]:
    fates = robust.fates(columns) if robust else {}
    if len(fates) == len(columns):
        low = sum(fate == Fate.NOT_ROBUST for fate in fates.values())
        raise ValueError(
            f"signature {name!r}: none of its {len(columns)} features is robust ({robust.describe()}): {low} have a "
            f"lower one, {len(fates) - low} have none; see 04_features/robustness.tsv. Lower robustness.threshold, or "
            "raise robustness.cases, or write 'bound: value' under robustness to judge the ICC itself, or "
            "'filter: false' to report it alone"
        )
    return fates


def _still_usable(
    columns: pd.Index, fates: dict[str, Fate], name: str, patients: Patients, record: Recorder
) -> list[str]:
    usable = [column for column in columns if column not in fates]
    if not usable:
        raise ValueError(
            f"signature {name!r}: no feature has values that vary among the {len(patients)} training "
            f"patients of {record.scope}; look at missing.tsv and at the discretisation of the features"
        )
    return usable


def _choose(
    scaled: pd.DataFrame, outcome: pd.Series, p: pd.Series, settings: Selection, seed: int, record: Recorder
) -> tuple[pd.Series, float, dict[str, Fate]]:
    """Coefficients of the chosen features, the intercept, and the fates of all."""
    passed = p.index[p < settings.p_value]
    fates = {column: Fate.LASSO if column in passed else Fate.P_VALUE for column in p.index}
    if len(passed):
        lasso = fit_lasso(scaled[passed], outcome, settings, seed, record)
        weights = pd.Series(lasso.coefficients, index=passed)
        weights = weights[weights != 0]
        if len(weights):
            return weights, lasso.intercept, fates | dict.fromkeys(weights.index, Fate.KEPT)
    record.saw("least p", scaled, outcome, note="no feature survived the selection")
    best = str(p.index[int(np.argmin(p.to_numpy()))])
    return pd.Series({best: 1.0}), 0.0, fates | {best: Fate.LEAST_P}
