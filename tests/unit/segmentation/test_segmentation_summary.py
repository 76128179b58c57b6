"""Means, intervals and verdicts of agreement."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from osteon.config.segmentation import Targets
from osteon.segmentation.evaluate import COLUMNS
from osteon.segmentation.summary import agreement_summary, mean_interval

TARGETS = Targets(dice=0.9, hd95_mm=2.0, volume_error_percent=10.0)


def row(subject, dice=0.95, hd95=1.0, error=2.0, center="A", label="L1", edge=1.0, how="unseen", **other):
    predicted = 10 * (1 + error / 100)
    values = [subject, center, label, how, dice, hd95, hd95 / 2, 10.0, predicted, error, edge, ""]
    return dict(zip(COLUMNS, values, strict=True)) | other


def summarised(rows, targets=TARGETS):
    table = agreement_summary(pd.DataFrame(rows, columns=COLUMNS), targets, seed=1)
    return table.set_index(["how", "center", "label", "measure"])


def test_means_and_verdicts_of_a_center():
    errors = [-20, 4, 6, 1, -1, 2]
    table = summarised([row(f"A{k}", 0.95 - 0.01 * k, 1.0 + 0.1 * k, error) for k, error in enumerate(errors)])
    dice, hd95 = table.loc[("unseen", "A", "L1", "dice")], table.loc[("unseen", "A", "L1", "hd95_mm")]
    assert (dice["n"], dice["patients"], dice["missed"], dice["target"], dice["verdict"]) == (6, 6, 0, 0.9, "pass")
    assert dice["mean"] == pytest.approx(0.925)
    assert dice["worst"] == pytest.approx(0.9)
    assert dice["low"] < dice["mean"] < dice["high"]
    assert hd95["worst"] == pytest.approx(1.5)
    assert table.loc[("unseen", "A", "L1", "volume_error_percent"), "mean"] == pytest.approx(np.mean(errors))
    assert table.loc[("unseen", "A", "L1", "volume_error_percent"), "worst"] == -20
    assert table.loc[("unseen", "A", "L1", "volume_error_abs_percent"), "mean"] == pytest.approx(34 / 6)
    assert table["verdict"].dropna().tolist() == ["pass"] * 3
    # one center and one label: nothing to take together
    assert set(table.index.get_level_values("center")) == {"A"}


@pytest.mark.parametrize(
    ("change", "measure"),
    [({"dice": 0.89}, "dice"), ({"hd95": 2.0}, "hd95_mm"), ({"error": -10.0}, "volume_error_abs_percent")],
    ids=["dice", "distance", "volume"],
)
def test_each_target_can_fail_alone(change, measure):
    table = summarised([row(f"A{k}", **change) for k in range(6)]).droplevel([0, 1, 2])
    assert table.loc[measure, "verdict"] == "fail"
    assert (table["verdict"] == "fail").sum() == 1


def test_large_voxels_are_named_and_not_blamed():
    coarse = [row(f"A{k}", hd95=4.0, edge=4.5) for k in range(6)]
    fine = [row(f"A{k}", hd95=1.0, edge=1.0) for k in range(6, 12)]

    def verdict(rows):
        return summarised(rows).loc[("unseen", "A", "L1", "hd95_mm"), ["verdict", "coarse"]].tolist()

    assert verdict(coarse) == ["voxels_too_large", 6]
    assert verdict(coarse + fine) == ["voxels_too_large", 6]
    assert verdict([row(f"A{k}", hd95=1.5, edge=4.5) for k in range(6)]) == ["pass", 6]
    # further off than a voxel, or in fine cases as well: the mask is to blame
    assert verdict([row(f"A{k}", hd95=9.0, edge=4.5) for k in range(6)]) == ["fail", 6]
    assert verdict(coarse + [row(f"A{k}", hd95=3.0) for k in range(6, 12)]) == ["fail", 6]


def test_missed_label_counts_in_dice_and_not_in_distances():
    missed = row("A9", 0.0, math.nan, -100.0, reason="label_not_predicted")
    table = summarised([*(row(f"A{k}") for k in range(9)), missed]).droplevel([0, 1, 2])
    assert table.loc["dice", ["n", "missed"]].tolist() == [10, 1]
    assert table.loc["dice", "mean"] == pytest.approx(0.855)
    assert table.loc["hd95_mm", ["n", "missed"]].tolist() == [9, 1]
    # a structure that was not found has no distance: those of the others do not reach the target for it
    assert table.loc["hd95_mm", ["mean", "verdict"]].tolist() == [1.0, "fail"]


def test_everything_missed_has_a_reason_and_no_mean():
    table = summarised([row(f"A{k}", 0.0, math.nan, -100.0, reason="label_not_predicted") for k in range(6)])
    distances = table.loc[("unseen", "A", "L1", "hd95_mm")]
    assert distances["n"] == 0
    assert math.isnan(distances["mean"])
    assert distances["reason"] == "label_not_predicted"
    assert (distances["target"], distances["verdict"]) == (2.0, "fail")


def test_not_evaluated_cases_are_in_no_mean():
    listed = {"subject": "A9", "center": "A", "label": "L1", "how": "trained_on", "reason": "trained_on"}
    table = summarised([*(row(f"A{k}") for k in range(6)), listed])
    assert set(table.index.get_level_values("how")) == {"unseen"}
    assert table["n"].tolist() == [6] * 5


def test_ways_of_prediction_are_not_mixed_and_totals_are():
    rows = [
        row(f"{center}{k}", center=center, label=label) for center in "AB" for k in range(5) for label in ("x", "y")
    ]
    rows += [row(f"C{k}", 0.5, center="C", how="cross_validation") for k in range(5)]
    table = summarised(rows)
    assert table.loc[("unseen", "all", "all", "dice"), ["n", "patients"]].tolist() == [20, 10]
    assert table.loc[("unseen", "A", "all", "dice"), "n"] == 10
    assert table.loc[("unseen", "all", "x", "dice"), "mean"] == pytest.approx(0.95)
    assert table.loc[("cross_validation", "C", "L1", "dice"), "verdict"] == "fail"


def test_few_patients_have_no_interval_and_a_reason():
    rows = [row(f"A{k}", label=label) for k in range(4) for label in ("x", "y")]
    table = summarised(rows)
    assert (table["reason"] == "cohort_too_small").all()
    assert table["low"].isna().all()
    assert table["mean"].notna().all()


def test_patients_and_not_values_are_resampled():
    """Three labels that say the same make the interval no narrower."""
    dices = np.random.default_rng(3).normal(0.9, 0.03, 20)
    one = pd.DataFrame([row(f"A{k}", dice) for k, dice in enumerate(dices)])
    three = pd.DataFrame([row(f"A{k}", dice, label=label) for k, dice in enumerate(dices) for label in "xyz"])
    assert mean_interval(three, "dice", 1) == pytest.approx(mean_interval(one, "dice", 1))
    low, high = mean_interval(one, "dice", 1)
    assert (high - low) == pytest.approx(2 * 1.96 * dices.std() / math.sqrt(20), rel=0.1)
    assert mean_interval(one, "dice", 1) != mean_interval(one, "dice", 2)
