"""Kinds of outcomes: strata, columns, and the score that choices are made by."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from osteon.config.cohort import Outcome
from osteon.modelling.task import BINARY, Task

GRADES = Task.of(Outcome(column="g", type="classes", classes=["normal", "osteopenia", "osteoporosis"]))
NUMBER = Task.of(Outcome(column="bmd", type="continuous"))


def test_columns_of_predictions():
    assert Task.of(Outcome(column="op", positive="yes", negative="no")) == Task("binary", ("no", "yes"))
    assert BINARY.columns == ["probability"]
    assert GRADES.columns == ["probability_normal", "probability_osteopenia", "probability_osteoporosis"]
    assert NUMBER.columns == ["predicted"]


def test_strata():
    assert BINARY.strata(pd.Series([0, 1, 1])).tolist() == ["0", "1", "1"]
    assert NUMBER.strata(pd.Series([4.0, 1, 3, 2, 8, 7, 6, 5])).tolist() == ["2", "1", "2", "1", "4", "4", "3", "3"]


def test_score_equals_scikit_learn():
    random = np.random.default_rng(0)
    codes = random.integers(0, 3, 90)
    risks = random.dirichlet([1, 1, 1], 90).round(2)  # with ties
    risks[:, 2] = 1 - risks[:, 0] - risks[:, 1]
    assert GRADES.score(codes, risks) == pytest.approx(
        roc_auc_score(codes, risks, multi_class="ovo", average="macro"), abs=1e-12
    )
    two = (codes > 0).astype(int)
    assert BINARY.score(two, risks[:, :1]) == pytest.approx(roc_auc_score(two, risks[:, 0]), abs=1e-12)
    values = random.normal(size=90)
    assert NUMBER.score(values, values[:, None] + 0.1) == pytest.approx(r2_score(values, values + 0.1))


def test_no_score_without_a_class():
    assert math.isnan(GRADES.score(np.array([0, 1, 1]), np.full((3, 3), 1 / 3)))
    assert math.isnan(BINARY.score(np.array([1, 1]), np.array([[0.2], [0.3]])))
