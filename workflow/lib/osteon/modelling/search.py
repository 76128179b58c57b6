"""Choice among selections, classifiers and their parameters, on inner folds alone."""

from __future__ import annotations

import json
import logging
import math
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import optuna
import pandas as pd
from threadpoolctl import threadpool_limits

from osteon.modelling import classifiers
from osteon.modelling.blocks import Prepared
from osteon.modelling.leakage import Ledger
from osteon.modelling.models import Recipe, fit_inputs, prepare
from osteon.modelling.patients import Patients
from osteon.modelling.predictors import fit_predictor
from osteon.modelling.robustness import Values
from osteon.modelling.splits import Scope

logger = logging.getLogger(__name__)

COLUMNS = ["scope", "selection", "classifier", "settings_tried", "parameters", "score", "sd", "chosen", "reason"]


@dataclass(frozen=True)
class Candidate:
    """A chain of selection steps and a classifier, by name."""

    selection: str
    classifier: str


@dataclass(frozen=True)
class InnerFold:
    """Terms and outcomes of an inner fold: those that a candidate learns from, and those that it is judged on."""

    scope: str
    train: pd.DataFrame
    train_outcome: pd.Series
    held: pd.DataFrame
    held_outcome: pd.Series
    fits: pd.DataFrame
    """Ledger of what was fitted to make the terms."""
    problem: str = ""
    """Why there are no terms."""


@dataclass(frozen=True)
class Tried:
    """A candidate with the best of its parameters."""

    candidate: Candidate
    parameters: dict
    score: float
    sd: float
    tried: int
    out_of_fold: pd.DataFrame
    """Raw predictions of the inner held patients with these parameters."""
    fits: pd.DataFrame
    reason: str = ""


def candidates(recipe: Recipe) -> list[Candidate]:
    """Everything that is tried, in the order of the configuration."""
    # without features there is nothing to select
    chains = list(recipe.chains) if recipe.blocks else list(recipe.chains)[:1]
    return [Candidate(chain, name) for chain in chains for name in recipe.model.classifier]


def same_training(scopes: Iterable[Scope]) -> list[list[Scope]]:
    """Scopes in groups that learn from the same patients, so that one fit is the fit of each.

    "fold 2 / fold 4" and "fold 4 / fold 2" are such scopes; they hold back different patients.
    """
    groups: dict[tuple[str, ...], list[Scope]] = {}
    for scope in scopes:
        groups.setdefault(tuple(scope.train), []).append(scope)
    return list(groups.values())


def inner_folds(
    recipe: Recipe,
    patients: Patients,
    variants: Values | None,
    splits: pd.DataFrame,
    inner: list[Scope],
    selection: str,
    prepared: list[Prepared] | None = None,
) -> list[InnerFold]:
    """Fit all but the predictor on inner scopes' training patients, and apply it to those that each holds back.

    Args:
        recipe: what to fit.
        patients: at least the patients of the scopes.
        variants: as in `fit_model`.
        splits: the splits table.
        inner: scopes with the same training patients, see `same_training`. Each gets the fits into its own ledger.
        selection: name of the chain.
        prepared: what is learned without outcomes, where that was done before.
    """
    ledger = Ledger(splits)
    record = ledger.recorder(inner[0].name)
    train = patients.take(inner[0].train)
    scaled, inputs, problem = pd.DataFrame(), None, ""
    with threadpool_limits(limits=1):
        try:
            if prepared is None:
                prepared = prepare(recipe, train, variants, record)
            inputs = fit_inputs(recipe, prepared, train, recipe.chains[selection], record)
            scaled = inputs.scaled
        except ValueError as error:
            problem = f"{selection}: {error}"
        folds = []
        for scope in inner:
            held, fits = patients.take(scope.held), ledger.table().assign(scope=scope.name)
            terms = inputs.terms(held) if inputs else pd.DataFrame()
            folds.append(InnerFold(scope.name, scaled, train.outcome, terms, held.outcome, fits, problem))
    return folds


def tune(recipe: Recipe, candidate: Candidate, folds: list[InnerFold], splits: pd.DataFrame, outer: str) -> Tried:
    """The best parameters of a candidate: its defaults, or better ones that Optuna finds in the inner folds.

    Optuna's sampler (TPE) is seeded by the study's seed, the scope and the candidate, so that neither the order of
    the work nor the number of cores changes the result.

    Args:
        recipe: what to fit.
        candidate: selection and classifier.
        folds: the inner folds of one outer scope with the terms of this selection.
        splits: the splits table.
        outer: name of the outer scope.
    """
    ledger = Ledger(splits)
    name, task = candidate.classifier, recipe.task
    problem = next((fold.problem for fold in folds if fold.problem), "")
    nothing = pd.DataFrame(columns=task.columns)
    if problem:
        return Tried(candidate, {}, math.nan, math.nan, 0, nothing, ledger.table(), problem)

    def attempt(parameters: dict) -> tuple[list[float], pd.DataFrame]:
        scores, parts = [], []
        for fold in folds:
            record = ledger.recorder(fold.scope)
            fitted = fit_predictor(name, parameters, task, fold.train, fold.train_outcome, recipe.seed, record)
            raw = fitted.predictor.raw(fold.held.to_numpy(dtype=float), task)
            scores.append(task.score(fold.held_outcome.to_numpy(), raw))
            parts.append(pd.DataFrame(raw, index=fold.held.index, columns=task.columns))
        return scores, pd.concat(parts)

    with threadpool_limits(limits=1):
        try:
            best, tried, (scores, out_of_fold) = {}, 1, attempt({})
        except ValueError as error:
            return Tried(candidate, {}, math.nan, math.nan, 0, nothing, ledger.table(), str(error))
        if recipe.model.trials:
            found, number = _search(recipe, candidate, folds, outer, attempt)
            tried += number
            if found:
                other_scores, other = attempt(found)
                if _mean(other_scores) > _mean(scores):
                    best, scores, out_of_fold = found, other_scores, other
    known = [score for score in scores if not math.isnan(score)]
    sd = float(np.std(known, ddof=1)) if len(known) > 1 else math.nan
    reason = "" if known else "one_class"
    return Tried(candidate, best, _mean(scores), sd, tried, out_of_fold, ledger.table(), reason)


def choose(tried: list[Tried], recipe: Recipe, outer: str) -> Tried:
    """The candidate with the best score; of equal ones the first of the configuration.

    Raises:
        ValueError: none could be fitted.
    """
    possible = [one for one in tried if not math.isnan(one.score)]
    if not possible:
        if len(tried) == 1 and tried[0].reason == "one_class":
            return tried[0]
        raise ValueError(
            f"model {recipe.name!r}, {outer}: nothing could be fitted; the first reason: {tried[0].reason}"
        )
    return max(possible, key=lambda one: one.score)


def search_table(tried: list[Tried], chosen: Tried, outer: str) -> pd.DataFrame:
    """One row per candidate of an outer scope: what was tried, how good it was in the inner folds, what was taken."""
    rows = [
        {
            "scope": outer,
            "selection": one.candidate.selection,
            "classifier": one.candidate.classifier,
            "settings_tried": one.tried,
            "parameters": json.dumps(one.parameters, sort_keys=True),
            "score": one.score,
            "sd": one.sd,
            "chosen": "yes" if one is chosen else "no",
            "reason": one.reason,
        }
        for one in tried
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _search(
    recipe: Recipe, candidate: Candidate, folds: list[InnerFold], outer: str, attempt: Callable
) -> tuple[dict, int]:
    """The best parameters that Optuna found (none if no setting could be fitted), and how many settings were tried."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    words = f"{outer}/{candidate.selection}/{candidate.classifier}".encode()
    sampler = optuna.samplers.TPESampler(seed=(recipe.seed + zlib.crc32(words)) % 2**32)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    rows, columns = min(len(fold.train) for fold in folds), min(fold.train.shape[1] for fold in folds)

    def objective(trial: optuna.Trial) -> float:
        parameters = classifiers.suggest(candidate.classifier, recipe.task, trial, rows, columns)
        if not parameters:  # a classifier without parameters: its defaults are all there is
            trial.study.stop()
            raise optuna.TrialPruned
        trial.set_user_attr("parameters", parameters)
        try:
            return _mean(attempt(parameters)[0])
        except ValueError as error:
            raise optuna.TrialPruned(str(error)) from error

    study.optimize(objective, n_trials=recipe.model.trials, n_jobs=1)
    complete = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    tried = sum("parameters" in trial.user_attrs for trial in study.trials)
    best = max(complete, key=lambda trial: trial.value).user_attrs["parameters"] if complete else {}
    return best, tried


def _mean(scores: list[float]) -> float:
    known = [score for score in scores if not math.isnan(score)]
    return float(np.mean(known)) if known else math.nan
