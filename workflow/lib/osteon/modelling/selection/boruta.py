"""Boruta: features that beat their own shuffled copies in random forests."""

from __future__ import annotations

import warnings

from boruta import BorutaPy

from osteon.config.selection import Boruta
from osteon.modelling.selection.forests import forest_of
from osteon.modelling.selection.step import Choice, Training

# Depth of the trees, as the package advises for its importances.
DEPTH = 5


def boruta(step: Boruta, training: Training) -> Choice:
    """Keep the features that are more important than the best shuffled feature more often than by chance.

    Undecided features count, where they are wanted, if their median importance is above the median of the best
    shuffled one.

    Source: Kursa and Rudnicki, J Stat Softw 2010;36(11). By the package Boruta.
    """
    forest = forest_of(training, step.trees, depth=DEPTH)
    # The package stops one forest before `max_iter`.
    model = BorutaPy(forest, n_estimators=step.trees, max_iter=step.iterations + 1, random_state=training.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        model.fit(training.values, training.target)
    confirmed = model.support_ & ~model.support_weak_
    stays = confirmed | model.support_weak_ if step.tentative else confirmed
    undecided = int(model.support_weak_.sum())
    notes = [f"{undecided} undecided features {'stay' if step.tentative else 'dropped'}"] if undecided else []
    return Choice(list(training.table.columns[stays]), notes)
