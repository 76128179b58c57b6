"""The path of the penalties is the one that chose the features."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LassoCV, LogisticRegression, lasso_path

from helpers.selections import TASKS, recorder, training
from helpers.tables import cohort, recipe, split
from osteon.config.selection import ElasticNet, KBest, Lasso, Univariable
from osteon.modelling.crossfit import fit_model
from osteon.modelling.lasso_path import CV_COLUMNS, PATH_COLUMNS, penalty_tables
from osteon.modelling.patients import join_patients
from osteon.modelling.selection.chain import fit_chain

RULES = ["min", "1se"]


def chain_of(steps, kind="binary"):
    given = training(kind)
    selected = fit_chain(
        steps, given.table, given.outcome, given.task, given.seed, recorder(given.table), keep_paths=True
    )
    return given, selected, penalty_tables([("T1", selected.paths)], given.task)


def wide(path: pd.DataFrame, cv: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """(penalties, features) coefficients from the rows that are not 0."""
    table = path.pivot(index="lambda", columns="feature", values="coefficient")
    return table.reindex(index=cv["lambda"], columns=columns).fillna(0.0).to_numpy()


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "step", [Lasso, lambda **how: Lasso(loss="logistic", **how), ElasticNet], ids=["squared", "logistic", "net"]
)
def test_the_chosen_penalty_has_the_features_and_weights_of_the_score(step, rule):
    _, selected, tables = chain_of([step(rule=rule, folds=5)])
    taken = tables.cv[tables.cv["chosen"] == "yes"]
    assert len(taken) == 1
    assert taken["features"].item() == len(selected.columns)
    assert taken["least" if rule == "min" else "one_se"].item() == "yes"
    rows = tables.path[tables.path["lambda"] == taken["lambda"].item()].set_index("feature")["coefficient"]
    assert rows.index.tolist() == selected.columns
    assert np.array_equal(rows.to_numpy(), selected.weights[:, 0])


def test_errors_are_those_of_the_cross_validation_that_chose():
    given, _, tables = chain_of([Lasso()])
    folds, _ = given.folds(10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = LassoCV(cv=folds, eps=0.01, max_iter=1000, precompute=False).fit(given.values, given.target)
    np.testing.assert_allclose(tables.cv["lambda"], theirs.alphas_, rtol=1e-12)
    np.testing.assert_allclose(tables.cv["mean"], theirs.mse_path_.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(tables.cv["se"], theirs.mse_path_.std(axis=1, ddof=1) / np.sqrt(10), rtol=1e-12)
    assert tables.cv["folds"].unique().tolist() == [10]
    assert tables.cv.loc[tables.cv["least"] == "yes", "lambda"].item() == theirs.alpha_
    limit = tables.cv["mean"].min() + tables.cv.loc[tables.cv["least"] == "yes", "se"].item()
    within = tables.cv[tables.cv["mean"] <= limit]
    assert tables.cv.loc[tables.cv["one_se"] == "yes", "lambda"].item() == within["lambda"].max()


def test_path_is_that_of_all_training_patients():
    given, _, tables = chain_of([Lasso()])
    _, theirs, _ = lasso_path(
        given.values, given.target - given.target.mean(), alphas=tables.cv["lambda"].to_numpy(), tol=1e-10
    )
    np.testing.assert_allclose(wide(tables.path, tables.cv, given.columns), theirs.T, atol=2e-3)
    # at the largest penalty nothing is left
    assert tables.cv["features"].iloc[0] == 0
    assert tables.cv["lambda"].is_monotonic_decreasing


@pytest.mark.slow
def test_logistic_path_meets_another_solver():
    given, _, tables = chain_of([Lasso(loss="logistic", folds=5)])
    found = wide(tables.path, tables.cv, given.columns)
    for place in (3, 8, 12):
        strength = 1 / (tables.cv["lambda"].iloc[place] * len(given.target))
        theirs = LogisticRegression(
            C=strength, l1_ratio=1.0, solver="liblinear", intercept_scaling=1e4, tol=1e-8, max_iter=100_000
        ).fit(given.values, given.target)
        np.testing.assert_allclose(found[place], theirs.coef_[0], atol=0.02)
    assert tables.cv["loss"].unique().tolist() == ["logistic"]


def test_several_classes_have_a_path_each_and_steps_their_place():
    given, _, tables = chain_of([KBest(k=9), ElasticNet(folds=4, mixture=[0.5, 1.0]), Lasso(folds=4)], "classes")
    assert tables.path["class"].unique().tolist() == list(TASKS["classes"].values)
    assert (
        tables.cv.groupby(["step", "class"], sort=False)["chosen"].apply(lambda part: (part == "yes").sum()).eq(1).all()
    )
    assert sorted(set(tables.cv["step"])) == [2, 3]
    assert set(tables.cv.loc[tables.cv["step"] == 2, "mixture"]) <= {0.5, 1.0}
    assert set(tables.path["feature"]) <= set(given.columns)


def test_nothing_is_kept_unless_asked_for():
    given = training()
    steps = [Lasso(folds=3)]
    selected = fit_chain(steps, given.table, given.outcome, given.task, 0, recorder(given.table))
    assert selected.paths == []
    tables = penalty_tables([("T1", [])], given.task)
    assert (list(tables.path), list(tables.cv)) == (PATH_COLUMNS, CV_COLUMNS)
    assert tables.path.empty
    assert tables.cv.empty


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_keeping_the_path_changes_no_digit(loss):
    given = training()
    fits = [
        fit_chain(
            [Lasso(folds=3, loss=loss)],
            given.table,
            given.outcome,
            given.task,
            0,
            recorder(given.table),
            keep_paths=keep,
        )
        for keep in (False, True)
    ]
    assert fits[0].columns == fits[1].columns
    assert np.array_equal(fits[0].weights, fits[1].weights)
    assert np.array_equal(fits[0].intercepts, fits[1].intercepts)


@pytest.mark.slow
def test_final_fit_keeps_those_of_all_training_patients():
    people, tables = cohort({"A": 50, "B": 40}, 6)
    patients = join_patients(people, tables)
    fit = fit_model(
        recipe(folds=3, chains={"x": [Univariable(p=0.5), Lasso(folds=3)]}), patients, split(people, 0.2, 2)
    )
    assert fit.penalties.cv["signature"].unique().tolist() == ["T1", "T2"]
    for name, rows in fit.penalties.cv.groupby("signature"):
        kept = fit.selection[(fit.selection["signature"] == name) & fit.selection["coefficient"].notna()]
        taken = rows[rows["chosen"] == "yes"]
        path = fit.penalties.path[fit.penalties.path["signature"] == name]
        at = path[path["lambda"] == taken["lambda"].item()].set_index("feature")["coefficient"]
        assert at.to_dict() == kept.set_index("feature")["coefficient"].to_dict()
