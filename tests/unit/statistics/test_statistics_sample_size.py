"""Sample sizes against pmsampsize, pmvalsampsize, sampsizeval and the papers behind them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from osteon.statistics.auc import auc
from osteon.statistics.sample_size import (
    c_statistic_error,
    development_size,
    expected_shrinkage,
    largest_r2,
    normal_points,
    r2_of_c_statistic,
    slope_size,
    validation_size,
)


def test_pmsampsize_with_r2():
    """24 candidate parameters, prevalence 0.174, R2 0.288: 623, 662, 221."""
    found = development_size(24, 0.174, 0.288)
    assert (found.shrinkage, found.optimism, found.prevalence, found.total) == (623, 662, 221, 662)


def test_pmsampsize_with_the_c_statistic():
    """C 0.89 instead: R2 0.2909, 615, 660, 221 (there from a million simulated patients)."""
    r2 = r2_of_c_statistic(0.89, 0.174)
    assert r2 == pytest.approx(0.2909, abs=1e-4)
    found = development_size(24, 0.174, r2)
    assert (found.shrinkage, found.optimism, found.prevalence, found.total) == (615, 660, 221, 660)


@pytest.mark.parametrize(("prevalence", "highest"), [(0.5, 0.75), (0.1, 0.48), (0.01, 0.11)])
def test_largest_r2_of_riley(prevalence, highest):
    """BMJ 2020;368:m441: 0.75, 0.48 and 0.11 for prevalences of 0.5, 0.1 and 0.01."""
    assert largest_r2(prevalence) == pytest.approx(highest, abs=0.005)


def test_expected_shrinkage_solves_the_first_criterion():
    """With the patients that criterion 1 asks for, on R2 / S, the factor is 0.9."""
    n = 24 / ((0.9 - 1) * math.log(1 - 0.288 / 0.9))
    assert expected_shrinkage(n, 24, 0.288 / 0.9) == pytest.approx(0.9)
    assert expected_shrinkage(768, 1158, 0.2) == 0


@pytest.mark.parametrize(("c", "n"), [(0.75, 433), (0.80, 360)])
def test_validation_by_the_c_statistic(c, n):
    """Width 0.1 at prevalence 0.3."""
    assert validation_size(c, 0.3).c_statistic == n
    assert c_statistic_error(c, 0.3, n) <= 0.1 / 3.92 < c_statistic_error(c, 0.3, n - 1)


def test_pmvalsampsize():
    """Prevalence 0.018, C 0.8, width of O:E 1: 905 (there in steps of 0.0001 of the standard error) and 4252."""
    found = validation_size(0.8, 0.018, width_oe=1)
    assert found.c_statistic == 4252
    assert abs(found.observed_expected - 905) <= 1
    assert found.events == math.ceil(100 / 0.018)
    assert found.total == max(found.slope, found.events)


@pytest.mark.parametrize(("prevalence", "c", "error", "n"), [(0.1, 0.75, 0.1, 1536), (0.057, 0.77, 0.15, 934)])
def test_sampsizeval(prevalence, c, error, n):
    """Pavlou et al. 2021 take the linear predictor as normal over all patients, with this mean and SD (C up to 0.8)."""
    apart = math.sqrt(2) * norm.ppf(c)
    mean = (2 * prevalence - 1) * apart**2 / 2 + logit(prevalence)
    sd = apart * math.sqrt(1 + prevalence * (1 - prevalence) * apart**2)
    assert slope_size(*normal_points(mean, sd), width=2 * 1.96 * error) == n


def test_calibrated_model_has_the_prevalence_and_the_c_statistic():
    """The slope's size comes from a mixture of normals; from 200 000 patients drawn from it the same comes."""
    random = np.random.default_rng(2)
    outcome, apart = random.random(200_000) < 0.3, math.sqrt(2) * norm.ppf(0.75)
    predictor = random.normal(size=200_000) * apart + apart**2 * (outcome - 0.5) + logit(0.3)
    assert expit(predictor).mean() == pytest.approx(0.3, abs=0.005)
    found = slope_size(predictor, np.full(200_000, 1 / 200_000), 0.2)
    assert validation_size(0.75, 0.3).slope == pytest.approx(found, rel=0.01)


def test_standard_error_of_c_holds_in_simulated_patients():
    random = np.random.default_rng(1)
    distance = math.sqrt(2) * norm.ppf(0.75)
    values = []
    for _ in range(300):
        outcome = random.random(433) < 0.3
        values.append(auc(outcome.astype(int), random.normal(size=433) + distance * outcome).value)
    assert np.std(values) == pytest.approx(0.1 / 3.92, rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 0.3, 0.2), "at least 1"),
        ((5, 0, 0.2), "between 0 and 1"),
        ((5, 0.3, 0.8), "below 0.705"),
        ((5, 0.3, 0), "above 0"),
    ],
)
def test_wrong_assumptions_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        development_size(*arguments)
    with pytest.raises(ValueError, match=r"above 0.5 and below 1"):
        validation_size(0.5, 0.3)
