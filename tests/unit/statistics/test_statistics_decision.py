"""Decision curves: net benefit by hand, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.statistics.decision import decision_curve

OUTCOME = [1, 1, 0, 0, 0]
RESAMPLING = {"strata": OUTCOME, "resamples": 100, "seed": 0}


def test_net_benefit_by_hand():
    table = decision_curve(OUTCOME, {"outcome": [0.9, 0.3, 0.6, 0.1, 0.1]}, [0.25, 0.5], **RESAMPLING)
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
        decision_curve(OUTCOME, probabilities, thresholds, **RESAMPLING)


def test_interval_by_hand():
    """Net benefit of resamples counted one by one, as the formula says."""
    random = np.random.default_rng(1)
    outcome = random.integers(0, 2, 40)
    risk = np.clip(0.3 * outcome + 0.7 * random.random(40), 0, 1)
    table = decision_curve(outcome, {"m": risk}, [0.2, 0.6], strata=outcome, resamples=30, seed=3).set_index("model")
    generator = np.random.default_rng(3)
    drawn = np.empty((30, 40), dtype=int)
    for member in (np.flatnonzero(outcome == 0), np.flatnonzero(outcome == 1)):
        drawn[:, member] = member[generator.integers(len(member), size=(30, len(member)))]
    for row in table.loc["m"].itertuples():
        benefits = []
        for rows in drawn:
            called, event = risk[rows] >= row.threshold, outcome[rows] == 1
            odds = row.threshold / (1 - row.threshold)
            benefits.append(((called & event).sum() - (called & ~event).sum() * odds) / 40)
        assert (row.low, row.high) == pytest.approx(np.quantile(benefits, [0.025, 0.975]))
        assert row.low < row.net_benefit < row.high
    assert table.loc[["all", "none"], ["low", "high"]].isna().all(axis=None)


def test_no_interval_where_nothing_varies():
    table = decision_curve(OUTCOME, {"m": [0.5] * 5}, [0.3, 0.7], **RESAMPLING)
    assert table.loc[table["model"] == "m", ["low", "high"]].isna().all(axis=None)
