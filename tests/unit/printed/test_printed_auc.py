"""Bounds of the AUC and of its standard error."""

from __future__ import annotations

import math

import numpy as np
import pytest

from osteon.printed.auc import (
    area_range,
    error_range,
    hanley_error,
    interval_errors,
    largest_error,
    law_of_interval,
    least_error,
    least_tied_error,
    narrowest_error,
)
from osteon.printed.numbers import parse
from osteon.statistics.auc import auc, delong


def test_useless_scores_have_the_variance_of_the_rank_test():
    """At A = 1/2 the least variance is that of two equal continuous groups: 1/12 (1/n1 + 1/n0)."""
    assert least_error(0.5, 40, 40) == pytest.approx(math.sqrt(1 / 12 * 2 / 40))


def test_bounds_against_hanley_and_mcneil():
    for value in (0.6, 0.74, 0.9, 0.98):
        for n1, n0 in ((40, 40), (20, 200), (200, 20)):
            assert least_error(value, n1, n0) <= hanley_error(value, n1, n0) < largest_error(value, n1, n0)
            assert least_error(value, n1, n0) == pytest.approx(least_error(1 - value, n1, n0), rel=1e-9)
    # AUC .85, 40 and 40 patients: the least of binormal scores is .0424
    assert 0.04 < least_error(0.85, 40, 40) < 0.0424


@pytest.mark.parametrize("levels", [None, 8, 4, 2])
def test_no_sample_lies_outside_the_bounds(levels):
    """The bounds hold for every sample, not only on average; without ties the higher one does."""
    random = np.random.default_rng(5)
    for _ in range(150):
        n1, n0 = random.integers(3, 60, 2)
        outcome = np.repeat([1, 0], [n1, n0])
        score = random.normal(size=n1 + n0) * np.where(outcome, random.uniform(0.05, 4), 1) + random.normal() * outcome
        if levels:
            score = np.digitize(score, np.sort(random.normal(size=levels - 1)))
        values, covariance = delong(outcome, score)
        bound = least_tied_error if levels else least_error
        error = math.sqrt(max(covariance[0, 0], 0))
        assert bound(values[0], n1, n0) - 1e-9 <= error <= largest_error(values[0], n1, n0) + 1e-9


def test_the_bound_with_ties_is_reached():
    """Two values, no false negative: A = (1 + spec) / 2."""
    outcome = np.repeat([1, 0], [2000, 2000])
    score = np.where(outcome == 1, 1, np.arange(4000) % 10 < 1)  # specificity .9
    values, covariance = delong(outcome, score)
    assert math.sqrt(covariance[0, 0]) >= least_tied_error(values[0], 2000, 2000)
    three = np.where(outcome == 1, 2, 0)
    share = math.sqrt(2 * 0.05)
    three = np.where(np.arange(4000) % 2000 < 2000 * share, 1, three)
    values, covariance = delong(outcome, three)
    assert math.sqrt(covariance[0, 0]) == pytest.approx(least_tied_error(values[0], 2000, 2000), rel=1e-3)


def test_rounding_is_taken_at_its_widest():
    least, largest = error_range(parse("0.74"), 40, 40)
    assert least == least_tied_error(0.745, 40, 40)
    assert largest == largest_error(0.735, 40, 40)
    assert narrowest_error(parse("0.50"), 40, 40) == 0
    least, largest = interval_errors(parse("0.74"), parse("0.64"), parse("0.84"))
    assert least < 0.1 / 1.96 < largest


def test_an_interval_cut_at_one_is_read_from_its_lower_half():
    _, largest = interval_errors(parse("0.98"), parse("0.94"), parse("1.00"))
    assert largest >= 0.04 / 1.96


def test_intervals_that_follow_from_the_numbers_alone():
    error = hanley_error(0.8, 30, 60)
    low, high = (parse(f"{0.8 + sign * 1.96 * error:.3f}") for sign in (-1, 1))
    assert law_of_interval(parse("0.800"), low, high, 30, 60) == "Hanley and McNeil"
    # statsmodels proportion_confint(72, 90, method="beta")
    exact = law_of_interval(parse("0.800"), parse("0.702"), parse("0.877"), 30, 60)
    assert exact == "exact binomial, as a share of all patients"
    random = np.random.default_rng(1)
    outcome = np.repeat([1, 0], [30, 60])
    found = auc(outcome, 2.5 * random.normal(size=90) * outcome + random.normal(size=90) + outcome)
    cells = (parse(f"{value:.3f}") for value in (found.value, found.low, found.high))
    assert law_of_interval(*cells, 30, 60) == ""


def test_area_through_a_point():
    assert area_range((0.9, 0.9), (0.9, 0.9)) == pytest.approx((0.81, 0.99))
