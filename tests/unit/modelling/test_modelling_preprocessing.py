"""Imputation, scaling, harmonisation on training rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe
from osteon.modelling.leakage import Ledger
from osteon.modelling.patients import join_patients
from osteon.modelling.preprocessing import MissingColumn, fit_harmoniser, fit_imputer, fit_scaler
from osteon.modelling.splits import FINAL, make_splits


@pytest.fixture(scope="module")
def patients():
    return join_patients(*cohort({"A": 30, "B": 20}, 4))


@pytest.fixture
def record(patients):
    people = pd.concat([patients.center, patients.outcome], axis=1).rename_axis("subject").reset_index()
    return Ledger(make_splits(people, hold_out=0.2, folds=2, seed=0)).recorder(FINAL)


def test_imputer_takes_training_medians(record):
    train = pd.DataFrame({"a": [1.0, 2.0, 9.0, np.nan], "b": [0.0, 1.0, np.nan, 1.0]}, index=list("wxyz"))
    imputer = fit_imputer(train, record)
    new = pd.DataFrame({"b": [np.nan, 0.5], "other": [1, 1], "a": [7.0, np.nan]}, index=["n1", "n2"])
    assert imputer.transform(new).to_numpy().tolist() == [[7, 1], [2, 0.5]]
    assert imputer.restricted(["b"]).transform(new).to_numpy().tolist() == [[1], [0.5]]


def test_missing_columns_are_named(record):
    imputer = fit_imputer(pd.DataFrame(np.ones((2, 7)), columns=list("abcdefg"), index=["x", "y"]), record)
    with pytest.raises(MissingColumn, match="signature 's' needs column 'b', 'c', 'd', 'e', 'f' and 1 more"):
        imputer.transform(pd.DataFrame({"a": [1.0]}), "signature 's'")


def test_column_without_values_is_refused(record):
    with pytest.raises(ValueError, match="'bmi' has no value in the 2 training patients"):
        fit_imputer(pd.DataFrame({"bmi": [np.nan, np.nan]}, index=["x", "y"]), record)


def test_scaler_uses_training_rows(record):
    train = pd.DataFrame({"a": [1.0, 3.0], "flat": [5.0, 5.0]}, index=["x", "y"])
    scaled = fit_scaler(train, record).transform(pd.DataFrame({"a": [1.0, 5.0], "flat": [5.0, 6.0]}))
    assert scaled.to_numpy().tolist() == [[-1, 0], [3, 1]]


def test_unknown_center_is_left_as_it_is(patients, record):
    harmoniser = fit_harmoniser(patients.features, patients.center, patients.clinical, recipe().harmonisation, record)
    center = patients.center.replace({"B": "Z"})
    found = harmoniser.transform(patients.features, center, patients.clinical)
    unknown = (center == "Z").to_numpy()
    assert (found[unknown] == patients.features[unknown]).all(axis=None)
    known = harmoniser.transform(patients.features, patients.center, patients.clinical)
    assert (found[~unknown] == known[~unknown]).all(axis=None)
    assert (found[~unknown] != patients.features[~unknown]).any(axis=None)


def test_method_none_changes_nothing(patients, record):
    settings = recipe(method="none").harmonisation
    harmoniser = fit_harmoniser(patients.features, patients.center, patients.clinical, settings, record)
    assert harmoniser.transform(patients.features, patients.center, patients.clinical) is patients.features
    assert record.ledger.table().empty


def test_covariates_are_imputed_and_kept(patients, record):
    clinical = patients.clinical.copy()
    clinical.iloc[0, 0] = np.nan
    settings = recipe(covariates=("age",)).harmonisation
    harmoniser = fit_harmoniser(patients.features, patients.center, clinical, settings, record)
    assert harmoniser.covariate_columns == ["age"]
    assert harmoniser.transform(patients.features, patients.center, clinical).notna().all(axis=None)
    with pytest.raises(MissingColumn, match="harmonisation needs column 'age'"):
        harmoniser.transform(patients.features, patients.center, clinical[["sex"]])


def test_small_and_single_centers_are_refused(patients, record):
    settings = recipe().harmonisation
    few = patients.take([*patients.subjects[:30], *patients.subjects[30:39]])
    with pytest.raises(ValueError, match=r"center 'B' has 9 patients .* final, fewer than harmonisation.minimum = 10"):
        fit_harmoniser(few.features, few.center, few.clinical, settings, record)
    one = patients.take(patients.subjects[:30])
    with pytest.raises(ValueError, match=r"at least two centers; final has only 'A'. Write harmonisation"):
        fit_harmoniser(one.features, one.center, one.clinical, settings, record)
