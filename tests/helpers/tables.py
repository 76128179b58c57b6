"""Small simulated cohorts for the tests of harmonisation and modelling: known signal, known center effect."""

from __future__ import annotations

import numpy as np
import pandas as pd

from osteon.config.harmonisation import Harmonisation
from osteon.config.modelling import Model, Validation
from osteon.config.selection import Chain, Lasso, Univariable
from osteon.modelling.models import Recipe
from osteon.modelling.splits import make_splits
from osteon.modelling.task import BINARY, Task


def cohort(
    centers: dict[str, int],
    features: int = 12,
    *,
    signal: float = 1.0,
    shift: float = 1.0,
    seed: int = 0,
    sequences: tuple[str, ...] = ("T1", "T2"),
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Participants and one feature table per center.

    The outcome depends on age and on the first feature of every sequence, as far as `signal` says; `shift` moves and
    stretches the features of every center but the first. Features have units of very different size.
    """
    random = np.random.default_rng(seed)
    center = np.repeat(list(centers), list(centers.values()))
    subject = [f"{name}{i:04d}" for name, count in centers.items() for i in range(count)]
    age, sex = random.normal(68, 9, len(center)), random.integers(0, 2, len(center)).astype(float)
    values = {
        f"{sequence}_L1L3_f{j}": random.normal(size=len(center)) for sequence in sequences for j in range(features)
    }
    first = sum(values[f"{sequence}_L1L3_f0"] for sequence in sequences)
    risk = 1 / (1 + np.exp(-signal * (first + (age - 68) / 9)))
    outcome = (random.random(len(center)) < risk).astype(int)
    units = np.exp(random.normal(0, 4, len(values)))
    moved = np.array([list(centers).index(name) for name in center]) * shift
    columns = {
        name: unit * (column * (1 + 0.5 * moved) + moved)
        for (name, column), unit in zip(values.items(), units, strict=True)
    }
    people = pd.DataFrame({"subject": subject, "center": center, "outcome": outcome, "age": age, "sex": sex})
    wide = pd.DataFrame({"subject": subject, "center": center} | columns)
    return people, [wide[wide["center"] == name].reset_index(drop=True) for name in centers]


def split(people: pd.DataFrame, hold_out: float | None = 0.2, folds: int = 3, seed: int = 0, **more) -> pd.DataFrame:
    """Sets and folds of people of whom each is one person."""
    task = more.pop("task", BINARY)
    validation = Validation(hold_out=hold_out, folds=folds, **more)
    return make_splits(people.assign(person=people["subject"]), validation, task, seed)


def recipe(
    name: str = "combined",
    *,
    clinical: tuple[str, ...] = ("age", "sex"),
    scores: tuple[str, ...] = ("T1", "T2"),
    method: str = "combat",
    covariates: tuple[str, ...] = (),
    folds: int = 5,
    seed: int = 7,
    chains: dict[str, Chain] | None = None,
    task: Task = BINARY,
    **model,
) -> Recipe:
    """A recipe with the default settings of a study, one signature per sequence; `model` are further keys of it."""
    patterns = {score: [f"{score}_*"] for score in scores}
    return Recipe(
        name,
        Model(clinical=list(clinical), scores=list(scores), **model),
        patterns,
        chains or {"default": [Univariable(), Lasso(folds=folds)]},
        Harmonisation(method=method, covariates=list(covariates)),
        seed,
        task,
    )
