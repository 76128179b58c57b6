"""Table of recalibration: fitted to declared patients, judged on the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from osteon.config.modelling import Validation
from osteon.modelling.recalibration_table import RECALIBRATION_COLUMNS, recalibration_table
from osteon.statistics.recalibration import METHODS

SETTINGS = Validation(bootstrap=100)
PREVALENCE = {"m": 0.5}


@pytest.fixture(scope="module")
def predictions():
    """Hospital B has fewer events than the risks say, C is as the model expects, D has one outcome among the first."""
    random = np.random.default_rng(3)
    parts = []
    for center, shift in (("B", -1.2), ("C", 0.0), ("D", 0.0)):
        predictor = random.normal(size=400)
        outcome = (random.random(400) < expit(predictor + shift)).astype(int)
        if center == "D":
            outcome[:50] = 0
        subjects = [f"{center}{i:03d}" for i in range(400)]
        columns = {"center": center, "outcome": outcome, "probability": expit(predictor)}
        parts.append(pd.DataFrame({"model": "m", "set": "external", "subject": subjects} | columns))
    rest = parts[0].assign(set="external_rest", probability=0.1)
    return pd.concat([*parts, rest], ignore_index=True)


def table(predictions, declared):
    return recalibration_table(predictions, declared, PREVALENCE, SETTINGS, 1)


@pytest.fixture(scope="module")
def found(predictions):
    declared = [f"B{i:03d}" for i in range(200)] + [f"D{i:03d}" for i in range(50)] + ["elsewhere"]
    return table(predictions, declared)


def row(found, center, method):
    return found[(found["center"] == center) & (found["method"] == method)].iloc[0]


def test_only_centers_with_declared_patients(found):
    assert list(found.columns) == RECALIBRATION_COLUMNS
    assert found[["center", "method"]].to_numpy().tolist() == [
        [center, method] for center in "BD" for method in METHODS
    ]


def test_recalibration_helps_where_prevalence_differs(found, predictions):
    none, intercept, both = (row(found, "B", method) for method in ("none", "intercept", "intercept_slope"))
    assert (none["n_fitted"], none["n"]) == (200, 200)
    assert (none["fitted_intercept"], none["fitted_slope"]) == (0, 1)
    assert none["observed_expected_high"] < 1
    assert abs(np.log(intercept["observed_expected"])) < abs(np.log(none["observed_expected"])) / 2
    assert intercept["brier"] < none["brier"]
    assert (intercept["slope"], intercept["auc"]) == pytest.approx((none["slope"], none["auc"]))
    assert both["caution"] == "recalibration: few_for_slope"
    assert both["fitted_slope"] != 1


def test_those_who_were_declared_are_not_judged(found, predictions):
    own = predictions[(predictions["center"] == "B") & (predictions["set"] == "external")].sort_values("subject")
    expected = own["outcome"][200:].sum() / own["probability"][200:].sum()
    assert row(found, "B", "none")["observed_expected"] == pytest.approx(expected)


def test_prior_shift_uses_the_prevalences_alone(found):
    shift = row(found, "B", "prior_shift")
    assert shift["fitted_intercept"] == pytest.approx(logit(shift["events_fitted"] / 200) - logit(0.5))
    assert shift["fitted_slope"] == 1


def test_nothing_fitted_has_a_reason(found):
    for method in METHODS[1:]:
        assert row(found, "D", method)["reason"] == "recalibration: one_class"
        assert np.isnan(row(found, "D", method)["brier"])
    assert row(found, "D", "none")["brier"] > 0


def test_all_patients_declared_leave_nobody_to_judge(predictions):
    found = table(predictions, [f"C{i:03d}" for i in range(400)])
    assert set(found["reason"]) == {"all: no_patients"}
    assert set(found["n"]) == {0}


def test_nobody_declared(predictions):
    assert table(predictions, []).empty
