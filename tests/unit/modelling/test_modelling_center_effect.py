"""Description of the harmonisation: training patients only, settings respected, reasons where nothing is measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, split
from osteon.config.harmonisation import Harmonisation
from osteon.modelling.center_effect import describe_harmonisation
from osteon.modelling.patients import join_patients
from osteon.modelling.splits import subjects_of
from osteon.modelling.task import BINARY, Task

NESTED = Harmonisation(batch=["center", "model"], batches={"model": {"header": "model"}})


@pytest.fixture(scope="module")
def study():
    """Two centers; the features know the age."""
    people, tables = cohort({"A": 40, "B": 40}, 8)
    age = people.set_index("subject")["age"]
    for table in tables:
        known = (age[table["subject"]].to_numpy() - 68) / 9
        table["T1_L1L3_age"] = known + np.random.default_rng(0).normal(0, 0.5, len(table))
    patients = join_patients(people, tables)
    return replace(patients, batches=patients.batches.assign(model=np.resize(["new", "old"], 80))), split(people)


def describe(patients, splits, settings=None, task=BINARY, **change):
    return describe_harmonisation(
        replace(patients, **change), splits, settings or Harmonisation(), task, binary=["sex"], seed=0
    )


@pytest.mark.slow
def test_effect_is_seen_and_removed(study):
    found = describe(*study).effect.set_index("stage")
    assert found["patients"].tolist() == [64, 64]
    assert found.loc["before", "batch_auc"] > 0.9
    assert found.loc["after", "batch_auc"] < 0.65
    assert found.loc["after", "share_differing"] < 0.1 < found.loc["before", "share_differing"]
    assert found.loc["after", "silhouette"] < 0.05 < found.loc["before", "silhouette"]


def test_signal_before_and_after(study):
    found = describe(*study).signal.set_index(["stage", "variable"])
    assert found["measure"].to_dict() == {
        ("before", "age"): "r2",
        ("before", "sex"): "auc",
        ("after", "age"): "r2",
        ("after", "sex"): "auc",
    }
    assert (found.loc[[("before", "age"), ("after", "age")], "value"] > 0.4).all()
    assert (found["patients"] == 64).all()


def test_components_and_confounding(study):
    patients, splits = study
    found = describe(patients, splits)
    assert found.components["subject"].tolist() == subjects_of(splits, "train") * 2
    before = found.components[found.components["stage"] == "before"].groupby("center")["pc1"].mean()
    after = found.components[found.components["stage"] == "after"].groupby("center")["pc1"].mean()
    assert abs(before["A"] - before["B"]) > 3 * abs(after["A"] - after["B"])
    assert found.confounding["level"].tolist() == ["", "A", "B"]
    assert found.confounding["patients"].tolist() == [64, 32, 32]
    positive = patients.take(subjects_of(splits, "train")).outcome
    assert found.confounding.loc[0, "outcome_positive"] == positive.sum()


@pytest.mark.slow
def test_test_patients_are_not_looked_at(study):
    patients, splits = study
    test = patients.subjects.isin(subjects_of(splits, "test"))
    features, clinical, outcome = patients.features.copy(), patients.clinical.copy(), patients.outcome.copy()
    features[test], clinical[test], outcome[test] = 1e9, 1e9, 1 - outcome[test]
    one = describe(patients, splits)
    other = describe(patients, splits, features=features, clinical=clinical, outcome=outcome)
    for name in vars(one):
        pd.testing.assert_frame_equal(getattr(other, name), getattr(one, name))


@pytest.mark.slow
def test_the_outcome_changes_only_the_table_of_confounding(study):
    patients, splits = study
    one, other = describe(patients, splits), describe(patients, splits, outcome=1 - patients.outcome)
    for name in ("effect", "signal", "components"):
        pd.testing.assert_frame_equal(getattr(other, name), getattr(one, name))
    assert not other.confounding.equals(one.confounding)


def test_without_harmonisation_there_is_no_after(study):
    found = describe(*study, Harmonisation(method="none"))
    for table in (found.effect, found.signal, found.components):
        assert set(table["stage"]) == {"before"}
    assert len(found.confounding) == 3


@pytest.mark.slow
def test_settings_are_respected(study):
    """Each setting gives other components than the default."""
    plain = describe(*study)
    for change in ({"prior": "none"}, {"prior": "non_parametric"}, {"mean_only": True}, {"covariates": ["age"]}):
        other = describe(*study, Harmonisation(**change))
        for stage, same in (("before", True), ("after", False)):
            one, two = (
                table[table["stage"] == stage]["pc1"].to_numpy() for table in (plain.components, other.components)
            )
            assert np.array_equal(one, two) is same, (change, stage)


@pytest.mark.slow
def test_several_kinds_of_batches(study):
    found = describe(*study, NESTED)
    assert found.effect[["stage", "batch"]].to_numpy().tolist() == [
        ["before", "center"],
        ["before", "model"],
        ["after", "center"],
        ["after", "model"],
    ]
    assert found.confounding["level"].tolist() == ["", "A", "B", "", "new", "old"]
    assert found.components["stage"].tolist() == ["before"] * 64 + ["after"] * 64


def test_kind_with_one_batch_has_a_reason(study):
    patients, splits = study
    found = describe(patients, splits, NESTED, batches=patients.batches.assign(model="old"))
    assert found.effect["batch"].tolist() == ["center", "model"] * 2
    assert found.effect["reason"].tolist() == [None, "one_batch"] * 2


@pytest.mark.slow
def test_other_outcomes(study):
    patients, splits = study
    codes = pd.Series(np.resize([0, 1, 2], 80), index=patients.subjects)
    classes = Task("classes", ("normal", "osteopenia", "osteoporosis"))
    found = describe(patients, splits, task=classes, outcome=codes).confounding
    assert found["outcome_osteopenia"].iloc[0] == found["outcome_osteopenia"].iloc[1:].sum()
    density = pd.Series(np.linspace(40, 160, 80), index=patients.subjects)
    number = describe(patients, splits, task=Task("continuous", ()), outcome=density).confounding
    assert number.loc[0, "measure"] == "eta"
    assert number.loc[0, "flag"] == "association"


def test_nothing_to_measure_has_a_reason(study):
    patients, splits = study
    one = patients.take([name for name in patients.subjects if name.startswith("A")])
    found = describe(one, splits)
    assert found.effect[["stage", "reason"]].to_numpy().tolist() == [["before", "one_batch"]]
    assert found.signal["reason"].tolist() == ["too_few"] * 2
    flat = pd.DataFrame({"f": 1.0}, index=patients.subjects)
    for features in (flat, flat * np.nan, flat.iloc[:, :0]):
        found = describe(patients, splits, features=features)
        assert set(found.effect["reason"]) == {"no_features"}
        assert found.components.empty
        assert found.signal["reason"].tolist() == ["too_few"] * 4


def test_combat_that_refuses_is_a_reason(study):
    found = describe(*study, Harmonisation(reference="X"))
    assert found.effect["reason"].tolist() == [None, "not_fitted"]
    assert set(found.components["stage"]) == {"before"}
