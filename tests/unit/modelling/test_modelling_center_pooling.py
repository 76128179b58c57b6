"""Tables of centers: measures of each, what is pooled, and the lines of the forest plot."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from osteon.modelling.center_pooling import CENTER_COLUMNS, POOLED_COLUMNS, SCALES, center_tables
from osteon.modelling.forest_tables import center_forest
from osteon.statistics.auc import auc, delong
from osteon.statistics.meta_analysis import logit_error, pool


def center(name, set_name, n=150, shift=0.0, one_class=False, seed=0):
    random = np.random.default_rng(seed)
    predictor = random.normal(shift, 1.2, n)
    outcome = np.zeros(n, dtype=int) if one_class else (random.random(n) < expit(predictor)).astype(int)
    columns = {"center": name, "set": set_name, "outcome": outcome, "probability": expit(predictor), "model": "m"}
    return pd.DataFrame({"subject": [f"{name}{i}" for i in range(n)]} | columns)


@pytest.fixture(scope="module")
def predictions():
    parts = [center(name, "external", shift=place / 5, seed=place) for place, name in enumerate("ABCD")]
    parts += [center("E", "external", one_class=True), center("X", "test", seed=8), center("Y", "test", seed=9)]
    parts += [center(name, f"without {name}", seed=20 + place) for place, name in enumerate("XYZ")]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def tables(predictions):
    sets = {"test": "test", "external": "external"} | {f"without {name}": "left_out" for name in "XYZ"}
    return center_tables(predictions, sets, ["m"])


def pooled(tables, set_name, measure="auc"):
    table = tables["pooled"]
    return table[(table["set"] == set_name) & (table["measure"] == measure)].iloc[0]


def test_each_center(tables, predictions):
    found = tables["centers"]
    assert list(found.columns) == CENTER_COLUMNS
    assert found["center"].tolist() == [*"XY", *"ABCDE", *"XYZ"]
    own = predictions[(predictions["center"] == "C") & (predictions["set"] == "external")]
    row, expected = found[found["center"] == "C"].iloc[0], auc(own["outcome"], own["probability"])
    assert row[["auc", "auc_low", "auc_high"]].tolist() == [expected.value, expected.low, expected.high]
    assert row["observed_expected"] == pytest.approx(own["outcome"].sum() / own["probability"].sum())
    assert (row["n"], row["prevalence"]) == (150, own["outcome"].mean())
    assert row["sd_predictor"] == pytest.approx(np.std(np.log(own["probability"] / (1 - own["probability"])), ddof=1))


def test_pooled_aucs_are_those_of_delong(tables, predictions):
    assert list(tables["pooled"].columns) == POOLED_COLUMNS
    values, errors = [], []
    for name in "ABCD":
        own = predictions[predictions["center"] == name]
        value, covariance = delong(own["outcome"], own["probability"])
        values.append(value[0])
        errors.append(logit_error(value[0], math.sqrt(covariance[0, 0])))
    expected, found = pool(values, errors, "logit"), pooled(tables, "external")
    assert found["value"] == pytest.approx(expected.estimate.value, rel=1e-12)
    assert (found["prediction_low"], found["tau2"]) == pytest.approx((expected.prediction_low, expected.tau2))
    assert found["centers"] == 4
    assert found["caution"] == "spread_uncertain"


def test_pooled_ratio_uses_the_standard_error_of_its_logarithm(tables, predictions):
    groups = predictions[predictions["set"] == "external"].groupby("center")
    parts = [own for name, own in groups if name != "E"]
    ratios = [own["outcome"].sum() / own["probability"].sum() for own in parts]
    errors = [math.sqrt((1 - own["outcome"].mean()) / own["outcome"].sum()) for own in parts]
    found = pooled(tables, "external", "observed_expected")
    assert found["value"] == pytest.approx(pool(ratios, errors, "log").estimate.value, rel=1e-9)


def test_a_center_with_one_class_is_listed_and_not_pooled(tables):
    for measure in SCALES:
        assert pooled(tables, "external", measure)["excluded"] == "E: one_class"
    row = tables["centers"].set_index("center").loc["E"]
    assert math.isnan(row["auc"])
    assert "auc: one_class" in row["reason"]
    assert pooled(tables, "left_out")["excluded"] == ""


def test_two_centers_are_not_pooled(tables):
    found = pooled(tables, "test")
    assert (found["reason"], found["centers"]) == ("few_centers", 2)
    assert found[["value", "low", "prediction_low", "tau2", "i2"]].isna().all()


def test_left_out_centers_are_pooled_together(tables):
    assert pooled(tables, "left_out")["centers"] == 3


def test_lines_of_the_forest(tables):
    lines = center_forest(tables["centers"], tables["pooled"])
    own = lines[lines["set"] == "external"]
    assert own["level"].tolist() == [*"ABCDE", "pooled", "prediction"]
    assert own["kind"].tolist() == ["estimate"] * 5 + ["pooled", "prediction"]
    found = pooled(tables, "external")
    assert own["low"].tolist()[-1] == found["prediction_low"]
    assert own["value"].tolist()[-2:] == [found["value"], pytest.approx(math.nan, nan_ok=True)]
    assert own["reason"].tolist()[4] == "one_class"
    two = lines[lines["set"] == "test"]
    assert two["kind"].tolist() == ["estimate", "estimate", "pooled"]
    assert two["reason"].tolist()[-1] == "few_centers"
    with pytest.raises(ValueError, match="'brier' is not pooled; allowed are auc"):
        center_forest(tables["centers"], tables["pooled"], "brier")


def test_nobody(predictions):
    tables = center_tables(predictions, {"nobody": "nobody"}, ["m"])
    assert all(table.empty for table in tables.values())
    assert center_forest(tables["centers"], tables["pooled"]).empty
