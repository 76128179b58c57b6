"""Inputs of a model: clinical variables by their univariable p, scores and columns side by side."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.tables import cohort, recipe, split
from osteon.config.selection import KBest
from osteon.modelling.crossfit import fit_model
from osteon.modelling.patients import join_patients
from osteon.modelling.task import Task


@pytest.fixture(scope="module")
def study():
    people, tables = cohort({"A": 80, "B": 60}, 5, signal=2.0)
    people["weather"] = np.random.default_rng(5).normal(size=len(people))
    people["constant"] = 1.0
    return people, tables, split(people, folds=3)


def test_clinical_variables_enter_by_their_univariable_p(study):
    people, tables, splits = study
    settings = recipe("clinical", clinical=("age", "weather", "constant"), scores=(), clinical_p=0.05)
    fit = fit_model(settings, join_patients(people, tables), splits)
    fates = fit.selection.set_index("feature")
    assert fates["fate"].to_dict() == {"age": "kept", "weather": "p_value", "constant": "p_value"}
    assert fates.at["constant", "p"] == 1
    assert fit.bundle.model.clinical_columns == ["age"]
    assert fit.coefficients["term"].tolist() == ["age", "intercept"]
    # each fold chooses anew, and says on whom
    seen = fit.fits[fit.fits["object"] == "clinical/logistic regression"]
    assert sorted(seen["scope"]) == ["final", "fold 0", "fold 1", "fold 2"]
    assert set(seen["times"]) == {2}


def test_without_a_low_p_the_least_one_stays(study):
    people, tables, splits = study
    settings = recipe("clinical", clinical=("weather", "constant"), scores=(), clinical_p=1e-9)
    fit = fit_model(settings, join_patients(people, tables), splits)
    assert fit.selection.set_index("feature")["fate"].to_dict() == {"weather": "least_p", "constant": "p_value"}


def test_scores_columns_and_clinical_variables_side_by_side(study):
    people, tables, splits = study
    settings = recipe(scores=("T1",), columns=["T2_*"], clinical=("age",), chains={"best": [KBest(k=2)]})
    fit = fit_model(settings, join_patients(people, tables), splits)
    kinds = fit.coefficients.set_index("term")["kind"]
    assert kinds["age"] == "clinical"
    assert kinds["T1"] == "score"
    assert (kinds[kinds.index.str.startswith("T2_")] == "feature").sum() == 2
    assert fit.stability["signature"].tolist() == ["T1", "columns"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classes", "continuous"])
def test_outcomes_that_are_not_of_two_classes(study, kind):
    people, tables, _ = study
    task = Task("classes", ("young", "middle", "old")) if kind == "classes" else Task("continuous", ())
    rank = people["age"].rank() / len(people)
    people = people.assign(
        outcome=np.minimum((rank * 3).astype(int), 2) if kind == "classes" else people["age"] + people["weather"]
    )
    splits = split(people, folds=3, task=task)
    settings = recipe(clinical=("age", "weather"), clinical_p=0.05, task=task)
    fit = fit_model(settings, join_patients(people, tables, task), splits)
    assert fit.bundle.threshold is None
    predicted = fit.oof_predictions[task.columns].to_numpy()
    assert task.score(fit.oof_predictions["outcome"].to_numpy(), predicted) > 0.85
    assert fit.selection.query("signature == 'clinical'").set_index("feature").at["age", "fate"] == "kept"
