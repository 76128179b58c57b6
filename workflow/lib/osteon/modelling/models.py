"""One prediction model: clinical variables and radiomics scores in a logistic regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from osteon.config.modelling import Harmonisation, Model, Selection
from osteon.modelling.leakage import Recorder
from osteon.modelling.logistic import Logistic, coefficient_table, fit_logistic
from osteon.modelling.patients import Patients
from osteon.modelling.preprocessing import Imputer, Scaler, columns_of, fit_imputer, fit_scaler
from osteon.modelling.robustness import RobustFeatures
from osteon.modelling.signatures import SELECTION_COLUMNS, Signature, fit_signature


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a model is fitted, and no data."""

    name: str
    model: Model
    signatures: Mapping[str, Sequence[str]]
    """Column patterns of the model's own signatures, by name."""
    harmonisation: Harmonisation
    selection: Selection
    seed: int
    robust: RobustFeatures | None = None
    """The only features that may enter a signature; None for all."""


@dataclass(frozen=True)
class PredictionModel:
    """A fitted model without its threshold. Patients of any center can be predicted, known or not."""

    name: str
    clinical: Imputer
    signatures: list[Signature]
    scaler: Scaler
    coefficients: np.ndarray
    intercept: float

    @property
    def clinical_columns(self) -> list[str]:
        """Clinical variables that it needs, those of the harmonisation included."""
        wanted = [
            *self.clinical.columns,
            *(column for signature in self.signatures for column in signature.harmoniser.covariate_columns),
        ]
        return list(dict.fromkeys(wanted))

    @property
    def feature_columns(self) -> list[str]:
        """Radiomic features that it needs."""
        return list(dict.fromkeys(column for signature in self.signatures for column in signature.columns))

    def terms(self, patients: Patients) -> pd.DataFrame:
        """Clinical variables and scores, before scaling."""
        known = self.clinical.transform(patients.clinical, f"model {self.name!r}")
        return pd.concat([known, *(signature.score(patients) for signature in self.signatures)], axis=1)

    def predict(self, patients: Patients) -> pd.Series:
        """Probability of the outcome for each patient.

        Missing values are replaced by training medians (`imputed` counts them). A center that was
        not in training is predicted by the frozen model without any adaptation.

        Raises:
            MissingColumn: a variable or feature that the model needs is not in the tables.
        """
        scaled = self.scaler.transform(self.terms(patients)).to_numpy()
        risks = expit(scaled @ self.coefficients + self.intercept)
        return pd.Series(risks, index=patients.subjects, name="probability")

    def imputed(self, patients: Patients) -> pd.Series:
        """Number of missing values per patient that were replaced for the prediction."""
        clinical = columns_of(patients.clinical, self.clinical_columns, f"model {self.name!r}")
        features = columns_of(patients.features, self.feature_columns, f"model {self.name!r}")
        return (clinical.isna().sum(axis=1) + features.isna().sum(axis=1)).astype(int).rename("imputed")


@dataclass(frozen=True)
class FittedModel:
    """A fitted model with the tables that describe the fit."""

    model: PredictionModel
    logistic: Logistic
    selection: pd.DataFrame

    def coefficients(self) -> pd.DataFrame:
        """Table of the logistic regression, see `coefficient_table`."""
        terms = self.model.scaler.columns
        kinds = ["clinical" if term in self.model.clinical.columns else "score" for term in terms]
        return coefficient_table(terms, kinds, self.logistic, self.model.scaler.mean, self.model.scaler.sd)


def fit_prediction_model(recipe: Recipe, patients: Patients, record: Recorder) -> FittedModel:
    """Fit everything of a model, from imputation to logistic regression, on the patients given.

    Args:
        recipe: what to fit.
        patients: training patients of one scope and no others.
        record: ledger of that scope.

    Raises:
        ValueError: from the parts, with a sentence on what to change.
    """
    variables = columns_of(patients.clinical, recipe.model.clinical, f"model {recipe.name!r}")
    clinical = fit_imputer(variables, record.inside("clinical"))
    fitted = [
        fit_signature(
            name,
            recipe.signatures[name],
            patients,
            recipe.harmonisation,
            recipe.selection,
            recipe.seed,
            record,
            recipe.robust,
        )
        for name in recipe.model.scores
    ]
    signatures = [signature for signature, _ in fitted]
    terms = pd.concat([clinical.transform(variables), *(signature.score(patients) for signature in signatures)], axis=1)
    scaler = fit_scaler(terms, record.inside("terms"))
    logistic = fit_logistic(scaler.transform(terms), patients.outcome, record)
    model = PredictionModel(recipe.name, clinical, signatures, scaler, logistic.coefficients, logistic.intercept)
    selection = [table for _, table in fitted] or [pd.DataFrame(columns=SELECTION_COLUMNS)]
    return FittedModel(model, logistic, pd.concat(selection, ignore_index=True))
