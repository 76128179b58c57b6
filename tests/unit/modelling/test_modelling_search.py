"""Choice of selection, classifier and parameters: in inner folds alone, the same on any number of cores."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe, split
from osteon.config.selection import KBest, Lasso, Univariable
from osteon.modelling.bundle import bundle_to_json, freeze, load
from osteon.modelling.crossfit import fit_model
from osteon.modelling.patients import join_patients
from osteon.modelling.search import candidates, inner_folds, same_training
from osteon.modelling.splits import inner_scopes, outer_scopes, subjects_of

CHAINS = {"lasso": [Univariable(), Lasso(folds=3)], "best": [KBest(k=2)]}


@pytest.fixture(scope="module")
def study():
    people, tables = cohort({"A": 70, "B": 50}, 8, signal=2.0)
    return people, tables, split(people, folds=3)


def grid(**changes):
    settings = {"scores": (), "columns": ["T1_*"], "chains": CHAINS, "classifier": ["logistic_l2", "naive_bayes"]}
    return recipe("grid", **(settings | changes))


@pytest.fixture(scope="module")
def fit(study):
    people, tables, splits = study
    return fit_model(grid(trials=3), join_patients(people, tables), splits)


@pytest.mark.slow
def test_every_candidate_is_tried_in_every_scope(fit):
    assert len(candidates(grid())) == 4
    assert fit.search.groupby("scope").size().to_dict() == {"final": 4, "fold 0": 4, "fold 1": 4, "fold 2": 4}
    assert (fit.search["settings_tried"] == 4).all()  # the defaults and three of Optuna
    for _, table in fit.search.groupby("scope"):
        best = table.loc[table["score"].idxmax()]
        assert table.loc[table["chosen"] == "yes", ["selection", "classifier"]].to_numpy().tolist() == [
            [best["selection"], best["classifier"]]
        ]
    chosen = bundle_to_json(fit.bundle)["chosen"]
    assert chosen["settings_tried"] == 16
    assert chosen["classifier"] in ("logistic_l2", "naive_bayes")


def test_the_search_saw_inner_folds_only(fit, study):
    _, _, splits = study
    inner = fit.fits[fit.fits["scope"].str.contains("/")]
    assert set(inner["scope"].str.split(" / ").str[0]) == {"final", "fold 0", "fold 1", "fold 2"}
    assert inner["times"].max() > 1  # the trials of one inner fold are one row
    assert inner["rows"].max() < len(subjects_of(splits, "train"))


@pytest.mark.slow
def test_the_search_prefers_what_is_better(study):
    """A tree of depth one sees one of two features; the outcome follows their sum."""
    people, tables, splits = study
    fit = fit_model(
        grid(classifier=["knn", "logistic"], chains={"best": [KBest(k=2)]}), join_patients(people, tables), splits
    )
    scores = fit.search[fit.search["scope"] == "final"].set_index("classifier")["score"]
    assert scores["logistic"] > scores["knn"]
    assert bundle_to_json(fit.bundle)["chosen"]["classifier"] == "logistic"


@pytest.mark.slow
def test_cores_and_order_change_no_byte(study, fit, tmp_path):
    people, tables, splits = study
    again = fit_model(
        grid(trials=3), join_patients(people.sample(frac=1, random_state=1), tables[::-1]), splits, cores=2
    )
    for one, name in ((fit, "one"), (again, "two")):
        freeze(one.bundle, tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    assert again.search.equals(fit.search)
    assert again.fits.equals(fit.fits)
    assert again.oof_predictions.equals(fit.oof_predictions)


def test_scopes_of_the_same_patients_share_a_fit_and_are_as_if_fitted_alone(study):
    people, tables, splits = study
    patients = join_patients(people, tables)
    inner = [part for outer in outer_scopes(splits) for part in inner_scopes(splits, outer)]
    groups = {tuple(scope.name for scope in group): group for group in same_training(inner)}
    shared = groups["fold 0 / fold 1", "fold 1 / fold 0"]
    assert (len(inner), len(groups)) == (9, 6)  # those of "final" learn from other patients
    together = inner_folds(grid(), patients, None, splits, shared, "lasso")
    for scope, one in zip(shared, together, strict=True):
        (alone,) = inner_folds(grid(), patients, None, splits, [scope], "lasso")
        assert alone.scope == one.scope == scope.name
        assert sorted(one.held.index) == scope.held
        for name in ("train", "held", "fits"):
            pd.testing.assert_frame_equal(getattr(one, name), getattr(alone, name), check_exact=True)


@pytest.mark.slow
def test_held_patients_do_not_move_the_search_of_their_fold(study):
    """Labels of fold 0 are turned over: what fold 0's model chose from the other folds stays."""
    people, tables, splits = study
    turned = people.copy()
    own = turned["subject"].isin(subjects_of(splits, "train", 0))
    turned.loc[own, "outcome"] = 1 - turned.loc[own, "outcome"]
    scores = []
    for table in (people, turned):
        fit = fit_model(grid(), join_patients(table, tables), splits)
        scores.append(fit.search[fit.search["scope"] == "fold 0"])
        probabilities = fit.oof_predictions[fit.oof_predictions["fold"] == 0].set_index("subject")["probability"]
        scores.append(probabilities)
    assert scores[0].equals(scores[2])
    pd.testing.assert_series_equal(scores[1], scores[3])


@pytest.mark.slow
def test_a_classifier_without_parameters_is_tried_once(study):
    people, tables, splits = study
    fit = fit_model(
        grid(classifier=["logistic"], chains={"best": [KBest(k=2)]}, trials=5), join_patients(people, tables), splits
    )
    assert (fit.search["settings_tried"] == 1).all()
    assert (fit.search["parameters"] == "{}").all()


@pytest.mark.slow
def test_calibration_rests_on_inner_folds(study, tmp_path):
    people, tables, splits = study
    patients = join_patients(people, tables)
    fit = fit_model(grid(classifier=["svm_linear"], chains={"best": [KBest(k=2)]}), patients, splits)
    calibrators = fit.fits[fit.fits["object"] == "calibrator"]
    assert sorted(calibrators["scope"]) == ["final", "fold 0", "fold 1", "fold 2"]
    assert fit.oof_predictions["probability"].between(0, 1).all()
    mean = fit.oof_predictions["probability"].mean()
    assert mean == pytest.approx(fit.oof_predictions["outcome"].mean(), abs=0.08)
    freeze(fit.bundle, tmp_path / "bundle")
    assert load(tmp_path / "bundle").model.predict(patients).equals(fit.bundle.model.predict(patients))


@pytest.mark.slow
def test_a_candidate_that_cannot_be_fitted_is_named_and_not_taken(study):
    people, tables, splits = study
    number = people.assign(outcome=people["age"] + np.arange(len(people)) % 7)
    from osteon.modelling.task import Task

    task = Task("continuous", ())
    splits = split(number, folds=3, task=task)
    fit = fit_model(
        grid(classifier=["naive_bayes", "logistic"], task=task, clinical=("sex",)),
        join_patients(number, tables, task),
        splits,
    )
    final = fit.search[fit.search["scope"] == "final"].set_index(["selection", "classifier"])
    assert "naive_bayes" in final.loc[("lasso", "naive_bayes"), "reason"]
    assert bundle_to_json(fit.bundle)["chosen"]["classifier"] == "logistic"
    assert fit.bundle.threshold is None
    assert json.dumps(bundle_to_json(fit.bundle), allow_nan=False)
