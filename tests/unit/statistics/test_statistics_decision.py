"""Decision curves: net benefit by hand, what is refused."""

from __future__ import annotations

import pytest

from osteon.statistics.decision import decision_curve

OUTCOME = [1, 1, 0, 0, 0]


def test_net_benefit_by_hand():
    table = decision_curve(OUTCOME, {"outcome": [0.9, 0.3, 0.6, 0.1, 0.1]}, [0.25, 0.5])
    table = table.set_index(["model", "threshold"])
    # At 0.5: one true and one false positive of five; odds 1.
    assert table.loc[("outcome", 0.5), "net_benefit"] == pytest.approx(0)
    # At 0.25: two true and one false positive; odds 1/3.
    assert table.loc[("outcome", 0.25), "net_benefit"] == pytest.approx(2 / 5 - 1 / 5 / 3)
    assert table.loc[("all", 0.25), "net_benefit"] == pytest.approx(2 / 5 - 3 / 5 / 3)
    assert (table.loc["none", "net_benefit"] == 0).all()


@pytest.mark.parametrize(
    ("probabilities", "thresholds", "message"),
    [
        ({"m": [1.5, 0.3, 0.6, 0.1, 0.1]}, [0.5], "allowed is 0 to 1"),
        ({"m": [0.5] * 5}, [0.0, 0.5], "above 0 and below 1"),
        ({"all": [0.5] * 5}, [0.5], "cannot be called 'all'"),
    ],
)
def test_refused(probabilities, thresholds, message):
    with pytest.raises(ValueError, match=message):
        decision_curve(OUTCOME, probabilities, thresholds)
