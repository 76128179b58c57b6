"""The intraclass correlation of many features at once: edges, gaps, and what it means."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.statistics.icc import absolute_agreement
from osteon.statistics.no_agreement import SENTENCES, NoAgreement

RANDOM = np.random.default_rng(4)
GOOD = RANDOM.normal(size=(12, 1)) + 0.1 * RANDOM.normal(size=(12, 3))


def agreement(*features: np.ndarray):
    return absolute_agreement(np.stack(features, axis=2))


def test_each_feature_is_judged_by_itself():
    noise = RANDOM.normal(size=(12, 3))
    together = agreement(GOOD, noise, GOOD * 1e6 + 5)
    alone = [agreement(feature) for feature in (GOOD, noise)]
    assert together.icc[:2].tolist() == [found.icc[0] for found in alone]
    assert together.icc[0] == pytest.approx(together.icc[2], abs=1e-9)
    assert together.icc[0] > 0.95 > together.icc[1]
    assert (together.low < together.icc).all()
    assert (together.icc < together.high).all()


def test_a_reader_who_measures_more_lowers_it():
    shifted = GOOD + np.array([0.0, 0.0, 2.0])
    found = agreement(GOOD, shifted)
    assert found.icc[1] < found.icc[0] - 0.3


def test_perfect_agreement_is_one_with_an_interval():
    found = agreement(np.repeat(GOOD[:, :1], 3, axis=1))
    assert (found.icc[0], found.low[0], found.high[0]) == (1.0, 1.0, 1.0)
    assert found.reason[0] is None


@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_no_value_has_a_reason(offset):
    constant = np.full((12, 3), 0.1)
    no_spread = np.tile([1.0, 2.0, 3.0], (12, 1))
    missing = np.where(np.arange(12)[:, None] < 2, np.nan, GOOD)
    found = agreement(constant + offset, no_spread + offset, missing + offset, GOOD + offset)
    assert found.reason.tolist() == [NoAgreement.CONSTANT, NoAgreement.NO_SPREAD, NoAgreement.MISSING, None]
    assert np.isnan(found.icc[:3]).all()
    assert np.isnan(found.low[:3]).all()


def test_too_few():
    assert agreement(GOOD[:2]).reason.tolist() == [NoAgreement.FEW_SUBJECTS]
    assert agreement(GOOD[:, :1]).reason.tolist() == [NoAgreement.FEW_RATERS]
    assert agreement(GOOD[:0]).reason.tolist() == [NoAgreement.FEW_SUBJECTS]
    assert set(SENTENCES) == set(NoAgreement)


@pytest.mark.parametrize("gap", [np.nan, np.inf])
def test_one_subject_without_a_value_is_left_out_of_that_feature_alone(gap):
    holed = GOOD.copy()
    holed[5, 1] = gap
    found = agreement(GOOD, holed)
    assert found.subjects.tolist() == [12, 11]
    assert found.icc[1] == agreement(np.delete(GOOD, 5, axis=0)).icc[0]


def test_the_interval_covers_the_truth():
    """2000 simulated features of known ICC .8: about 95 % of the intervals hold it."""
    random = np.random.default_rng(11)
    subject = random.normal(0, np.sqrt(0.8), (20, 1, 2000))
    rater = random.normal(0, np.sqrt(0.05), (1, 3, 2000))
    found = absolute_agreement(subject + rater + random.normal(0, np.sqrt(0.15), (20, 3, 2000)))
    covered = ((found.low <= 0.8) & (found.high >= 0.8)).mean()
    assert 0.93 < covered < 0.97
    assert found.icc.mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("unit", [1.0, -2.0, 1e-6])
def test_no_limits_with_hardly_any_degrees_of_freedom(unit):
    """Found by chance: in one unit there was no interval, because numbers overflowed; in another there was one."""
    values = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [25.0, -35.0]])[:, :, None] * unit
    found = absolute_agreement(values)
    assert np.isfinite(found.icc[0])
    assert np.isnan(found.low[0])
    assert found.reason[0] == "no_interval"
