"""Imputation, scaling, harmonisation on training rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe, split
from osteon.modelling.leakage import Ledger
from osteon.modelling.patients import join_patients
from osteon.modelling.preprocessing import MissingColumn, fit_harmoniser, fit_imputer, fit_scaler
from osteon.modelling.splits import FINAL


@pytest.fixture(scope="module")
def patients():
    return join_patients(*cohort({"A": 30, "B": 20}, 4))


@pytest.fixture
def record(patients):
    people = pd.concat([patients.center, patients.outcome], axis=1).rename_axis("subject").reset_index()
    return Ledger(split(people, folds=2)).recorder(FINAL)


def test_imputer_takes_training_medians(record):
    train = pd.DataFrame({"a": [1.0, 2.0, 9.0, np.nan], "b": [0.0, 1.0, np.nan, 1.0]}, index=list("wxyz"))
    imputer = fit_imputer(train, record)
    new = pd.DataFrame({"b": [np.nan, 0.5], "other": [1, 1], "a": [7.0, np.nan]}, index=["n1", "n2"])
    assert imputer.transform(new).to_numpy().tolist() == [[7, 1], [2, 0.5]]
    assert imputer.restricted(["b"]).transform(new).to_numpy().tolist() == [[1], [0.5]]


def test_means_and_refusal_of_gaps(record):
    train = pd.DataFrame({"a": [1.0, 2.0, 9.0, np.nan], "b": 1.0}, index=list("wxyz"))
    assert fit_imputer(train, record, "mean").fills.tolist() == [4, 1]
    with pytest.raises(ValueError, match=r"'a' lacks 1 of 4 values .* of final \(1 columns have gaps\)"):
        fit_imputer(train, record, "refuse")
    assert fit_imputer(train.dropna(), record, "refuse").fills.tolist() == [2, 1]


def test_patients_of_a_second_division_into_batches(patients, record):
    model = pd.Series(np.where(np.arange(len(patients)) % 2, "Avanto", "Skyra"), index=patients.subjects, name="model")
    batches = patients.batches.assign(model=model)
    settings = recipe().harmonisation.model_copy(update={"batch": ["model", "center"]})
    harmoniser = fit_harmoniser(patients.features, batches, patients.clinical, settings, record)
    assert list(harmoniser.combat.steps) == ["model", "center"]
    assert harmoniser.transform(patients.features, batches, patients.clinical).notna().all(axis=None)
    with pytest.raises(MissingColumn, match="harmonisation needs column 'model'"):
        harmoniser.transform(patients.features, patients.batches, patients.clinical)


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


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_rounding_of_a_constant_is_no_spread(record, unit):
    constant = (0.2794 + np.array([0.0, 1e-17, 6e-17, 0.0])) * unit
    train = pd.DataFrame(
        {"constant": constant, "narrow": (1 + np.array([0.0, 1e-9, 2e-9, 0.0])) * unit}, index=list("wxyz")
    )
    scaler = fit_scaler(train, record)
    assert np.ptp(constant) > 0
    assert scaler.sd.tolist() == [1.0, train["narrow"].std(ddof=0)]


def test_unknown_center_is_left_as_it_is(patients, record):
    harmoniser = fit_harmoniser(patients.features, patients.batches, patients.clinical, recipe().harmonisation, record)
    moved = patients.batches.replace({"B": "Z"})
    found = harmoniser.transform(patients.features, moved, patients.clinical)
    unknown = (moved["center"] == "Z").to_numpy()
    assert (found[unknown] == patients.features[unknown]).all(axis=None)
    known = harmoniser.transform(patients.features, patients.batches, patients.clinical)
    assert (found[~unknown] == known[~unknown]).all(axis=None)
    assert (found[~unknown] != patients.features[~unknown]).any(axis=None)


def test_method_none_changes_nothing(patients, record):
    settings = recipe(method="none").harmonisation
    harmoniser = fit_harmoniser(patients.features, patients.batches, patients.clinical, settings, record)
    assert harmoniser.transform(patients.features, patients.batches, patients.clinical) is patients.features
    assert record.ledger.table().empty


def test_covariates_are_imputed_and_kept(patients, record):
    clinical = patients.clinical.copy()
    clinical.iloc[0, 0] = np.nan
    settings = recipe(covariates=("age",)).harmonisation
    harmoniser = fit_harmoniser(patients.features, patients.batches, clinical, settings, record)
    assert harmoniser.covariate_columns == ["age"]
    assert harmoniser.transform(patients.features, patients.batches, clinical).notna().all(axis=None)
    with pytest.raises(MissingColumn, match="harmonisation needs column 'age'"):
        harmoniser.transform(patients.features, patients.batches, clinical[["sex"]])


def test_small_and_single_centers_are_refused(patients, record):
    settings = recipe().harmonisation
    few = patients.take([*patients.subjects[:30], *patients.subjects[30:39]])
    with pytest.raises(ValueError, match=r"center 'B' has 9 patients .* final, fewer than harmonisation.minimum = 10"):
        fit_harmoniser(few.features, few.batches, few.clinical, settings, record)
    one = patients.take(patients.subjects[:30])
    with pytest.raises(ValueError, match=r"at least two batches; final has only center 'A'\. Write harmonisation"):
        fit_harmoniser(one.features, one.batches, one.clinical, settings, record)
