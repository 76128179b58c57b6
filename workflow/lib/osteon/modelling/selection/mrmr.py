"""Minimum redundancy, maximum relevance."""

from __future__ import annotations

import warnings

import numpy as np
from feature_engine.selection import MRMR

from osteon.config.selection import Mrmr
from osteon.modelling.selection.step import Choice, Training, fewer, highest


def mrmr(step: Mrmr, training: Training) -> Choice:
    """Take features one by one: F statistic over the mean absolute correlation with those already taken (FCQ).

    Source: Ding and Peng, J Bioinform Comput Biol 2005;3:185; Zhao et al., arXiv 1908.05376. By feature-engine.
    """
    columns = training.columns
    if len(columns) <= step.k:
        return Choice(columns, fewer(columns, step.k))
    model = MRMR(method="FCQ", max_features=max(step.k, 2), regression=training.regression)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # A feature that separates the groups fully has an infinite F.
        warnings.simplefilter("ignore", RuntimeWarning)
        model.fit(training.table, training.target)
    if step.k == 1:  # feature-engine takes two at least; the first is the one of the largest F
        return highest(columns, np.asarray(model.relevance_), 1)
    dropped = set(model.features_to_drop_)
    return Choice([column for column in columns if column not in dropped])
