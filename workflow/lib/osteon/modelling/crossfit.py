"""A model fitted once for good and once per fold, so that its threshold rests on patients it had not seen."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pandas as pd
from threadpoolctl import threadpool_limits

from osteon.modelling.bundle import Bundle, origin_of
from osteon.modelling.leakage import Ledger, audit, require_clean, row_hash
from osteon.modelling.models import FittedModel, Recipe, fit_prediction_model
from osteon.modelling.patients import Patients, refuse_outcome_copies
from osteon.modelling.signatures import matching_columns
from osteon.modelling.splits import FINAL, TRAIN, fold_numbers, scope_of, scopes, subjects_of
from osteon.statistics.thresholds import youden

logger = logging.getLogger(__name__)

# A covariate that follows the outcome this closely would hand it to ComBat.
OUTCOME_LIKE = 0.95


@dataclass(frozen=True)
class ModelFit:
    """A frozen model and the tables written beside it."""

    bundle: Bundle
    oof_predictions: pd.DataFrame
    """subject, center, outcome, probability, fold, imputed (number of missing inputs that were replaced)."""
    coefficients: pd.DataFrame
    selection: pd.DataFrame
    """signature, feature, fate, p, coefficient of the final fit; folds_selected of folds."""
    fits: pd.DataFrame
    """Ledger: which rows every fitted object has seen."""


def fit_model(recipe: Recipe, patients: Patients, splits: pd.DataFrame) -> ModelFit:
    """Fit one model on the training patients, with out-of-fold predictions and a threshold.

    Everything that is estimated (imputation, ComBat, scaling, selection, LASSO, logistic regression) is
    estimated anew for each fold on the patients outside it. The threshold is chosen on these
    out-of-fold predictions. Test patients are in no fit, and the audit of the ledger proves it.
    One thread is used, so that the number of cores changes no digit.

    Args:
        recipe: what to fit.
        patients: development patients; those of the test set are not looked at.
        splits: table of `make_splits`.

    Raises:
        ValueError: from the parts, with a sentence on what to change.
        Leakage: a fitted object has seen a patient that it must not see.
    """
    ledger = Ledger(splits)
    allowed = scopes(splits)
    train = patients.take(allowed[FINAL])
    if train.outcome.nunique() < 2:
        raise ValueError(
            f"model {recipe.name!r}: {len(train)} of {len(allowed[FINAL])} training patients have "
            "features, and not both outcomes occur among them; see cases_excluded.tsv for the others"
        )
    _check_inputs(recipe, train)
    with threadpool_limits(limits=1):
        final = fit_prediction_model(recipe, train, ledger.recorder(FINAL))
        folds, tables = {}, []
        for number in fold_numbers(splits):
            scope = scope_of(number)
            folds[scope] = fit_prediction_model(recipe, patients.take(allowed[scope]), ledger.recorder(scope))
            held = patients.take(subjects_of(splits, TRAIN, number))
            tables.append(predictions_of(folds[scope], held).assign(fold=number))
            logger.info("model %s: %s fitted", recipe.name, scope)
    predictions = pd.concat(tables).sort_values(["center", "subject"], ignore_index=True)
    predictions = predictions[["subject", "center", "outcome", "probability", "fold", "imputed"]]
    threshold = youden(predictions["outcome"], predictions["probability"])
    if threshold.reason:
        raise ValueError(
            f"model {recipe.name!r}: no threshold can be chosen, because its out-of-fold predictions are "
            "all the same; give it more variables or scores"
        )
    ledger.recorder(FINAL).saw("threshold", predictions.set_index("subject"))
    fits = ledger.table()
    require_clean(audit(fits, splits))
    training = {
        "patients": len(train),
        "events": int(train.outcome.sum()),
        "centers": {center: int(count) for center, count in train.center.value_counts().sort_index().items()},
        "row_hash": row_hash(train.subjects),
    }
    bundle = Bundle(final.model, threshold.value, origin_of(recipe, training))
    return ModelFit(bundle, predictions, final.coefficients(), _selection(final, list(folds.values())), fits)


def predictions_of(fitted: FittedModel, patients: Patients) -> pd.DataFrame:
    """subject, center, outcome, probability, imputed of patients that the model has not seen."""
    return (
        pd.DataFrame(
            {
                "center": patients.center,
                "outcome": patients.outcome,
                "probability": fitted.model.predict(patients),
                "imputed": fitted.model.imputed(patients),
            }
        )
        .rename_axis("subject")
        .reset_index()
    )


def _check_inputs(recipe: Recipe, train: Patients) -> None:
    features = [
        column
        for name in recipe.model.scores
        for column in matching_columns(list(train.features.columns), recipe.signatures[name], name)
    ]
    known = [name for name in recipe.model.clinical if name in train.clinical.columns]
    refuse_outcome_copies(train, known, list(dict.fromkeys(features)))
    for covariate in recipe.harmonisation.covariates if recipe.model.scores else []:
        if covariate in train.clinical.columns:
            correlation = abs(train.clinical[covariate].corr(train.outcome))
            if correlation > OUTCOME_LIKE:
                raise ValueError(
                    f"harmonisation.covariates: {covariate!r} follows the outcome (correlation "
                    f"{correlation:.2f}) and would leak it into the features; remove it"
                )


def _selection(final: FittedModel, folds: list[FittedModel]) -> pd.DataFrame:
    """The final selection with the number of folds in which each feature was selected too."""
    chosen = pd.concat(
        [
            table.loc[table["coefficient"].notna(), ["signature", "feature"]]
            for table in (fold.selection for fold in folds)
        ]
    )
    counts = chosen.value_counts()
    keys = pd.MultiIndex.from_frame(final.selection[["signature", "feature"]])
    selected = counts.reindex(keys).fillna(0).astype(int).to_numpy() if len(keys) else []
    return final.selection.assign(folds_selected=selected, folds=len(folds))
