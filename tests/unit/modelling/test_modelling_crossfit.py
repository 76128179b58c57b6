"""Whole models: no leak from folds, test patients or row order; noise stays noise."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from helpers.tables import cohort, recipe, split
from osteon.config.modelling import ThresholdTarget, Validation
from osteon.modelling.bundle import bundle_to_json
from osteon.modelling.crossfit import fit_model
from osteon.modelling.leakage import Leakage, audit, require_clean
from osteon.modelling.patients import join_patients
from osteon.modelling.selection.step import Training
from osteon.modelling.splits import make_splits, outer_scopes, subjects_of
from osteon.modelling.task import BINARY
from osteon.statistics.auc import auc
from osteon.statistics.thresholds import choose_threshold, youden


def content(fit):
    return json.dumps(bundle_to_json(fit.bundle)) + fit.oof_predictions.to_csv() + fit.selection.to_csv()


@pytest.fixture(scope="module")
def study():
    people, tables = cohort({"A": 60, "B": 40}, 8)
    splits = split(people, 0.2, 3)
    return people, tables, splits, fit_model(recipe(), join_patients(people, tables), splits)


def test_out_of_fold_predictions_cover_the_training_patients_once(study):
    people, _, splits, fit = study
    assert sorted(fit.oof_predictions["subject"]) == subjects_of(splits, "train")
    joined = fit.oof_predictions.merge(splits[["subject", "fold"]], on="subject", suffixes=("", "_planned"))
    assert (joined["fold"] == joined["fold_planned"]).all()
    assert (
        fit.oof_predictions["outcome"].tolist()
        == people.set_index("subject").loc[fit.oof_predictions["subject"], "outcome"].tolist()
    )


def test_threshold_is_chosen_out_of_fold(study):
    _, _, _, fit = study
    expected = youden(fit.oof_predictions["outcome"], fit.oof_predictions["probability"])
    assert fit.bundle.threshold == expected.value


@pytest.mark.parametrize("rule", [{"sensitivity": 0.9}, {"specificity": 0.9}], ids=str)
def test_a_target_is_reached_out_of_fold(study, rule):
    people, tables, splits, default = study
    target = ThresholdTarget(**rule)
    fit = fit_model(
        replace(recipe(clinical=("age",), scores=()), threshold=target), join_patients(people, tables), splits
    )
    expected = choose_threshold(fit.oof_predictions["outcome"], fit.oof_predictions["probability"], target)
    assert fit.bundle.threshold == expected.value
    assert fit.bundle.origin["settings"]["threshold"] == rule
    assert fit.fits.loc[fit.fits["object"] == "threshold", "scope"].tolist() == ["final"]
    assert default.bundle.origin["settings"]["threshold"] == "youden"


def test_a_stated_risk_sees_nobody(study):
    """Not in the final fit, and not in left-out centers, where others choose in inner folds."""
    people, tables, splits, _ = study
    stated = replace(recipe(clinical=("age",), scores=()), threshold=ThresholdTarget(risk=0.25))
    fit = fit_model(stated, join_patients(people, tables), splits, leave_one_center_out=True)
    assert fit.bundle.threshold == 0.25
    assert (fit.resampled["threshold"] == 0.25).all()
    assert set(fit.resampled["scope"]) == {"without A", "without B"}
    assert "threshold" not in set(fit.fits["object"])


def test_a_target_that_only_everybody_reaches_is_said(study, caplog):
    people, tables, splits, _ = study
    everybody = replace(recipe(clinical=("sex",), scores=()), threshold=ThresholdTarget(sensitivity=1.0))
    fit = fit_model(everybody, join_patients(people, tables), splits)
    assert fit.bundle.threshold == 0
    words = "model combined: sensitivity 1 is reached by no threshold but one that calls everybody positive"
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [words]


def test_every_scope_is_in_the_ledger(study):
    _, _, splits, fit = study
    assert set(fit.fits["scope"]) == {scope.name for scope in outer_scopes(splits, False)}
    steps = ["missing values", "imputer", "constant features", "combat", "scaler", "univariable"]
    always = {
        "clinical/imputer",
        "terms/scaler",
        "logistic regression",
        *(f"signature {name}/{step}" for name in ("T1", "T2") for step in steps),
    }
    for scope, fits in fit.fits.groupby("scope"):
        assert always <= set(fits["object"]), scope
    assert fit.fits.loc[fit.fits["object"] == "threshold", "scope"].tolist() == ["final"]


def test_selection_counts_folds(study):
    _, _, _, fit = study
    planted = fit.selection.set_index("feature").loc["T1_L1L3_f0"]
    assert (planted["fate"], planted["selected"], planted["resamples"]) == ("kept", 3, 3)
    assert fit.selection["selected"].between(0, 3).all()
    assert (fit.selection["selected"] < 3).any()


@pytest.mark.slow
def test_test_patients_change_no_byte(study):
    """Values and labels of the test patients are scrambled; the splits stay."""
    people, tables, splits, fit = study
    test = subjects_of(splits, "test")
    people = people.copy()
    rows = people["subject"].isin(test)
    people.loc[rows, "outcome"] = 1 - people.loc[rows, "outcome"]
    people.loc[rows, "age"] = 1e6
    scrambled = []
    for table in tables:
        numbers = table.set_index("subject").drop(columns="center")
        numbers[numbers.index.isin(test)] = np.nan
        scrambled.append(numbers.assign(center=table["center"].iloc[0]).reset_index())
    assert content(fit_model(recipe(), join_patients(people, scrambled), splits)) == content(fit)


@pytest.mark.slow
def test_a_training_patient_changes_the_model(study):
    people, tables, splits, fit = study
    people = people.copy()
    row = people["subject"] == subjects_of(splits, "train")[0]
    people.loc[row, "outcome"] = 1 - people.loc[row, "outcome"]
    assert content(fit_model(recipe(), join_patients(people, tables), splits)) != content(fit)


@pytest.mark.slow
def test_row_order_changes_no_byte(study):
    people, tables, splits, fit = study
    shuffled = [table.sample(frac=1, random_state=1) for table in reversed(tables)]
    again = fit_model(
        recipe(), join_patients(people.sample(frac=1, random_state=2), shuffled), splits.sample(frac=1, random_state=3)
    )
    assert content(again) == content(fit)


@pytest.mark.slow
def test_excluded_patients_are_listed_in_the_ledger(study):
    people, tables, splits, _ = study
    gone = subjects_of(splits, "train")[:2]
    kept = [table[~table["subject"].isin(gone)] for table in tables]
    fit = fit_model(recipe(), join_patients(people, kept), splits)
    assert fit.bundle.origin["training"]["patients"] == len(subjects_of(splits, "train")) - 2
    assert fit.fits.loc[fit.fits["object"] == "threshold", "not_seen"].item() == f"sub-{gone[0]} sub-{gone[1]}"


def test_what_is_not_fitted_anew_for_a_fold_is_a_leak(study):
    """A careless shortcut: the scaler of all training patients is used in the folds too, and so written down once."""
    _, _, splits, fit = study
    fits = fit.fits.assign(model="combined")
    assert audit(fits, splits)["verdict"].eq("clean").all()
    once = fits[~(fits["object"].eq("signature T1/scaler") & fits["scope"].ne("final"))]
    found = audit(once, splits)
    leaks = found[found["verdict"] == "leak"]
    assert leaks["scope"].tolist() == ["fold 0", "fold 1", "fold 2"]
    with pytest.raises(Leakage, match="'signature T1/scaler' of model 'combined' was not fitted for fold 0"):
        require_clean(found)


def test_clinical_model_needs_no_features():
    people, _ = cohort({"A": 60, "B": 40})
    tables = [people[["subject", "center"]]]
    splits = split(people, 0.2, 3)
    fit = fit_model(recipe(scores=()), join_patients(people, tables), splits)
    assert fit.coefficients["term"].tolist() == ["age", "sex", "intercept"]
    assert fit.selection.empty
    assert {"fate", "selected"} <= set(fit.selection.columns)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["combat", "none"])
def test_noise_stays_noise(method):
    """400 noise features, 100 patients: selected before the split they look strong, inside the fold they do not."""
    people, tables = cohort({"A": 50, "B": 50}, 400, signal=0, shift=0.5, seed=3, sequences=("T1",))
    splits = split(people, 0.1, 5)
    patients = join_patients(people, tables)
    fit = fit_model(recipe(clinical=(), scores=("T1",), method=method), patients, splits)
    assert 0.35 < auc(fit.oof_predictions["outcome"], fit.oof_predictions["probability"]).value < 0.65

    train = patients.take(subjects_of(splits, "train"))
    values = ((train.features - train.features.mean()) / train.features.std()).to_numpy()
    best = np.argsort(ttest_ind(values[train.outcome == 1], values[train.outcome == 0]).pvalue)[:20]
    leaky = cross_val_predict(LogisticRegression(), values[:, best], train.outcome, cv=5, method="predict_proba")[:, 1]
    assert auc(train.outcome, leaky).value > 0.8


@pytest.mark.slow
def test_a_center_that_knows_the_outcome_is_not_rewarded_after_combat():
    """No true signal, prevalence .2 and .8: raw features tell the center and so the outcome, harmonised ones do not."""
    random = np.random.default_rng(0)
    people, tables = cohort({"A": 100, "B": 100}, 20, signal=0, shift=2.0, seed=1, sequences=("T1",))
    people["outcome"] = (random.random(200) < np.where(people["center"] == "A", 0.2, 0.8)).astype(int)
    splits = split(people, 0.1, 4)
    patients = join_patients(people, tables)
    found = {}
    for method in ("none", "combat"):
        table = fit_model(recipe(clinical=(), scores=("T1",), method=method), patients, splits).oof_predictions
        found[method] = auc(table["outcome"], table["probability"]).value
    assert found["none"] > 0.7
    assert found["combat"] < 0.6


def test_refused():
    people, tables = cohort({"A": 40, "B": 40}, 4)
    splits = split(people, 0.2, 3)
    leak = [
        table.assign(T1_leak=people.set_index("subject").loc[table["subject"], "outcome"].to_numpy() * 3.5)
        for table in tables
    ]
    with pytest.raises(ValueError, match="column 'T1_leak' is a copy of the outcome"):
        fit_model(recipe(), join_patients(people, leak), splits)
    near = people.assign(bmd=people["outcome"] + np.linspace(0, 0.1, 80))
    with pytest.raises(ValueError, match=r"harmonisation.covariates: 'bmd' follows the outcome \(association 1.00\)"):
        fit_model(recipe(covariates=("bmd",)), join_patients(near, tables), splits)
    with pytest.raises(ValueError, match="0 of 64 training patients have features"):
        fit_model(recipe(), join_patients(people, [table.iloc[:0] for table in tables]), splits)
    with pytest.raises(ValueError, match="model 'combined' needs column 'bmi'"):
        fit_model(recipe(clinical=("bmi",)), join_patients(people, tables), splits)
    empty = [
        pd.DataFrame({"subject": table["subject"], "center": table["center"], "T1_x": 1.0, "T2_x": 1.0})
        for table in tables
    ]
    with pytest.raises(ValueError, match="signature 'T1': no feature has values that vary"):
        fit_model(recipe(), join_patients(people, empty), splits)


def test_a_covariate_that_defines_the_outcome_is_refused():
    """A T score below -2.5 is the outcome: the score separates the classes, though its correlation is not near 1."""
    people, tables = cohort({"A": 60, "B": 60}, 4)
    random = np.random.default_rng(0)
    score = np.exp(random.normal(size=len(people)) * 1.5)
    people = people.assign(tscore=score, outcome=(score > np.median(score)).astype(int))
    assert abs(people["tscore"].corr(people["outcome"])) < 0.8
    with pytest.raises(ValueError, match=r"'tscore' follows the outcome \(association 1.00\)"):
        fit_model(recipe(covariates=("tscore",), clinical=("age",)), join_patients(people, tables), split(people))


def test_a_batch_that_is_the_outcome_is_refused():
    people, tables = cohort({"A": 60, "B": 60}, 4)
    group = people["outcome"].map({0: "no", 1: "yes"})
    batches = people[["subject", "center"]].assign(group=group)
    settings = recipe()
    settings = replace(settings, harmonisation=settings.harmonisation.model_copy(update={"batch": ["center", "group"]}))
    patients = join_patients(people, tables, batches=batches)
    with pytest.raises(ValueError, match="every batch of 'group' has one outcome only"):
        fit_model(settings, patients, split(people))


@pytest.mark.slow
def test_rows_of_one_person_are_together_in_the_folds_of_a_step():
    people, tables = cohort({"A": 60, "B": 60}, 4)
    people["person"] = [f"P{number // 2}" for number in range(len(people))]
    splits = make_splits(people, Validation(folds=3), BINARY, 0)
    patients = join_patients(people.drop(columns="person"), tables)
    assert patients.with_persons(split(people)).person is None
    grouped = patients.with_persons(splits)
    assert grouped.take(grouped.subjects[:10]).person.nunique() == 5
    training = Training(grouped.features, grouped.outcome, BINARY, 0, grouped.person)
    for fit_rows, judge_rows in training.folds(5)[0]:
        assert not set(grouped.person.iloc[fit_rows]) & set(grouped.person.iloc[judge_rows])
    alone = fit_model(recipe(), patients, splits)
    assert alone.bundle.model.blocks  # the whole road runs with persons
