"""Classification at a threshold: a table worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from osteon.statistics.estimate import Undefined
from osteon.statistics.proportions import Confusion, classification, confusion, wilson

OUTCOME = [1] * 5 + [0] * 10
# 4 of 5 with the outcome and 3 of 10 without it are called positive; one prediction lies on the threshold.
PROBABILITY = [0.5, 0.6, 0.7, 0.8, 0.1] + [0.9, 0.6, 0.6] + [0.2] * 7
RESAMPLING = {"resamples": 500, "seed": 3}


def test_counts_include_the_threshold_itself():
    assert confusion(OUTCOME, PROBABILITY, 0.5) == Confusion(4, 3, 7, 1)


def test_measures_by_hand():
    found = classification(OUTCOME, PROBABILITY, 0.5, strata=OUTCOME, **RESAMPLING)
    expected = {
        "sensitivity": 4 / 5,
        "specificity": 7 / 10,
        "accuracy": 11 / 15,
        "ppv": 4 / 7,
        "npv": 7 / 8,
        "f1": 8 / 12,
        "balanced_accuracy": 0.75,
    }
    assert {name: estimate.value for name, estimate in found.items()} == pytest.approx(expected)
    assert all(estimate.low < estimate.value < estimate.high for estimate in found.values())


def test_same_seed_same_interval():
    outcome = np.arange(300) % 3 == 0
    probability = np.random.default_rng(0).random(300)
    first, second, other = (
        classification(outcome, probability, 0.5, strata=outcome, resamples=100, seed=seed)["f1"] for seed in (3, 3, 4)
    )
    assert first == second
    assert (first.low, first.high) != (other.low, other.high)


def test_wilson():
    estimate = wilson(20, 23)
    assert (estimate.low, estimate.high) == pytest.approx((0.679, 0.955), abs=5e-4)
    assert wilson(0, 0).reason is Undefined.EMPTY_DENOMINATOR


def test_nobody_called_positive():
    found = classification(OUTCOME, PROBABILITY, 0.95, strata=OUTCOME, **RESAMPLING)
    assert found["ppv"].reason is Undefined.EMPTY_DENOMINATOR
    assert math.isnan(found["ppv"].value)
    assert found["f1"].value == 0


def test_one_class():
    found = classification([0, 0], [0.2, 0.8], 0.5, strata=[0, 0], **RESAMPLING)
    assert found["sensitivity"].reason is Undefined.EMPTY_DENOMINATOR
    assert found["specificity"].value == 0.5
    assert found["f1"].reason is Undefined.ONE_CLASS
