"""One prediction model: clinical variables, radiomics scores and features, and what is fitted on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import f_oneway, pearsonr

from osteon.config.features import Robustness
from osteon.config.harmonisation import Harmonisation
from osteon.config.modelling import YOUDEN, Model, ThresholdRule
from osteon.config.selection import Chain
from osteon.modelling.blocks import (
    COLUMNS,
    SELECTION_COLUMNS,
    Block,
    Prepared,
    fit_block,
    matching_columns,
    prepare_block,
)
from osteon.modelling.calibrator import Calibrator
from osteon.modelling.explanation_codes import CLINICAL
from osteon.modelling.lasso_path import PenaltyTables, penalty_tables
from osteon.modelling.leakage import Recorder
from osteon.modelling.logistic import coefficient_table, fit_logistic
from osteon.modelling.patients import Patients
from osteon.modelling.predictors import FittedPredictor, Predictor
from osteon.modelling.preprocessing import Imputer, Scaler, columns_of, fit_imputer, fit_scaler
from osteon.modelling.robustness import Values, fit_robust
from osteon.modelling.selection.fates import Fate
from osteon.modelling.task import BINARY, Task


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a model is fitted, and no data."""

    name: str
    model: Model
    signatures: Mapping[str, Sequence[str]]
    """Column patterns of the model's own signatures, by name."""
    chains: Mapping[str, Chain]
    """The chains of selection steps that are tried, by name; with one there is nothing to choose."""
    harmonisation: Harmonisation
    seed: int
    task: Task = BINARY
    robustness: Robustness | None = None
    """Only features that readers and perturbations do not change may enter; None lets all in."""
    missing: str = "median"
    """What gaps are replaced by, see `preprocessing.fit_imputer`."""
    threshold: ThresholdRule = YOUDEN
    """How the threshold of an outcome of two classes is found."""

    @property
    def stated_threshold(self) -> float | None:
        """The threshold that was stated beforehand; None where one is chosen on predictions, or none is needed."""
        return None if self.task.kind != "binary" or self.threshold == YOUDEN else self.threshold.risk

    @property
    def chooses_threshold(self) -> bool:
        """Whether a threshold is chosen on out-of-fold predictions."""
        return self.task.kind == "binary" and self.stated_threshold is None

    @property
    def blocks(self) -> dict[str, Sequence[str]]:
        """Column patterns of every block of features."""
        blocks = {name: self.signatures[name] for name in self.model.scores}
        return blocks | ({COLUMNS: self.model.columns} if self.model.columns else {})

    def columns(self, table: pd.DataFrame) -> dict[str, list[str]]:
        """The columns of every block among those of a table of features.

        Raises:
            ValueError: a pattern that matches nothing.
        """
        return {
            name: matching_columns(
                list(table.columns),
                patterns,
                f"models.{self.name}.columns" if name == COLUMNS else f"signatures.{name}",
            )
            for name, patterns in self.blocks.items()
        }


@dataclass(frozen=True)
class Inputs:
    """Everything of a model but its predictor, fitted on the training rows of a scope."""

    clinical: Imputer
    blocks: list[Block]
    scaler: Scaler
    scaled: pd.DataFrame
    """(n, terms) scaled terms of the training rows."""
    selection: pd.DataFrame
    """signature, feature, fate, p, coefficient."""
    penalties: PenaltyTables
    """Paths of the penalties of its signatures, where they are kept."""

    def terms(self, patients: Patients) -> pd.DataFrame:
        """Scaled terms of any patients."""
        return self.scaler.transform(_terms(self.clinical, self.blocks, patients, "the model"))


@dataclass(frozen=True)
class PredictionModel:
    """A fitted model without its threshold. Patients of any center can be predicted, known or not."""

    name: str
    task: Task
    clinical: Imputer
    blocks: list[Block]
    scaler: Scaler
    predictor: Predictor
    calibrator: Calibrator | None

    @property
    def clinical_columns(self) -> list[str]:
        """Clinical variables that it needs, those of the harmonisation included."""
        wanted = [
            *self.clinical.columns,
            *(column for block in self.blocks for column in block.harmoniser.covariate_columns),
        ]
        return list(dict.fromkeys(wanted))

    @property
    def feature_columns(self) -> list[str]:
        """Radiomic features that it needs."""
        return list(dict.fromkeys(column for block in self.blocks for column in block.columns))

    @property
    def kinds(self) -> list[str]:
        """Of each term: clinical, score or feature."""
        scores = {output for block in self.blocks if block.name != COLUMNS for output in block.outputs}
        return [
            CLINICAL if term in self.clinical.columns else "score" if term in scores else "feature"
            for term in self.scaler.columns
        ]

    def terms(self, patients: Patients) -> pd.DataFrame:
        """Clinical variables, scores and features, before scaling."""
        return _terms(self.clinical, self.blocks, patients, f"model {self.name!r}")

    def predict(self, patients: Patients) -> pd.DataFrame:
        """Predictions with the columns of the task, for each patient.

        Missing values are replaced by those of the training patients (`imputed` counts them). A center that was
        not in training is predicted by the frozen model without any adaptation.

        Raises:
            MissingColumn: a variable or feature that the model needs is not in the tables.
        """
        if not len(patients):
            return pd.DataFrame(columns=self.task.columns, dtype=float)
        raw = self.predictor.raw(self.scaler.transform(self.terms(patients)).to_numpy(dtype=float), self.task)
        predicted = self.calibrator.transform(raw) if self.calibrator else raw
        return pd.DataFrame(predicted, index=patients.subjects, columns=self.task.columns)

    def imputed(self, patients: Patients) -> pd.Series:
        """Number of missing values per patient that were replaced for the prediction."""
        clinical = columns_of(patients.clinical, self.clinical_columns, f"model {self.name!r}")
        features = columns_of(patients.features, self.feature_columns, f"model {self.name!r}")
        return (clinical.isna().sum(axis=1) + features.isna().sum(axis=1)).astype(int).rename("imputed")


@dataclass(frozen=True)
class FittedModel:
    """A fitted model with the tables that describe the fit."""

    model: PredictionModel
    fitted: FittedPredictor
    selection: pd.DataFrame
    penalties: PenaltyTables

    def coefficients(self) -> pd.DataFrame:
        """One row per term and one for the intercept, see `coefficient_table`."""
        model = self.model
        return self.fitted.table(model.scaler.columns, model.kinds, model.scaler.mean, model.scaler.sd, model.task)


def predictions_of(model: PredictionModel, patients: Patients) -> pd.DataFrame:
    """subject, center, outcome, predictions, imputed of patients that the model has not seen."""
    about = pd.DataFrame({"center": patients.center, "outcome": patients.outcome})
    predicted = pd.concat([about, model.predict(patients), model.imputed(patients)], axis=1)
    return predicted.rename_axis("subject").reset_index()


def prepare(recipe: Recipe, patients: Patients, variants: Values | None, record: Recorder) -> list[Prepared]:
    """What is learned of every block without the outcome, from the patients given.

    Args:
        recipe: what to fit.
        patients: training patients of one scope and no others.
        variants: features of perturbed regions and of other readers, where the recipe filters by robustness.
        record: ledger of that scope.

    Raises:
        ValueError: from the parts, with a sentence on what to change.
    """
    columns = recipe.columns(patients.features)
    robust = None
    if recipe.robustness and columns:
        robust = fit_robust(variants, recipe.robustness, patients.subjects, record)
    return [
        prepare_block(name, members, patients, recipe.harmonisation, record, robust, recipe.missing)
        for name, members in columns.items()
    ]


def fit_inputs(
    recipe: Recipe,
    prepared: list[Prepared],
    patients: Patients,
    chain: Chain,
    record: Recorder,
    *,
    keep_paths: bool = False,
) -> Inputs:
    """Select, score and scale: everything of a model but its predictor.

    Args:
        recipe: what to fit.
        prepared: from `prepare`, of the same patients.
        patients: training patients of one scope and no others.
        chain: the selection steps.
        record: ledger of that scope.
        keep_paths: whether steps with a penalty keep its path.
    """
    variables = columns_of(patients.clinical, recipe.model.clinical, f"model {recipe.name!r}")
    clinical = fit_imputer(variables, record.inside(CLINICAL), recipe.missing)
    tables = []
    if recipe.model.clinical_p is not None:
        chosen, table = _clinical_choice(clinical.transform(variables), patients.outcome, recipe, record)
        clinical = clinical.restricted(chosen)
        tables.append(table)
    blocks, paths = [], []
    for block in prepared:
        fitted, table, kept = fit_block(
            block,
            chain,
            patients.outcome,
            recipe.task,
            recipe.seed,
            record,
            score=block.name != COLUMNS,
            person=patients.person,
            keep_paths=keep_paths,
        )
        blocks.append(fitted)
        paths.append((block.name, kept))
        tables.append(table)
    terms = _terms(clinical, blocks, patients, f"model {recipe.name!r}")
    scaler = fit_scaler(terms, record.inside("terms"))
    selection = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=SELECTION_COLUMNS)
    return Inputs(clinical, blocks, scaler, scaler.transform(terms), selection, penalty_tables(paths, recipe.task))


def _terms(clinical: Imputer, blocks: list[Block], patients: Patients, what: str) -> pd.DataFrame:
    known = clinical.transform(patients.clinical, what)
    return pd.concat([known, *(block.terms(patients) for block in blocks)], axis=1)


def _clinical_choice(
    table: pd.DataFrame, outcome: pd.Series, recipe: Recipe, record: Recorder
) -> tuple[list[str], pd.DataFrame]:
    """Clinical variables whose univariable p is low enough, and what became of each.

    p is that of a logistic regression with one variable; of an analysis of variance where there are several classes,
    and of Pearson's correlation where the outcome is a number. If none is low enough, the least p stays.
    """
    record = record.inside(CLINICAL)
    p = pd.Series({name: _univariable_p(table[[name]], outcome, recipe.task, record) for name in table.columns})
    chosen = list(p.index[p < recipe.model.clinical_p])
    fates = {name: Fate.KEPT if name in chosen else Fate.P_VALUE for name in p.index}
    if not chosen:
        chosen = [str(p.fillna(1.0).idxmin())]
        fates[chosen[0]] = Fate.LEAST_P
    rows = {
        "signature": CLINICAL,
        "feature": p.index,
        "fate": [str(fates[name]) for name in p.index],
        "p": p.to_numpy(),
    }
    return chosen, pd.DataFrame(rows).reindex(columns=SELECTION_COLUMNS)


def _univariable_p(column: pd.DataFrame, outcome: pd.Series, task: Task, record: Recorder) -> float:
    if column.iloc[:, 0].nunique() < 2:
        return 1.0
    if task.kind == "binary":
        scaled = fit_scaler(column, record).transform(column)
        fit = fit_logistic(scaled, outcome, record)
        table = coefficient_table([column.columns[0]], [CLINICAL], fit, np.zeros(1), np.ones(1))
        # separated outcomes have no standard error, but no stronger variable could be there
        return 0.0 if np.isnan(table["p"].iloc[0]) else float(table["p"].iloc[0])
    record.saw("univariable test", column, outcome)
    values = column.iloc[:, 0].to_numpy(dtype=float)
    if task.kind == "continuous":
        return float(pearsonr(values, outcome.to_numpy(dtype=float)).pvalue)
    groups = [values[outcome.to_numpy() == code] for code in sorted(set(outcome))]
    return float(f_oneway(*groups).pvalue)
