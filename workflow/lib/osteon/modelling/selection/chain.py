"""Steps of feature selection, one after the other, on training patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from osteon.config import selection as config
from osteon.config.selection import Chain
from osteon.modelling.leakage import Recorder
from osteon.modelling.selection.boruta import boruta
from osteon.modelling.selection.fates import Fate
from osteon.modelling.selection.filters import correlation, variance
from osteon.modelling.selection.linear import Path
from osteon.modelling.selection.mrmr import mrmr
from osteon.modelling.selection.pca import pca
from osteon.modelling.selection.penalised import elastic_net, lasso
from osteon.modelling.selection.relieff import relieff
from osteon.modelling.selection.sequential import sequential
from osteon.modelling.selection.stability import stability
from osteon.modelling.selection.step import Choice, Training
from osteon.modelling.selection.univariable import k_best, p_values, univariable
from osteon.modelling.selection.wrappers import forest, svm_rfe
from osteon.modelling.task import Task

LEAST_P = "least p"
# Steps that see the features alone.
BLIND: dict[type, tuple[Callable[..., Choice], Fate]] = {
    config.Variance: (variance, Fate.VARIANCE),
    config.Correlation: (correlation, Fate.CORRELATED),
    config.Pca: (pca, Fate.KEPT),
}
# Steps that see features and outcome.
INFORMED: dict[type, tuple[Callable[..., Choice], Fate]] = {
    config.Univariable: (univariable, Fate.P_VALUE),
    config.KBest: (k_best, Fate.NOT_AMONG_BEST),
    config.Lasso: (lasso, Fate.LASSO),
    config.ElasticNet: (elastic_net, Fate.ELASTIC_NET),
    config.Mrmr: (mrmr, Fate.MRMR),
    config.Boruta: (boruta, Fate.BORUTA),
    config.Forest: (forest, Fate.FOREST),
    config.SvmRfe: (svm_rfe, Fate.SVM_RFE),
    config.Sequential: (sequential, Fate.SEQUENTIAL),
    config.Relieff: (relieff, Fate.RELIEFF),
    config.Stability: (stability, Fate.STABILITY),
}


@dataclass(frozen=True)
class StepPaths:
    """The paths of penalties of one step.

    Attributes:
        step: its place in the chain, from 1.
        columns: features that came to it.
        paths: one for each score.
    """

    step: int
    columns: list[str]
    paths: list[Path]


@dataclass(frozen=True)
class Selected:
    """What a chain chose.

    Attributes:
        columns: chosen features, in the order of the table.
        weights: (columns, scores) of the linear predictor, if the last step is lasso or elastic_net. There is one
            score, or one per class.
        intercepts: (scores,) of the same.
        rotation: (columns, components), if the last step is pca.
        fates: what became of every feature that went in.
        p: p of every feature; NaN where no step tested it. From the first test, if there are several.
        notes: what is to be noted, with the name of the step before it.
        paths: of the steps with a penalty, where they are kept.
    """

    columns: list[str]
    weights: np.ndarray | None
    intercepts: np.ndarray | None
    rotation: np.ndarray | None
    fates: dict[str, Fate]
    p: pd.Series
    notes: list[str]
    paths: list[StepPaths]


def fit_chain(
    steps: Chain,
    scaled: pd.DataFrame,
    outcome: pd.Series,
    task: Task,
    seed: int,
    record: Recorder,
    person: pd.Series | None = None,
    *,
    keep_paths: bool = False,
) -> Selected:
    """Fit the steps, each on the features that the one before it left.

    If a step leaves nothing, the result is the one feature with the smallest p of those that came to this step, with
    fate 'least_p' and without weights. The result depends on the seed, not on the number of threads; and not on the
    order of the columns, but for the last digits of the weights of lasso and elastic_net.

    Args:
        steps: settings of the steps.
        scaled: (n, p) scaled features of the training patients, without gaps.
        outcome: (n,) codes 0, 1, ..., or numbers.
        task: kind of the outcome.
        seed: seed of the steps that draw.
        record: ledger.
        person: (n,) person of each row, where someone has several rows: a step's own folds and samples keep them
            together.
        keep_paths: see `Training`.

    Raises:
        ValueError: a class has fewer than two patients, a continuous outcome fewer than four or one value only, no
            feature varies, or pca is not the last step.
    """
    _check(steps, scaled, outcome, task, record)
    varies = np.ptp(scaled.to_numpy(dtype=float), axis=0) > 0
    fates = {name: Fate.KEPT if usable else Fate.NEAR_CONSTANT for name, usable in zip(scaled, varies, strict=True)}
    p = pd.Series(np.nan, index=scaled.columns)
    notes: list[str] = []
    paths: list[StepPaths] = []
    choice = Choice(list(scaled.columns[varies]))
    # Sums in several threads differ in their last bits.
    with threadpool_limits(limits=1):
        for place, step in enumerate(steps, start=1):
            training = Training(scaled[choice.columns], outcome, task, seed, person, keep_paths)
            choice, fate = _fit(step, training)
            record.saw(step.step, training.table, *_seen(step, outcome), note="; ".join(choice.notes))
            notes += [f"{step.step}: {note}" for note in choice.notes]
            fates |= dict.fromkeys(set(training.columns) - set(choice.columns), fate)
            if choice.paths:
                paths.append(StepPaths(place, training.columns, choice.paths))
            p = p if choice.p is None else p.combine_first(choice.p)[scaled.columns]
            if not choice.columns:
                choice, p = _least_p(training, p, record)
                fates[choice.columns[0]] = Fate.LEAST_P
                notes += [f"{LEAST_P}: {note}" for note in choice.notes]
                break
    return Selected(choice.columns, choice.weights, choice.intercepts, choice.rotation, fates, p, notes, paths)


def _fit(step: config.Section, training: Training) -> tuple[Choice, Fate]:
    """What a step chose, its columns in the order of the table, and the fate of the others."""
    if type(step) in (config.Lasso, config.ElasticNet):
        fit, fate = INFORMED[type(step)]
        return fit(step, training), fate
    # In the order of their names, so that ties and draws do not depend on the order of the table.
    ordered = replace(training, table=training.table[sorted(training.columns)])
    if type(step) in BLIND:
        fit, fate = BLIND[type(step)]
        choice = fit(step, ordered.table)
    else:
        fit, fate = INFORMED[type(step)]
        choice = fit(step, ordered)
    place = {column: position for position, column in enumerate(choice.columns)}
    columns = [column for column in training.columns if column in place]
    rotation = None if choice.rotation is None else choice.rotation[[place[column] for column in columns]]
    return replace(choice, columns=columns, rotation=rotation), fate


def _seen(step: config.Section, outcome: pd.Series) -> list[pd.Series]:
    return [] if type(step) in BLIND else [outcome]


def _least_p(training: Training, p: pd.Series, record: Recorder) -> tuple[Choice, pd.Series]:
    """The feature with the smallest p, ties by name; tested by Welch if no step did."""
    note = "no feature survived the selection"
    if p[training.columns].isna().any():
        p = p.combine_first(p_values(training, "welch"))[p.index]
    record.saw(LEAST_P, training.table, training.outcome, note=note)
    return Choice([min(training.columns, key=lambda column: (p[column], column))], [note]), p


def _check(steps: Chain, scaled: pd.DataFrame, outcome: pd.Series, task: Task, record: Recorder) -> None:
    where = f"selection of {record.prefix}{record.scope}"
    if any(isinstance(step, config.Pca) for step in steps[:-1]):
        raise ValueError("selection: 'pca' replaces the features by components, so it must be the last step")
    if task.kind == "continuous":
        if len(outcome) < 4 or outcome.nunique() < 2:
            raise ValueError(f"{where}: the outcome of its {len(outcome)} training patients has too few values")
    else:
        counts = np.bincount(outcome.to_numpy(dtype=int), minlength=len(task.values))
        if counts.min() < 2:
            value = task.values[int(np.argmin(counts))]
            raise ValueError(
                f"{where}: {counts.min()} of its {len(outcome)} training patients have the outcome {value!r}; at least "
                "two of every class are needed"
            )
    if not (np.ptp(scaled.to_numpy(dtype=float), axis=0) > 0).any():
        raise ValueError(f"{where}: none of the {scaled.shape[1]} features varies among the training patients")
