"""The whole road on shuffled outcomes: what it finds where there is nothing to be found."""

from __future__ import annotations

import logging
import zlib

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import t
from threadpoolctl import threadpool_limits

from osteon.modelling.blocks import Prepared
from osteon.modelling.crossfit import fit_scopes, scopes_needed
from osteon.modelling.leakage import Ledger
from osteon.modelling.models import Recipe, prepare
from osteon.modelling.patients import Patients
from osteon.modelling.robustness import Values
from osteon.modelling.search import same_training
from osteon.modelling.splits import Scope, outer_scopes
from osteon.modelling.task import Task

logger = logging.getLogger(__name__)

SCORE_COLUMNS = ["model", "repeat", "score"]
SUMMARY_COLUMNS = ["model", "repeats", "mean", "low", "high", "nothing", "score", "p", "covers"]
# Of the mean score over the shuffles: wide enough that an honest model stops the study once in two thousand.
LEVEL = 0.999


class FoundInNoise(ValueError):
    """A model finds something in shuffled outcomes, so that what it finds in the real ones means nothing."""


def null_run(
    recipe: Recipe,
    patients: Patients,
    splits: pd.DataFrame,
    repeats: int,
    seed: int,
    *,
    variants: Values | None = None,
    cores: int = 1,
) -> pd.DataFrame:
    """Scores of out-of-fold predictions after the outcomes of the training patients have been shuffled.

    Outcomes are shuffled within the folds, so that every fold keeps its share of each class; across centers, so that
    nothing is left that features could tell. What is learned without outcomes (imputation, ComBat, scaling) is learned
    once per fold; selection, scores, choice among candidates, the classifier and its calibration are repeated.

    Args:
        recipe: what to fit.
        patients: development patients.
        splits: table of `make_splits`.
        repeats: number of shuffles.
        seed: seed of the shuffles.
        variants: as in `fit_model`.
        cores: number of processes.

    Returns:
        model, repeat, score (see `Task.score`).
    """
    scopes = [scope for scope in outer_scopes(splits, False) if scope.name.startswith("fold ")]
    members = sorted({subject for scope in scopes for subject in (*scope.train, *scope.held)})
    train = patients.take(members).with_persons(splits)
    prepared = _prepared(recipe, train, variants, splits, scopes)
    fold = splits.set_index("subject")["fold"].loc[train.subjects]
    outcomes = [
        _shuffled(train.outcome, fold, np.random.default_rng((seed, zlib.crc32(recipe.name.encode()), repeat)))
        for repeat in range(repeats)
    ]
    scores = []
    done = Parallel(n_jobs=max(1, min(cores, repeats)), return_as="generator")(
        delayed(_score)(recipe, train.with_outcome(outcome), variants, splits, scopes, prepared) for outcome in outcomes
    )
    for repeat, score in enumerate(done, start=1):
        scores.append({"model": recipe.name, "repeat": repeat, "score": score})
        logger.info("null run of model %s: %d of %d", recipe.name, repeat, repeats)
    return pd.DataFrame(scores, columns=SCORE_COLUMNS)


def summarise_null(scores: pd.DataFrame, real: dict[str, float], task: Task) -> pd.DataFrame:
    """The scores of each model in shuffled outcomes beside its score in the real ones.

    Args:
        scores: from `null_run`.
        real: score of the out-of-fold predictions of each model.
        task: kind of the outcome.

    Returns:
        model, repeats, mean, low and high (99.9 % interval of the mean, from Student's t, so that few repeats make it
        wide), nothing (the score that stands for no
        knowledge: 0.5, or 0 for R²), score (of the real outcomes), p ((1 + shuffles at least as good) / (1 +
        shuffles)), covers ('yes', or 'no' where the interval lies above nothing).
    """
    nothing = 0.0 if task.kind == "continuous" else 0.5
    rows = []
    for model, table in scores.groupby("model", sort=False):
        found = table["score"].to_numpy(dtype=float)
        half = t.ppf((1 + LEVEL) / 2, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found))
        low, high = found.mean() - half, found.mean() + half
        # pooled predictions of noise score a little below nothing; what lies above it tells a leak
        covers = low <= nothing
        better = int((found >= real[model]).sum())
        rows.append(
            {
                "model": model,
                "repeats": len(found),
                "mean": found.mean(),
                "low": low,
                "high": high,
                "nothing": nothing,
                "score": real[model],
                "p": (1 + better) / (1 + len(found)),
                "covers": "yes" if covers else "no",
            }
        )
    return pd.DataFrame(rows, columns=SUMMARY_COLUMNS)


def require_nothing(summary: pd.DataFrame) -> None:
    """Stop if a model finds something in shuffled outcomes.

    Raises:
        FoundInNoise: the interval of a model does not cover the score of no knowledge.
    """
    wrong = summary[summary["covers"] == "no"]
    if len(wrong):
        row = wrong.iloc[0]
        raise FoundInNoise(
            f"null run: with shuffled outcomes model {row['model']!r} scores {row['low']:.3f} to {row['high']:.3f} "
            f"(99.9 % interval of the mean of {row['repeats']} shuffles), which lies above {row['nothing']:g}. Its "
            f"real score {row['score']:.3f} is not to be trusted: look for a column that knows the outcome's place in "
            "the table"
        )


def _prepared(
    recipe: Recipe, patients: Patients, variants: Values | None, splits: pd.DataFrame, scopes: list[Scope]
) -> dict[str, list[Prepared]]:
    ledger, found = Ledger(splits), {}
    with threadpool_limits(limits=1):
        for group in same_training(scopes_needed(recipe, splits, scopes)):
            train, record = patients.take(group[0].train), ledger.recorder(group[0].name)
            prepared = prepare(recipe, train, variants, record)
            found |= {scope.name: prepared for scope in group}
    return found


def _score(
    recipe: Recipe,
    patients: Patients,
    variants: Values | None,
    splits: pd.DataFrame,
    scopes: list[Scope],
    prepared: dict[str, list[Prepared]],
) -> float:
    fitted = fit_scopes(recipe, patients, splits, scopes, Ledger(splits), variants=variants, prepared=prepared)
    predictions = pd.concat([one.predictions for one in fitted])
    columns = recipe.task.columns
    return recipe.task.score(predictions["outcome"].to_numpy(), predictions[columns].to_numpy(dtype=float))


def _shuffled(outcome: pd.Series, fold: pd.Series, random: np.random.Generator) -> pd.Series:
    shuffled = outcome.copy()
    for number in sorted(fold.dropna().unique()):
        own = fold.index[fold == number]
        shuffled[own] = random.permutation(outcome[own].to_numpy())
    return shuffled
