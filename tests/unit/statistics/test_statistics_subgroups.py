"""Subgroups: tests of interaction by hand and against statsmodels, small groups."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.special import expit, logit
from scipy.stats import chi2, norm

from osteon.statistics.auc import auc
from osteon.statistics.estimate import Undefined
from osteon.statistics.subgroups import MEASURES, auc_by_group, group_measures, interaction, large_enough


@pytest.fixture(scope="module")
def cohort():
    """The prediction is worth nothing in group c."""
    random = np.random.default_rng(0)
    group = np.repeat(["a", "b", "c"], 200)
    predictor = random.normal(size=600)
    outcome = (random.random(600) < expit(np.where(group == "c", 0, 1.2 * predictor))).astype(int)
    return outcome, expit(predictor), group


def halves(estimate):
    return (estimate.high - estimate.low) / (2 * norm.ppf(0.975))


def test_difference_of_two_groups_by_hand(cohort):
    outcome, risk, group = cohort
    found = auc_by_group(outcome, risk, group, ["a", "c"])
    one, other = (auc(outcome[group == name], risk[group == name]) for name in "ac")
    error = math.hypot(halves(one), halves(other))
    assert (found.test, found.groups, found.df) == ("z", ("a", "c"), 1)
    assert found.difference == pytest.approx(one.value - other.value)
    assert found.statistic == pytest.approx(found.difference / error)
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * error, rel=1e-6)
    assert found.p == pytest.approx(2 * norm.sf(abs(found.statistic)))
    assert found.p < 1e-3


def test_three_groups_by_hand(cohort):
    outcome, risk, group = cohort
    found = auc_by_group(outcome, risk, group, ["a", "b", "c"])
    estimates = [auc(outcome[group == name], risk[group == name]) for name in "abc"]
    values, weights = np.array([one.value for one in estimates]), np.array([halves(one) ** -2 for one in estimates])
    q = (weights * (values - np.average(values, weights=weights)) ** 2).sum()
    assert (found.test, found.df) == ("chi_square", 2)
    assert (found.statistic, found.p) == pytest.approx((q, chi2.sf(q, 2)))
    assert math.isnan(found.difference)


def test_of_two_groups_chi_square_is_z_squared(cohort):
    """Cochran's Q of two values is the square of their z."""
    outcome, risk, group = cohort
    estimates = [auc(outcome[group == name], risk[group == name]) for name in "ab"]
    values, weights = np.array([one.value for one in estimates]), np.array([halves(one) ** -2 for one in estimates])
    q = (weights * (values - np.average(values, weights=weights)) ** 2).sum()
    assert auc_by_group(outcome, risk, group, ["b", "a"]).statistic ** 2 == pytest.approx(q)


@pytest.mark.parametrize("names", [["a", "c"], ["a", "b", "c"]])
def test_interaction_is_statsmodels(cohort, names):
    outcome, risk, group = cohort
    table = pd.DataFrame({"y": outcome, "x": logit(risk), "g": group})[np.isin(group, names)]
    fits = [smf.logit(formula, table).fit(disp=0) for formula in ("y ~ x + C(g)", "y ~ x * C(g)")]
    found = interaction(outcome, risk, group, names)
    assert found.statistic == pytest.approx(2 * (fits[1].llf - fits[0].llf), rel=1e-6)
    assert (found.df, found.groups) == (len(names) - 1, tuple(names))
    assert found.p == pytest.approx(chi2.sf(found.statistic, found.df))
    assert found.p < 1e-3


def test_without_interaction_p_is_uniform():
    """Of 200 tests where nothing is, about 5 % have a p below 0.05."""
    random, low = np.random.default_rng(1), []
    for _ in range(200):
        predictor, group = random.normal(size=200), random.integers(0, 2, 200).astype(str)
        outcome = (random.random(200) < expit(predictor)).astype(int)
        low.append(auc_by_group(outcome, predictor, group, ["0", "1"]).p < 0.05)
    assert 0.02 <= np.mean(low) <= 0.09


@pytest.mark.parametrize(
    ("events", "others", "shown"), [(10, 10, True), (9, 50, False), (50, 9, False), (0, 40, False)]
)
def test_small_groups_are_hidden(events, others, shown):
    outcome = np.repeat([1, 0], [events, others])
    risk = np.linspace(0.9, 0.1, events + others)[np.random.default_rng(0).permutation(events + others)]
    found = group_measures(outcome, risk, 0.5)
    assert tuple(found) == MEASURES
    assert large_enough(outcome) is shown
    for estimate in found.values():
        assert math.isnan(estimate.value) is not shown
        assert estimate.reason is (None if shown else Undefined.SMALL_CELL)


def test_small_groups_are_not_compared(cohort):
    outcome, risk, group = cohort
    group = np.where((group == "b") & (np.cumsum(group == "b") > 12), "elsewhere", group)
    assert auc_by_group(outcome, risk, group, ["a", "b", "c"]).groups == ("a", "c")
    for test in (auc_by_group, interaction):
        found = test(outcome, risk, group, ["a", "b"])
        assert (found.reason, found.groups) == (Undefined.ONE_GROUP, ("a",))
        assert math.isnan(found.p)


def test_measures_of_a_group(cohort):
    outcome, risk, group = cohort
    own = group == "a"
    found = group_measures(outcome[own], risk[own], 0.5)
    assert found["auc"] == auc(outcome[own], risk[own])
    called = risk[own] >= 0.5
    assert found["sensitivity"].value == called[outcome[own] == 1].mean()
    assert found["specificity"].value == 1 - called[outcome[own] == 0].mean()
    assert found["sensitivity"].method == "wilson"
    without = group_measures(outcome[own], risk[own], math.nan)
    assert without["sensitivity"].reason is Undefined.NO_THRESHOLD
    assert without["auc"] == found["auc"]


def test_perfect_groups_are_not_tested():
    outcome, group = np.tile([0, 1], 40), np.repeat(["a", "b"], 40)
    assert auc_by_group(outcome, outcome + 0.1, group, ["a", "b"]).reason is Undefined.PERFECT_RANKING
    risk = np.where(outcome == 1, 0.8, 0.2)
    assert interaction(outcome, risk, group, ["a", "b"]).reason is Undefined.VARIABLE_SEPARATES


def test_one_group_per_patient(cohort):
    outcome, risk, group = cohort
    with pytest.raises(ValueError, match="599 values for 600"):
        auc_by_group(outcome, risk, group[1:], ["a", "b"])
