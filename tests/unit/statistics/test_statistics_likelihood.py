"""Logistic regression by maximum likelihood: when it has a solution."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from osteon.statistics.estimate import Undefined
from osteon.statistics.likelihood import maximum_likelihood


def test_estimates_are_statsmodels():
    random = np.random.default_rng(0)
    terms = random.normal(size=(200, 2)) * (1, 1000)
    outcome = (random.random(200) < 1 / (1 + np.exp(-terms[:, 0]))).astype(int)
    fit, reason = maximum_likelihood(outcome, terms)
    expected = sm.Logit(outcome, sm.add_constant(terms)).fit(disp=0)
    assert reason is None
    np.testing.assert_allclose(fit.params, expected.params, rtol=1e-6)
    np.testing.assert_allclose(fit.bse, expected.bse, rtol=1e-6)
    assert fit.llf == pytest.approx(expected.llf, rel=1e-9)


X = np.array([1.0, 2, 3, 4, 5, 6])


@pytest.mark.parametrize(
    ("outcome", "terms", "reason"),
    [
        ([0, 0, 0, 0, 0, 0], X, Undefined.ONE_CLASS),
        ([0, 1, 0, 1, 0, 1], np.ones(6), Undefined.NO_VARIATION),
        ([0, 1, 0, 1, 0, 1], np.column_stack([X, 2 * X + 1]), Undefined.COLLINEAR),
        ([0, 0, 0, 1, 1, 1], X, Undefined.VARIABLE_SEPARATES),
        ([1, 1, 1, 0, 0, 0], X, Undefined.VARIABLE_SEPARATES),
        ([0, 0, 0, 1, 1, 1], [1, 2, 3, 3, 4, 5], Undefined.VARIABLE_SEPARATES),  # all but a tie
        ([0, 0, 1, 0, 1, 1], [0, 0, 0, 0, 1, 1], Undefined.VARIABLE_SEPARATES),  # an empty cell of counts
        ([0, 0, 0, 1, 1, 1], np.column_stack([X - [0, 0, 0, 3, 3, 3], X]), Undefined.VARIABLE_SEPARATES),  # together
        ([0, 0, 1, 0, 1, 1], X, None),
    ],
)
def test_no_solution_has_a_reason(outcome, terms, reason):
    fit, found = maximum_likelihood(outcome, terms)
    assert found is reason
    assert (fit is None) == (reason is not None)


@pytest.mark.slow
def test_separation_is_found_wherever_it_is():
    """Small sets of two terms of few values, many of them separated; for each the line is sought by brute force."""
    random, counts = np.random.default_rng(0), {True: 0, False: 0}
    # Lines through two points of the grid, and lines between them.
    angles = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    across = [(a, b) for a in range(-2, 3) for b in range(-2, 3)]
    directions = np.array([*across, *zip(np.cos(angles), np.sin(angles), strict=True)]).T
    for _ in range(100):
        terms, outcome = random.integers(0, 3, (8, 2)), random.integers(0, 2, 8)
        _, reason = maximum_likelihood(outcome, terms)
        if reason in (Undefined.ONE_CLASS, Undefined.NO_VARIATION, Undefined.COLLINEAR):
            continue
        lines = np.round(terms @ directions, 9)
        apart = (lines[outcome == 1].min(axis=0) >= lines[outcome == 0].max(axis=0)) & (np.ptp(lines, axis=0) > 0)
        assert (reason is Undefined.VARIABLE_SEPARATES) == apart.any()
        counts[bool(apart.any())] += 1
    assert min(counts.values()) > 10


def test_risks_near_0_and_1_alone_are_no_separation():
    terms = np.linspace(-20, 20, 401)
    outcome = (terms + np.where(np.arange(401) % 2, 1.5, -1.5) > 0).astype(int)
    fit, reason = maximum_likelihood(outcome, terms)
    assert reason is None
    assert fit.fittedvalues.min() < 1e-6
