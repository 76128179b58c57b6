"""Signal kept: what the features know of a clinical variable, in patients that were not fitted on."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from osteon.harmonise.diagnostics import Cohort, fold_tables, folds_of
from osteon.harmonise.nested import NestedComBat
from osteon.harmonise.signal import signal_kept

BATCHES = pd.DataFrame({"center": np.repeat(["A", "B"], 60)})


@pytest.fixture(scope="module")
def study():
    """Age and sex move 5 features of 20 each, the center all of them."""
    random = np.random.default_rng(0)
    age, sex = random.normal(68, 9, 120), random.integers(0, 2, 120).astype(float)
    x = random.normal(size=(120, 20)) + 3 * (BATCHES["center"] == "B").to_numpy()[:, None]
    x[:, :5] += (age[:, None] - 68) / 9
    x[:, 5:10] += sex[:, None]
    return x, {"age": age, "sex": sex, "noise": random.normal(size=120)}


def signals(x, targets, maker=None, batches=BATCHES):
    tables = fold_tables(Cohort(x, batches), folds_of(batches, 5, 0), maker)
    return signal_kept(tables, targets, {"sex"})


@pytest.mark.parametrize("maker", [None, NestedComBat])
def test_signal_is_seen_and_kept(study, maker):
    found = signals(*study, maker)
    assert [signal.measure for signal in found.values()] == ["r2", "auc", "r2"]
    assert found["age"].value > 0.6
    assert found["sex"].value > 0.8
    assert found["noise"].value < 0.1
    assert {signal.patients for signal in found.values()} == {120}


def test_signal_that_harmonisation_removes_is_missed(study):
    """A center of old patients: ComBat takes its age for the scanner's."""
    x, targets = study
    age = targets["age"] + 30 * (BATCHES["center"] == "B")
    assert signals(x, {"age": age.to_numpy()})["age"].value > 0.8
    assert signals(x, {"age": age.to_numpy()}, NestedComBat)["age"].value < 0.2


def test_unknown_values_are_left_out(study):
    x, targets = study
    age = targets["age"].copy()
    age[:20] = np.nan
    found = signals(x, {"age": age})["age"]
    assert found.patients == 100
    assert found.value > 0.5


def test_reasons(study):
    x, targets = study
    few = np.full(120, np.nan)
    few[:5] = range(5)
    found = signals(x, {"one": np.ones(120), "few": few, "none": np.full(120, np.nan)})
    assert [signal.reason for signal in found.values()] == ["constant", "too_few", "constant"]
    assert all(math.isnan(signal.value) for signal in found.values())
    assert signals(x, targets, batches=BATCHES.assign(center="A"))["age"].reason == "too_few"
