"""Groups of feature columns: prepared without the outcome, then selected, then a score or columns of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, Ridge

from osteon.config.harmonisation import Harmonisation
from osteon.config.selection import Chain
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
from osteon.modelling.selection.chain import Selected, StepPaths, fit_chain
from osteon.modelling.selection.fates import Fate
from osteon.modelling.selection.usable import constant_columns, missing_columns
from osteon.modelling.task import Task

SELECTION_COLUMNS = ["signature", "feature", "fate", "p", "coefficient"]
# Name of the block whose features enter a model themselves.
COLUMNS = "columns"


@dataclass(frozen=True)
class Prepared:
    """A block's features of the training rows, imputed, harmonised and scaled; no outcome was looked at."""

    name: str
    imputer: Imputer
    harmoniser: Harmoniser
    scaler: Scaler
    scaled: pd.DataFrame
    candidates: list[str]
    """All columns of the block."""
    fates: dict[str, Fate]
    """Why some of them cannot be used."""


@dataclass(frozen=True)
class Block:
    """A fitted block; it holds the selected features only.

    Its terms are intercepts + features @ weights (a score), features @ rotation (components), or the features, after
    imputation, harmonisation and scaling with the parameters of the training rows.
    """

    name: str
    imputer: Imputer
    harmoniser: Harmoniser
    scaler: Scaler
    weights: np.ndarray | None
    intercepts: np.ndarray | None
    outputs: list[str]
    """Names of its terms."""

    @property
    def columns(self) -> list[str]:
        """Features that it needs."""
        return self.imputer.columns

    def harmonised(self, patients: Patients) -> pd.DataFrame:
        """Its features after imputation and harmonisation, in their units.

        Raises:
            MissingColumn: a feature, a batch or a covariate of the harmonisation is not in the tables.
        """
        complete = self.imputer.transform(patients.features, f"signature {self.name!r}")
        return self.harmoniser.transform(complete, patients.batches, patients.clinical)

    def terms(self, patients: Patients) -> pd.DataFrame:
        """Its terms for patients of any center.

        Raises:
            MissingColumn: as `harmonised`.
        """
        values = self.scaler.transform(self.harmonised(patients)).to_numpy()
        if self.weights is not None:
            values = values @ self.weights
        if self.intercepts is not None:
            values = values + self.intercepts
        return pd.DataFrame(values, index=patients.subjects, columns=self.outputs)


def matching_columns(columns: Sequence[str], patterns: Sequence[str], where: str) -> list[str]:
    """Columns that match any of the patterns ('*' and '?'), in the order of the table.

    Args:
        columns: columns of the table.
        patterns: the patterns.
        where: key of the configuration that holds them, for the message.

    Raises:
        ValueError: none matches.
    """
    chosen = [column for column in columns if any(fnmatchcase(column, pattern) for pattern in patterns)]
    if not chosen:
        raise ValueError(
            f"{where}: no feature matches {', '.join(patterns)}; the features are called {', '.join(columns[:3])}, ..."
        )
    return chosen


def prepare_block(
    name: str,
    columns: Sequence[str],
    patients: Patients,
    harmonisation: Harmonisation,
    record: Recorder,
    robust: RobustFeatures | None = None,
    missing: str = "median",
) -> Prepared:
    """Everything of a block that is learned without the outcome.

    Columns that are not robust, and those without values or variation, are dropped; then imputation, harmonisation
    and scaling.

    Args:
        name: name of the block.
        columns: its columns.
        patients: training patients of this scope and no others.
        harmonisation: settings of ComBat.
        record: ledger.
        robust: the only features that may enter; None for all.
        missing: what gaps are replaced by, see `fit_imputer`.

    Raises:
        ValueError: no column is robust, or none has values and variation.
    """
    record = record.inside(f"signature {name}")
    candidates = patients.features[list(columns)]
    fates = _not_robust(candidates.columns, robust, name)
    record.saw("missing values", candidates)
    fates |= missing_columns(candidates.drop(columns=list(fates)), patients.center)
    present = candidates.drop(columns=list(fates))
    imputer = fit_imputer(present, record, missing)
    complete = imputer.transform(present)
    record.saw("constant features", complete)
    fates |= constant_columns(complete)
    usable = _still_usable(present.columns, fates, name, patients, record)
    harmoniser = fit_harmoniser(complete[usable], patients.batches, patients.clinical, harmonisation, record)
    fates |= dict.fromkeys(harmoniser.not_harmonised, Fate.CONSTANT_IN_CENTER)
    kept = _still_usable(present.columns, fates, name, patients, record)
    harmonised = harmoniser.transform(complete[usable], patients.batches, patients.clinical)[kept]
    scaler = fit_scaler(harmonised, record)
    return Prepared(
        name,
        imputer.restricted(kept),
        harmoniser.restricted(kept),
        scaler,
        scaler.transform(harmonised),
        list(candidates.columns),
        fates,
    )


def fit_block(
    prepared: Prepared,
    chain: Chain,
    outcome: pd.Series,
    task: Task,
    seed: int,
    record: Recorder,
    *,
    score: bool,
    person: pd.Series | None = None,
    keep_paths: bool = False,
) -> tuple[Block, pd.DataFrame, list[StepPaths]]:
    """Select features of a prepared block, and make them a score or terms of their own.

    A score has the weights of the chain's last step (LASSO, elastic net). After another last step these are fitted by
    ridge regression (logistic, penalty 1) on the selected features.

    Args:
        prepared: from `prepare_block`.
        chain: selection steps.
        outcome: (n,) of the same patients.
        task: kind of the outcome.
        seed: seed of everything random.
        record: ledger.
        score: True for a score, False for the features (or components) themselves.
        person: (n,) person of each row, where someone has several rows.
        keep_paths: whether steps with a penalty keep its path.

    Returns:
        The block; what became of each column: signature, feature, fate, p, coefficient (of the scaled feature; of
        the first class where there are several); and the paths that were kept.
    """
    record = record.inside(f"signature {prepared.name}")
    selected = fit_chain(chain, prepared.scaled, outcome, task, seed, record, person, keep_paths=keep_paths)
    weights, intercepts, outputs = _outputs(prepared, selected, outcome, task, record, score)
    chosen = selected.columns
    block = Block(
        prepared.name,
        prepared.imputer.restricted(chosen),
        prepared.harmoniser.restricted(chosen),
        prepared.scaler.restricted(chosen),
        weights,
        intercepts,
        outputs,
    )
    fates = prepared.fates | selected.fates
    coefficients = pd.Series(weights[:, 0] if weights is not None else 1.0, index=chosen, dtype=float)
    table = pd.DataFrame(
        {
            "signature": prepared.name,
            "feature": prepared.candidates,
            "fate": [str(fates[column]) for column in prepared.candidates],
            "p": selected.p.reindex(prepared.candidates).to_numpy(),
            "coefficient": coefficients.reindex(prepared.candidates).to_numpy(),
        }
    )
    return block, table[SELECTION_COLUMNS], selected.paths


def _outputs(
    prepared: Prepared, selected: Selected, outcome: pd.Series, task: Task, record: Recorder, score: bool
) -> tuple[np.ndarray | None, np.ndarray | None, list[str]]:
    """Weights, intercepts and names of a block's terms."""
    if not score:
        if selected.rotation is None:
            return None, None, list(selected.columns)
        return (
            selected.rotation,
            None,
            [f"{prepared.name} component {i + 1}" for i in range(selected.rotation.shape[1])],
        )
    weights, intercepts = selected.weights, selected.intercepts
    if weights is None and len(selected.columns) == 1 and task.kind != "classes":
        weights, intercepts = np.ones((1, 1)), np.zeros(1)
    elif weights is None:
        weights, intercepts = _ridge(prepared.scaled[selected.columns], outcome, task, record)
    names = [prepared.name]
    if task.kind == "classes":
        names = [f"{prepared.name} {value}" for value in task.values]
    return weights, intercepts, names


def _ridge(table: pd.DataFrame, outcome: pd.Series, task: Task, record: Recorder) -> tuple[np.ndarray, np.ndarray]:
    """Weights (features, scores) and intercepts of a score after a selection that gives none."""
    record.saw("score", table, outcome)
    values = table.to_numpy(dtype=float)
    if task.kind == "continuous":
        model = Ridge(alpha=1.0).fit(values, outcome.to_numpy(dtype=float))
        return model.coef_.reshape(-1, 1), np.array([model.intercept_], dtype=float)
    model = LogisticRegression(C=1.0, tol=1e-8, max_iter=5000).fit(values, outcome.to_numpy(dtype=int))
    return model.coef_.T.copy(), model.intercept_.copy()


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
