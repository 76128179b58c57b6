"""Thresholds: by hand, ties, targets that nothing reaches, undefined cases."""

from __future__ import annotations

import math

import pytest

from osteon.config.modelling import ThresholdTarget
from osteon.statistics.estimate import Undefined
from osteon.statistics.thresholds import EVERYBODY, NOBODY, choose_threshold, for_sensitivity, for_specificity, youden

OUTCOME, RISK = [0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.6, 0.8]


def test_by_hand():
    found = youden(OUTCOME, RISK)
    # Between 0.2 and 0.3: sensitivity 1, specificity 2/3. Between 0.4 and 0.6: 2/3 and 1. Equal: the lower one.
    assert found.value == pytest.approx(0.25)
    assert (found.sensitivity, found.specificity) == pytest.approx((1, 2 / 3))


def test_one_prediction_for_both_classes():
    assert youden([0, 1, 1, 0], [0.5, 0.5, 0.9, 0.1]).value == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("choose", "target", "value", "reached"),
    [
        (for_sensitivity, 1, 0.25, (1, 2 / 3)),
        (for_sensitivity, 0.7, 0.25, (1, 2 / 3)),
        (for_sensitivity, 0.6, 0.5, (2 / 3, 1)),
        (for_sensitivity, 0.3, 0.7, (1 / 3, 1)),
        (for_specificity, 0.6, 0.25, (1, 2 / 3)),
        (for_specificity, 0.7, 0.5, (2 / 3, 1)),
        (for_specificity, 1, 0.5, (2 / 3, 1)),
    ],
)
def test_a_target_is_reached_at_the_least_cost(choose, target, value, reached):
    found = choose(OUTCOME, RISK, target)
    assert found.value == pytest.approx(value)
    assert (found.sensitivity, found.specificity) == pytest.approx(reached)


def test_seven_of_twenty_five_are_a_sensitivity_of_28_hundredths():
    """0.28 times 25 is a little more than 7 in a computer."""
    found = for_sensitivity([1] * 25 + [0] * 2, [0.1 + 0.03 * i for i in range(25)] + [0.05, 0.06], 0.28)
    assert found.sensitivity == 0.28


def test_a_target_that_only_one_call_for_all_reaches():
    """The lowest prediction is that of an event, the highest that of another patient."""
    outcome, risk = [1, 0, 1, 0], [0.1, 0.2, 0.3, 1.0]
    everybody, nobody = for_sensitivity(outcome, risk, 0.9), for_specificity(outcome, risk, 0.9)
    assert (everybody.value, everybody.sensitivity, everybody.specificity) == (EVERYBODY, 1, 0)
    assert (nobody.value, nobody.sensitivity, nobody.specificity) == (NOBODY, 0, 1)
    assert NOBODY > 1.0


def test_the_rule_of_the_configuration():
    assert choose_threshold(OUTCOME, RISK, "youden") == youden(OUTCOME, RISK)
    found = choose_threshold(OUTCOME, RISK, ThresholdTarget(sensitivity=0.6))
    assert found == for_sensitivity(OUTCOME, RISK, 0.6)
    assert choose_threshold(OUTCOME, RISK, ThresholdTarget(specificity=0.6)).value == pytest.approx(0.25)
    with pytest.raises(ValueError, match="a stated risk is not chosen"):
        choose_threshold(OUTCOME, RISK, ThresholdTarget(risk=0.2))


@pytest.mark.parametrize(
    "rule", ["youden", ThresholdTarget(sensitivity=0.9), ThresholdTarget(specificity=0.9)], ids=str
)
@pytest.mark.parametrize(
    ("outcome", "probability", "reason"),
    [([1, 1], [0.1, 0.2], Undefined.ONE_CLASS), ([0, 1], [0.3, 0.3], Undefined.NO_VARIATION)],
)
def test_undefined_with_a_reason(outcome, probability, reason, rule):
    found = choose_threshold(outcome, probability, rule)
    assert math.isnan(found.value)
    assert found.reason is reason
