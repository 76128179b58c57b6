"""What a frozen model's predictions rest on, in tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe, split
from osteon.modelling.bundle import freeze, load
from osteon.modelling.crossfit import fit_model
from osteon.modelling.explain import Explanation, explain
from osteon.modelling.patients import join_patients
from osteon.modelling.task import Task

pytestmark = pytest.mark.slow  # shap compiles for seconds when it is imported
GRADES = Task("classes", ("low", "mid", "high"))


def study(task: Task | None = None, **how):
    people, tables = cohort({"A": 50, "B": 40, "Z": 25}, 4, signal=2.0)
    if task:
        people["outcome"] = np.arange(len(people)) % 3
        people["age"] += 8 * people["outcome"]
    known = people["center"] != "Z"
    learned = people[known].reset_index(drop=True)
    patients = join_patients(learned, tables[:2], **({"task": task} if task else {}))
    more = {"task": task} if task else {}
    splits = split(learned, 0.2, 2, **more)
    fitted = fit_model(recipe(folds=3, **more, **how), patients, splits)
    sets = {name: patients.take(splits.loc[splits["set"] == name, "subject"].astype(str)) for name in ("train", "test")}
    outside = people[~known].reset_index(drop=True)
    sets["external"] = join_patients(outside, tables[2:], **({"task": task} if task else {}))
    return fitted.bundle, sets


def explained(bundle, sets, seed: int = 1) -> Explanation:
    terms = {name: bundle.model.terms(patients) for name, patients in sets.items()}
    return explain(bundle.model, terms["train"], terms, seed)


@pytest.fixture(scope="module")
def linear():
    return study()


@pytest.fixture(scope="module")
def trees():
    return study(classifier="lightgbm")


def test_linear_values_are_coefficient_times_distance_from_the_training_mean(linear):
    bundle, sets = linear
    found, model = explained(bundle, sets), bundle.model
    train = model.terms(sets["train"])
    for name, patients in sets.items():
        terms = model.terms(patients)
        expected = (terms - train.mean()) / model.scaler.sd * model.predictor.coefficients[:, 0]
        rows = found.values[found.values["set"] == name]
        shown = rows.pivot(index="subject", columns="term", values="shap")
        pd.testing.assert_frame_equal(shown[expected.columns], expected, check_names=False, rtol=1e-9, atol=1e-12)
        values = rows.pivot(index="subject", columns="term", values="value")
        pd.testing.assert_frame_equal(values[terms.columns], terms, check_names=False)


def test_values_and_base_add_to_the_prediction(linear):
    bundle, sets = linear
    found = explained(bundle, sets)
    assert found.base[["model", "method", "scale", "background"]].iloc[0].tolist() == [
        *("combined", "linear", "log_odds", len(sets["train"]))
    ]
    sums = found.values.groupby(["set", "subject"])["shap"].sum() + found.base["base"].item()
    for name, patients in sets.items():
        risk = bundle.model.predict(patients)["probability"]
        np.testing.assert_allclose(1 / (1 + np.exp(-sums[name][risk.index])), risk, rtol=1e-10)


def test_importance_adds_to_one_and_radiomics_stand_together(linear):
    bundle, sets = linear
    found = explained(bundle, sets)
    assert found.importance.groupby("set")["share"].sum().tolist() == pytest.approx([1, 1, 1])
    assert set(found.importance["kind"]) == {"clinical", "score"}
    for name in sets:
        own = found.importance[found.importance["set"] == name].set_index("term")
        by_hand = (
            found.values[found.values["set"] == name].groupby("term")["shap"].apply(lambda part: part.abs().mean())
        )
        pd.testing.assert_series_equal(own["mean_abs"], by_hand[own.index], check_names=False)
        assert own["rank"].sort_values().tolist() == [1, 2, 3, 4]
        assert own["mean_abs"].idxmax() == own["rank"].astype(int).idxmin()
        groups = found.groups[found.groups["set"] == name].set_index("group")
        assert groups.loc["radiomics", "share"] == pytest.approx(own.loc[["T1", "T2"], "share"].sum())
        assert groups["terms"].to_dict() == {"clinical": 2, "radiomics": 2}


def test_linear_models_have_no_interactions_and_say_why(linear):
    found = explained(*linear)
    assert found.interactions["reason"].tolist() == ["additive"] * 3
    assert found.interactions["mean_abs"].isna().all()


def test_trees_have_interactions_of_every_pair(trees):
    bundle, sets = trees
    found = explained(bundle, sets)
    assert found.base[["method", "scale"]].iloc[0].tolist() == ["tree", "log_odds"]
    pairs = found.interactions[found.interactions["set"] == "test"]
    assert len(pairs) == 4 * 5 / 2
    assert (pairs["mean_abs"] >= 0).all()
    assert (pairs["reason"] == "").all()
    main = pairs[pairs["term"] == pairs["other"]]
    assert main["term"].tolist() == list(bundle.model.scaler.columns)
    assert main["mean_abs"].max() > pairs.loc[pairs["term"] != pairs["other"], "mean_abs"].max()


def test_frozen_models_are_explained_like_fitted_ones(trees, tmp_path):
    bundle, sets = trees
    freeze(bundle, tmp_path / "bundle")
    first, second = explained(bundle, sets), explained(load(tmp_path / "bundle"), sets)
    for name in ("base", "values", "importance", "groups", "interactions"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), check_exact=True)


def test_several_classes_have_a_part_each():
    bundle, sets = study(GRADES)
    found = explained(bundle, sets)
    for table in (found.base, found.values, found.importance, found.groups, found.interactions):
        assert table["class"].unique().tolist() == ["low", "mid", "high"]
    assert found.importance.groupby(["set", "class"])["share"].sum().tolist() == pytest.approx([1] * 9)
    assert "class" not in explained(*study()).values.columns


def test_a_model_without_effect_has_no_shares(linear):
    bundle, sets = linear
    predictor = replace(bundle.model.predictor, coefficients=np.zeros((4, 1)))
    found = explained(replace(bundle, model=replace(bundle.model, predictor=predictor)), sets)
    assert found.importance["share"].isna().all()
    assert set(found.importance["reason"]) == set(found.groups["reason"]) == {"no_variation"}
    assert (found.importance["mean_abs"] == 0).all()


def test_a_set_without_patients_says_so(trees):
    bundle, sets = trees
    found = explained(bundle, sets | {"test": sets["test"].take([])})
    empty = found.importance[found.importance["set"] == "test"]
    assert (empty["patients"] == 0).all()
    assert set(empty["reason"]) == {"few_patients"}
    assert empty[["mean_abs", "share", "rank"]].isna().all().all()
    assert found.interactions.query("set == 'test'")["reason"].tolist() == ["no_patients"]
    assert "test" not in set(found.values["set"])
