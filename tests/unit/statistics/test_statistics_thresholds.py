"""Youden's threshold: by hand, ties, undefined cases."""

from __future__ import annotations

import math

import pytest

from osteon.statistics.estimate import Undefined
from osteon.statistics.thresholds import youden


def test_by_hand():
    found = youden([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.6, 0.8])
    # Between 0.2 and 0.3: sensitivity 1, specificity 2/3. Between 0.4 and 0.6: 2/3 and 1. Equal: the lower one.
    assert found.value == pytest.approx(0.25)
    assert (found.sensitivity, found.specificity) == pytest.approx((1, 2 / 3))


def test_one_prediction_for_both_classes():
    assert youden([0, 1, 1, 0], [0.5, 0.5, 0.9, 0.1]).value == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("outcome", "probability", "reason"),
    [([1, 1], [0.1, 0.2], Undefined.ONE_CLASS), ([0, 1], [0.3, 0.3], Undefined.NO_VARIATION)],
)
def test_undefined_with_a_reason(outcome, probability, reason):
    found = youden(outcome, probability)
    assert math.isnan(found.value)
    assert found.reason is reason
