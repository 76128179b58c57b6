"""Tables of subgroups: levels, small and unknown groups, tests, and the lines of the forest plot."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from statsmodels.stats.multitest import multipletests

from osteon.modelling.forest_tables import FOREST_COLUMNS, subgroup_forest
from osteon.modelling.subgroup_tables import (
    INTERACTION_COLUMNS,
    SUBGROUP_COLUMNS,
    subgroup_levels,
    subgroup_tables,
)
from osteon.statistics.auc import auc
from osteon.statistics.names import LIKELIHOOD_RATIO
from osteon.statistics.subgroups import auc_by_group

N = 240
DEFINITIONS = {"age": [60, 70], "sex": None, "scanner": None}
THRESHOLDS = {"good": 0.5, "bad": None}


@pytest.fixture(scope="module")
def patients():
    random = np.random.default_rng(0)
    age, scanner = random.uniform(50, 80, N), random.choice(["GE 3", "GE 1.5"], N).astype(object)
    scanner[:12] = "rare"
    sex = random.integers(0, 2, N).astype(float)
    age[:2], age[2], sex[3], scanner[N - 1] = 70, 59.999, math.nan, None
    return pd.DataFrame({"subject": [f"s{i:03d}" for i in range(N)], "age": age, "sex": sex, "scanner": scanner})


@pytest.fixture(scope="module")
def predictions(patients):
    random = np.random.default_rng(1)
    predictor = random.normal(size=N)
    outcome = (random.random(N) < expit(predictor * np.where(patients["sex"] == 1, 3, 0.3))).astype(int)
    own = {"subject": patients["subject"], "center": "A", "outcome": outcome, "set": "test", "imputed": 0}
    good = pd.DataFrame(own | {"model": "good", "probability": expit(predictor)})
    bad = pd.DataFrame(own | {"model": "bad", "probability": expit(random.normal(size=N)), "threshold": 0.4})
    return pd.concat([good, bad], ignore_index=True)


@pytest.fixture(scope="module")
def groups(patients):
    return subgroup_levels(patients, DEFINITIONS)


@pytest.fixture(scope="module")
def tables(predictions, groups):
    return subgroup_tables(predictions, groups, ["test", "nobody"], THRESHOLDS)


def row(table, **which):
    for key, value in which.items():
        table = table[table[key] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_levels(patients, groups):
    assert groups["age"].cat.categories.tolist() == ["below 60", "60 to below 70", "70 or more", "unknown"]
    assert groups["age"].tolist()[:3] == ["70 or more", "70 or more", "below 60"]
    assert groups["sex"].cat.categories.tolist() == ["no", "yes", "unknown"]
    assert groups.loc["s003", "sex"] == "unknown"
    assert (groups["sex"] == "yes").sum() == (patients["sex"] == 1).sum()
    assert groups["scanner"].cat.categories.tolist() == ["GE 1.5", "GE 3", "rare", "unknown"]


def test_measures_are_those_of_the_group(tables, predictions, groups):
    assert list(tables["subgroups"].columns) == SUBGROUP_COLUMNS
    found = row(tables["subgroups"], model="good", variable="age", level="70 or more")
    own = predictions[(predictions["model"] == "good") & (groups["age"] == "70 or more").to_numpy()[list(range(N)) * 2]]
    expected = auc(own["outcome"], own["probability"])
    assert found[["auc", "auc_low", "auc_high"]].tolist() == [expected.value, expected.low, expected.high]
    assert (found["n"], found["events"], found["threshold"]) == (len(own), own["outcome"].sum(), 0.5)
    assert found["sensitivity"] == (own.loc[own["outcome"] == 1, "probability"] >= 0.5).mean()
    assert row(tables["subgroups"], model="bad", variable="age", level="70 or more")["threshold"] == pytest.approx(0.4)


def test_every_patient_is_in_one_group(tables):
    sums = tables["subgroups"].groupby(["set", "model", "variable"])["n"].sum()
    assert set(sums) == {N}
    assert len(sums) == 6  # the set without patients has no rows


@pytest.mark.parametrize(("variable", "level", "n"), [("scanner", "rare", 12), ("sex", "unknown", 1)])
def test_small_groups_have_counts_alone(tables, variable, level, n):
    found = row(tables["subgroups"], model="good", variable=variable, level=level)
    assert found["n"] == n
    assert math.isnan(found["auc"])
    assert "auc: small_cell" in found["reason"]
    curves = tables["subgroup_roc"]
    assert curves[(curves["variable"] == variable) & (curves["level"] == level)].empty


def test_curves_end_in_both_corners(tables):
    for _, curve in tables["subgroup_roc"].groupby(["set", "model", "variable", "level"]):
        ends = curve[["false_positive_rate", "true_positive_rate"]].to_numpy()[[0, -1]]
        assert ends.tolist() == [[0, 0], [1, 1]]


@pytest.mark.slow
def test_tests_of_interaction(tables, predictions, groups):
    tests = tables["interactions"]
    assert list(tests.columns) == INTERACTION_COLUMNS
    assert tests["variable"].tolist() == ["age", "age", "sex", "sex", "scanner", "scanner"] * 2
    assert tests["test"].tolist() == [*("chi_square", LIKELIHOOD_RATIO), *("z", LIKELIHOOD_RATIO) * 2] * 2
    own = predictions[predictions["model"] == "good"]
    expected = auc_by_group(own["outcome"], own["probability"], groups["sex"].astype(str), ["no", "yes"])
    found = row(tests, model="good", variable="sex", test="z")
    assert (found["p"], found["difference"], found["groups"]) == (expected.p, expected.difference, "no, yes")
    assert row(tests, model="good", variable="scanner", test="z")["groups"] == "GE 1.5, GE 3"
    assert found["p"] < 0.01  # the prediction is worth more in one sex
    aucs = tests[(tests["model"] == "good") & (tests["test"] != LIKELIHOOD_RATIO)]
    assert aucs["p_holm"].tolist() == pytest.approx(multipletests(aucs["p"].to_numpy(float), method="holm")[1].tolist())


@pytest.mark.slow
def test_patients_without_a_value_are_measured_but_not_compared(patients, predictions):
    gaps = patients.assign(sex=patients["sex"].where(patients.index % 3 > 0))
    tables = subgroup_tables(predictions, subgroup_levels(gaps, {"sex": None}), ["test"], THRESHOLDS)
    assert row(tables["subgroups"], model="good", level="unknown")["auc"] > 0.5
    assert set(tables["interactions"]["groups"]) == {"no, yes"}


def test_lines_of_the_forest(tables):
    lines = subgroup_forest(tables["subgroups"], tables["interactions"])
    assert list(lines.columns) == FOREST_COLUMNS
    assert len(lines) == len(tables["subgroups"])
    rare = row(lines, model="good", group="scanner", level="rare")
    assert (rare["kind"], rare["reason"]) == ("hidden", "small_cell")
    sex = lines[(lines["model"] == "good") & (lines["group"] == "sex")]
    assert sex["kind"].tolist() == ["estimate", "estimate", "hidden"]
    expected = row(tables["interactions"], model="good", variable="sex", test="z")["p"]
    assert sex["p_interaction"].tolist()[0] == expected
    assert sex["p_interaction"].isna().tolist() == [False, True, True]


def test_no_definitions_and_no_patients(predictions, patients):
    tables = subgroup_tables(predictions, subgroup_levels(patients, {}), ["test"], THRESHOLDS)
    assert all(table.empty for table in tables.values())
    assert subgroup_forest(tables["subgroups"], tables["interactions"]).empty


@pytest.mark.parametrize(
    ("change", "definitions", "words"),
    [
        ({}, {"bmi": [25]}, "column 'bmi' is missing; the table has age"),
        ({}, {"age": None}, "numbers other than 0 and 1"),
        ({"subject": "s001"}, {"sex": None}, "'s001' is there twice"),
    ],
)
def test_wrong_tables_are_refused(patients, change, definitions, words):
    with pytest.raises(ValueError, match=words):
        subgroup_levels(patients.assign(**change), definitions)


def test_a_patient_without_a_row_is_refused(predictions, groups):
    with pytest.raises(ValueError, match="'s000' has predictions but no row"):
        subgroup_tables(predictions, groups.drop(index="s000"), ["test"], THRESHOLDS)
