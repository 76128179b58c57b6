"""Odds ratios from counts, as every software that a paper may have used gives them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from helpers.honest_tables import fit
from osteon.printed.odds import Exact, Firth, Odds, PerDeviation, odds_of

COUNTS = np.array([[12, 25], [40, 20]])  # level and reference by without and with the outcome


def by_kind(counts):
    return {type(one): one for one in odds_of(counts)}


def patients(counts):
    (a, b), (c, d) = counts
    x, y = np.repeat([1, 1, 0, 0], [a, b, c, d]), np.repeat([0, 1, 0, 1], [a, b, c, d])
    return np.column_stack([np.ones(len(x)), x]).astype(float), y


def test_firth_is_the_penalised_likelihood():
    for counts in (COUNTS, np.array([[0, 9], [30, 20]])):
        design, outcome = patients(counts)
        b, covariance, best = fit(design, outcome, firth=True)
        found = by_kind(counts)[Firth]
        assert found.b == pytest.approx(b[1])
        assert found.se == pytest.approx(math.sqrt(covariance[1, 1]))
        (low, high), limit = found.profile, stats.chi2.ppf(0.95, 1)
        assert low < found.b < high
        null = fit(design[:, :1], outcome, firth=True)[2]
        assert best > null
        assert found.ps[0] == pytest.approx(2 * stats.norm.sf(abs(b[1]) / math.sqrt(covariance[1, 1])))
        assert limit > 0


def test_exact_is_that_of_fishers_test():
    found = by_kind(COUNTS)[Exact]
    reference = stats.contingency.odds_ratio(COUNTS[:, ::-1])
    assert math.exp(found.b) == pytest.approx(reference.statistic)
    assert np.exp(found.wald) == pytest.approx(list(reference.confidence_interval(0.95)))
    assert math.isnan(found.z)


def test_per_deviation_is_the_regression_on_the_standardised_variable():
    design, outcome = patients(COUNTS)
    design[:, 1] /= design[:, 1].std()
    b, covariance, _ = fit(design, outcome, firth=False)
    found = by_kind(COUNTS)[PerDeviation]
    assert (found.b, found.se) == pytest.approx((b[1], math.sqrt(covariance[1, 1])))
    assert found.z == pytest.approx(by_kind(COUNTS)[Odds].z)


def test_empty_cells():
    assert [type(one) for one in odds_of([[0, 5], [10, 10]])] == [Firth]
    assert odds_of([[0, 0], [10, 10]]) == []
    assert odds_of([[0, 10], [0, 10]]) == []
    assert odds_of([[12, 5], [-2, 10]]) == []
