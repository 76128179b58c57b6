"""A model fitted once for good, and once per fold, so that its threshold rests on patients it had not seen."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from osteon.config.harmonisation import CENTER
from osteon.modelling.blocks import Prepared
from osteon.modelling.bundle import Bundle, origin_of
from osteon.modelling.calibrator import fit_calibrator
from osteon.modelling.classifiers import needs_calibration
from osteon.modelling.lasso_path import PenaltyTables
from osteon.modelling.leakage import Ledger, audit, require_clean, row_hash
from osteon.modelling.models import FittedModel, PredictionModel, Recipe, fit_inputs, predictions_of, prepare
from osteon.modelling.outcome_copies import associations, near_copies, refuse_outcome_copies
from osteon.modelling.patients import Patients
from osteon.modelling.predictors import fit_predictor
from osteon.modelling.resampling import reproducibility
from osteon.modelling.robustness import Values
from osteon.modelling.search import COLUMNS as SEARCH_COLUMNS
from osteon.modelling.search import (
    Candidate,
    InnerFold,
    Tried,
    candidates,
    choose,
    inner_folds,
    same_training,
    search_table,
    tune,
)
from osteon.modelling.splits import FINAL, Scope, inner_scopes, outer_scopes
from osteon.statistics.thresholds import choose_threshold

logger = logging.getLogger(__name__)

# A covariate that follows the outcome this closely would hand it to ComBat.
OUTCOME_LIKE = 0.95
FOLD = "fold "


@dataclass(frozen=True)
class Fitted:
    """What one outer scope gave."""

    scope: str
    model: FittedModel
    threshold: float | None
    """The stated one, or that of inner out-of-fold predictions of this scope's training patients, where it was asked
    for."""
    predictions: pd.DataFrame
    """subject, center, outcome, predictions, imputed of the patients that the scope holds back."""
    search: pd.DataFrame


@dataclass(frozen=True)
class ModelFit:
    """A frozen model and the tables written beside it."""

    bundle: Bundle
    oof_predictions: pd.DataFrame
    """subject, center, outcome, predictions, imputed (number of missing inputs that were replaced), fold."""
    resampled: pd.DataFrame
    """The same for repeated cross-validation and left-out centers, with scope and threshold instead of fold."""
    coefficients: pd.DataFrame
    selection: pd.DataFrame
    """signature, feature, fate, p, coefficient of the final fit; selected of resamples: in how many other fits."""
    stability: pd.DataFrame
    """signature, features, resamples, mean number selected, stability index, reason."""
    search: pd.DataFrame
    """What was tried in the inner folds of every scope."""
    fits: pd.DataFrame
    """Ledger: which rows every fitted object has seen."""
    penalties: PenaltyTables
    """Of the final fit: coefficients along the penalties of its signatures, and the errors that chose one."""


def fit_model(
    recipe: Recipe,
    patients: Patients,
    splits: pd.DataFrame,
    *,
    variants: Values | None = None,
    leave_one_center_out: bool = False,
    cores: int = 1,
) -> ModelFit:
    """Fit one model on the training patients, with out-of-fold predictions and a threshold.

    Everything that is estimated (imputation, ComBat, scaling, selection, scores, the classifier and its parameters,
    calibration) is estimated anew in each scope on its own training patients. The threshold is chosen on out-of-fold
    predictions, or was stated. Test patients are in no fit, and the audit of the ledger proves it. Each fit uses one
    thread, and the number of cores changes no digit.

    Args:
        recipe: what to fit.
        patients: development patients; those of the test set are not looked at.
        splits: table of `make_splits`.
        variants: features of perturbed regions and of other readers, where the recipe filters by robustness.
        leave_one_center_out: fit also without each center.
        cores: number of processes.

    Raises:
        ValueError: from the parts, with a sentence on what to change.
        Leakage: a fitted object has seen a patient that it must not see.
    """
    scopes = outer_scopes(splits, leave_one_center_out)
    train = patients.take(scopes[0].train).with_persons(splits)
    near = _check(recipe, train, len(scopes[0].train))
    ledger = Ledger(splits)
    fitted = fit_scopes(recipe, train, splits, scopes, ledger, variants=variants, cores=cores)
    final, folds = fitted[0], [one for one in fitted if one.scope.startswith(FOLD)]
    others = [one for one in fitted[1:] if not one.scope.startswith(FOLD)]
    predictions = pd.concat([one.predictions.assign(fold=int(one.scope.removeprefix(FOLD))) for one in folds])
    predictions = predictions.sort_values(["center", "subject"], ignore_index=True)
    threshold = recipe.stated_threshold
    if recipe.chooses_threshold:
        threshold = _threshold(predictions, recipe)
        ledger.recorder(FINAL).saw("threshold", predictions.set_index("subject"))
    fits = ledger.table()
    require_clean(audit(fits, splits))
    training = {
        "patients": len(train),
        "centers": {center: int(count) for center, count in train.center.value_counts().sort_index().items()},
        "row_hash": row_hash(train.subjects),
        "close_to_outcome": near.to_dict("records"),
    }
    if recipe.task.kind != "continuous":
        counts = train.outcome.value_counts()
        training["classes"] = {value: int(counts.get(code, 0)) for code, value in enumerate(recipe.task.values)}
    bundle = Bundle(final.model.model, threshold, origin_of(recipe, training, _chosen(final.search)))
    selection, stability = reproducibility(final.model.selection, [one.model.selection for one in fitted[1:]])
    return ModelFit(
        bundle,
        predictions,
        _resampled(others, recipe),
        final.model.coefficients(),
        selection,
        stability,
        _stacked([one.search for one in fitted], SEARCH_COLUMNS),
        fits,
        final.model.penalties,
    )


def fit_scopes(
    recipe: Recipe,
    patients: Patients,
    splits: pd.DataFrame,
    scopes: list[Scope],
    ledger: Ledger,
    *,
    variants: Values | None = None,
    prepared: dict[str, list[Prepared]] | None = None,
    cores: int = 1,
) -> list[Fitted]:
    """Fit the model in every scope, with the inner folds that its choices need.

    Args:
        recipe: what to fit.
        patients: at least the patients of the scopes.
        splits: table of `make_splits`.
        scopes: outer scopes.
        ledger: gets the fits of all of them.
        variants: as in `fit_model`.
        prepared: by scope, what is learned without outcomes, where that was done before (see `scopes_needed`).
        cores: number of processes.
    """
    tried, ready = candidates(recipe), prepared or {}
    chains = list(dict.fromkeys(one.selection for one in tried))
    inner = {scope.name: _inner(recipe, splits, scope) for scope in scopes}
    groups = same_training(part for parts in inner.values() for part in parts)
    wanted = [(group, chain) for group in groups for chain in chains]
    jobs = [(recipe, patients, variants, splits, group, chain, ready.get(group[0].name)) for group, chain in wanted]
    done = _run(inner_folds, jobs, cores, f"model {recipe.name}: inner folds")
    folds: dict[tuple[str, str], InnerFold] = {
        (fold.scope, chain): fold for (_, chain), found in zip(wanted, done, strict=True) for fold in found
    }
    for scope in scopes:
        for part in inner[scope.name]:
            for chain in chains:
                ledger.add(folds[part.name, chain].fits)
    looking = [scope for scope in scopes if inner[scope.name]]
    jobs = [
        (recipe, one, [folds[part.name, one.selection] for part in inner[scope.name]], splits, scope.name)
        for scope in looking
        for one in tried
    ]
    results = iter(_run(tune, jobs, cores, f"model {recipe.name}: candidates"))
    best: dict[str, Tried] = {}
    searches: dict[str, pd.DataFrame] = {}
    for scope in looking:
        own = [next(results) for _ in tried]
        for one in own:
            ledger.add(one.fits)
        best[scope.name] = choose(own, recipe, scope.name)
        searches[scope.name] = search_table(own, best[scope.name], scope.name)
    jobs = [
        (recipe, patients, variants, splits, scope, best.get(scope.name), tried[0], ready.get(scope.name))
        for scope in scopes
    ]
    fitted = []
    for one, fits in _run(_fit_scope, jobs, cores, f"model {recipe.name}: fits"):
        ledger.add(fits)
        fitted.append(
            Fitted(
                one.scope,
                one.model,
                one.threshold,
                one.predictions,
                searches.get(one.scope, pd.DataFrame(columns=SEARCH_COLUMNS)),
            )
        )
    return fitted


def scopes_needed(recipe: Recipe, splits: pd.DataFrame, scopes: list[Scope]) -> list[Scope]:
    """The scopes and the inner ones that their choices need."""
    return [part for scope in scopes for part in (scope, *_inner(recipe, splits, scope))]


def _inner(recipe: Recipe, splits: pd.DataFrame, scope: Scope) -> list[Scope]:
    """Inner folds, where they are needed: to choose, to calibrate, or for a threshold of the scope's own."""
    tried = candidates(recipe)
    choosing = len(tried) > 1 or recipe.model.trials > 0
    if choosing or _calibrated(recipe, tried[0]) or _own_threshold(recipe, scope.name):
        return inner_scopes(splits, scope)
    return []


def _own_threshold(recipe: Recipe, scope: str) -> bool:
    # the final threshold comes from the folds; predictions of the folds are what it is chosen on
    return recipe.chooses_threshold and scope != FINAL and not scope.startswith(FOLD)


def _calibrated(recipe: Recipe, candidate: Candidate) -> bool:
    if recipe.task.kind == "continuous" or recipe.model.calibration == "none":
        return False
    return recipe.model.calibration == "sigmoid" or needs_calibration(candidate.classifier)


def _fit_scope(
    recipe: Recipe,
    patients: Patients,
    variants: Values | None,
    splits: pd.DataFrame,
    scope: Scope,
    best: Tried | None,
    first: Candidate,
    prepared: list[Prepared] | None,
) -> tuple[Fitted, pd.DataFrame]:
    """The model of one scope with the candidate that its inner folds chose, and its ledger."""
    ledger = Ledger(splits)
    record = ledger.recorder(scope.name)
    candidate, parameters = (best.candidate, best.parameters) if best else (first, {})
    train = patients.take(scope.train)
    with threadpool_limits(limits=1):
        if prepared is None:
            prepared = prepare(recipe, train, variants, record)
        keep = scope.name == FINAL
        inputs = fit_inputs(recipe, prepared, train, recipe.chains[candidate.selection], record, keep_paths=keep)
        name = candidate.classifier
        fitted = fit_predictor(name, parameters, recipe.task, inputs.scaled, train.outcome, recipe.seed, record)
        calibrator, threshold = None, recipe.stated_threshold
        if best:
            raw = best.out_of_fold.sort_index()
            outcome, out_of_fold = train.outcome.loc[raw.index], raw.to_numpy(dtype=float)
            if _calibrated(recipe, candidate):
                calibrator = fit_calibrator(raw, outcome, recipe.task, record)
                out_of_fold = calibrator.transform(out_of_fold)
            if _own_threshold(recipe, scope.name):
                known = pd.DataFrame({"outcome": outcome, "probability": out_of_fold[:, 0]})
                record.saw("threshold", known)
                # predictions that are all the same have none; what depends on it then says so
                threshold = choose_threshold(known["outcome"], known["probability"], recipe.threshold).value
        model = PredictionModel(
            recipe.name, recipe.task, inputs.clinical, inputs.blocks, inputs.scaler, fitted.predictor, calibrator
        )
        held = predictions_of(model, patients.take(scope.held))
    done = Fitted(
        scope.name, FittedModel(model, fitted, inputs.selection, inputs.penalties), threshold, held, pd.DataFrame()
    )
    return done, ledger.table()


def _run(function: Callable, jobs: list[tuple], cores: int, what: str) -> Iterable:
    """Results of the jobs in their order, with the progress in the log."""
    done = Parallel(n_jobs=max(1, min(cores, len(jobs))), return_as="generator")(
        delayed(function)(*job) for job in jobs
    )
    results, step = [], max(1, len(jobs) // 20)
    for number, result in enumerate(done, start=1):
        results.append(result)
        if number % step == 0 or number == len(jobs):
            logger.info("%s: %d of %d", what, number, len(jobs))
    return results


def _threshold(predictions: pd.DataFrame, recipe: Recipe) -> float:
    threshold = choose_threshold(predictions["outcome"], predictions["probability"], recipe.threshold)
    if threshold.reason:
        raise ValueError(
            f"model {recipe.name!r}: no threshold can be chosen, because its out-of-fold predictions are "
            "all the same; give it more variables or scores"
        )
    if 0 in (threshold.sensitivity, threshold.specificity):
        everybody = "everybody" if threshold.sensitivity else "nobody"
        what = (recipe.name, recipe.threshold.words, everybody)
        logger.warning("model %s: %s is reached by no threshold but one that calls %s positive", *what)
    return threshold.value


def _chosen(search: pd.DataFrame) -> dict:
    """What the final fit took, and among how many."""
    if search.empty:
        return {"settings_tried": 1}
    row = search[search["chosen"] == "yes"].iloc[0]
    return {
        "selection": row["selection"],
        "classifier": row["classifier"],
        "parameters": row["parameters"],
        "settings_tried": int(search["settings_tried"].sum()),
    }


def _resampled(fitted: list[Fitted], recipe: Recipe) -> pd.DataFrame:
    columns = ["scope", "subject", "center", "outcome", *recipe.task.columns, "imputed", "threshold"]
    return _stacked([one.predictions.assign(scope=one.scope, threshold=one.threshold) for one in fitted], columns)


def _stacked(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame(columns=columns)


def _check(recipe: Recipe, train: Patients, expected: int) -> pd.DataFrame:
    """Refuse what cannot be right; the inputs that follow the outcome closely."""
    if recipe.task.kind != "continuous" and train.outcome.nunique() < len(recipe.task.values):
        raise ValueError(
            f"model {recipe.name!r}: {len(train)} of {expected} training patients have "
            f"features, and not {'both outcomes' if len(recipe.task.values) == 2 else 'all classes'} occur among them; "
            "see cases_excluded.tsv for the others"
        )
    features = [column for members in recipe.columns(train.features).values() for column in members]
    known = [name for name in recipe.model.clinical if name in train.clinical.columns]
    features = list(dict.fromkeys(features))
    refuse_outcome_copies(train, known, features, recipe.task)
    for covariate in recipe.harmonisation.covariates if recipe.blocks else []:
        if covariate in train.clinical.columns:
            association = associations(train.clinical[[covariate]], train.outcome, recipe.task)[covariate]
            if association > OUTCOME_LIKE:
                raise ValueError(
                    f"harmonisation.covariates: {covariate!r} follows the outcome (association "
                    f"{association:.2f}) and would leak it into the features; remove it"
                )
    for name in recipe.harmonisation.batch if recipe.blocks and recipe.harmonisation.method == "combat" else []:
        outcomes = train.outcome.groupby(train.batches[name]).nunique()
        if name != CENTER and recipe.task.kind != "continuous" and outcomes.max() == 1:
            raise ValueError(
                f"harmonisation.batch: every batch of {name!r} has one outcome only, so that it says what is to be "
                "predicted; remove it"
            )
    return near_copies(train, known, features, recipe.task)
