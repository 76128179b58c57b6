"""Correlation: known answers, other implementations, undefined cases."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy.stats import pointbiserialr

from osteon.statistics.correlation import CORRELATION_COLUMNS, correlation, correlations_with
from osteon.statistics.estimate import Undefined


@pytest.fixture(scope="module")
def cohort():
    random = np.random.default_rng(0)
    outcome = np.arange(80) % 2
    return outcome, outcome + random.normal(size=80)


def test_point_biserial_is_scipys(cohort):
    outcome, values = cohort
    found, expected = correlation(outcome, values), pointbiserialr(outcome, values)
    assert (found.estimate.value, found.p) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-12)


def test_interval_is_pingouins(cohort):
    found = correlation(*cohort).estimate
    low, high = pingouin.compute_esci(stat=found.value, nx=80, ny=80, eftype="r", decimals=12)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-11)
    assert found.method == "fisher_z"


def test_spearman_does_not_see_a_monotonic_transformation(cohort):
    outcome, values = cohort
    one, other = (correlation(outcome, x, "spearman") for x in (values, np.exp(values)))
    assert one == other
    assert correlation(outcome, np.exp(values)).estimate.value != pytest.approx(one.estimate.value, abs=1e-3)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ([0, 1, 0], [1, 2, 3], Undefined.FEW_PATIENTS),
        ([0, 1, 0, 1], [2, 2, 2, 2], Undefined.NO_VARIATION),
        ([0, 1, 0, 1], [3, 5, 3, 5], Undefined.PERFECT_RANKING),
    ],
)
def test_undefined_with_a_reason(first, second, reason):
    found = correlation(first, second).estimate
    assert found.reason is reason
    assert math.isnan(found.low)
    assert math.isnan(found.value) == (reason is not Undefined.PERFECT_RANKING)


def test_patients_without_a_value_do_not_count(cohort):
    outcome, values = cohort
    gaps = np.where(np.arange(80) < 10, math.nan, values)
    table = correlations_with(outcome, pd.DataFrame({"age": gaps, "constant": np.ones(80)}))
    assert list(table.columns) == CORRELATION_COLUMNS
    expected = correlation(outcome[10:], values[10:])
    assert table.loc[0, ["n", "r", "p"]].tolist() == [70, expected.estimate.value, expected.p]
    assert table.loc[1, "reason"] == Undefined.NO_VARIATION
