"""Frozen models: identical predictions after a round trip, refusals with names."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from helpers.tables import cohort, recipe, split
from osteon.modelling.bundle import LIBRARIES, bundle_to_json, freeze, load
from osteon.modelling.crossfit import fit_model
from osteon.modelling.patients import join_patients
from osteon.modelling.preprocessing import MissingColumn


@pytest.fixture(scope="module")
def fit():
    people, tables = cohort({"A": 50, "B": 40}, 6)
    people.loc[5, "age"] = np.nan
    splits = split(people, 0.2, 2)
    return fit_model(recipe(covariates=("sex",)), join_patients(people, tables), splits)


@pytest.fixture(scope="module")
def newcomers():
    """Patients of a known and of an unknown center, with gaps."""
    people, tables = cohort({"A": 20, "Z": 20}, 6, seed=9)
    patients = join_patients(people, tables)
    patients.features.iloc[3, :4] = np.nan
    patients.clinical.iloc[4, 0] = np.nan
    return patients


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_same_predictions_after_a_round_trip(fit, newcomers, tmp_path):
    freeze(fit.bundle, tmp_path / "bundle")
    again = load(tmp_path / "bundle")
    assert again.model.predict(newcomers).equals(fit.bundle.model.predict(newcomers))
    assert again.threshold == fit.bundle.threshold
    freeze(again, tmp_path / "again")
    assert bytes_of(tmp_path / "again") == bytes_of(tmp_path / "bundle")


def test_content_is_complete_and_plain(fit):
    content = bundle_to_json(fit.bundle)
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert [row["term"] for row in content["terms"]] == ["age", "sex", "T1", "T2"]
    assert content["training"]["patients"] == 72
    assert sum(content["training"]["centers"].values()) == 72
    assert set(content["software"]) == {"osteon", *LIBRARIES}
    assert content["settings"]["harmonisation"]["covariates"] == ["sex"]
    selected = fit.selection.query("coefficient.notna()")
    for signature in content["signatures"]:
        features = [row["feature"] for row in signature["features"]]
        assert features == selected.loc[selected["signature"] == signature["name"], "feature"].tolist()
        assert [row["feature"] for row in signature["features"]] == features


def test_prediction_by_hand_from_the_json(fit, newcomers):
    """An unknown center is not harmonised: score and risk follow from the numbers in the file alone."""
    content = bundle_to_json(fit.bundle)
    patient = newcomers.take([newcomers.subjects[-1]])
    assert patient.center.item() == "Z"
    terms = patient.clinical.iloc[0].to_dict()
    for signature in content["signatures"]:
        terms[signature["name"]] = signature["intercepts"][0] + sum(
            row["weights"][0] * (patient.features[row["feature"]].item() - row["mean"]) / row["sd"]
            for row in signature["features"]
        )
    coefficients = content["predictor"]["coefficients"]
    predictor = content["predictor"]["intercepts"][0] + sum(
        coefficient[0] * (terms[row["term"]] - row["mean"]) / row["sd"]
        for row, coefficient in zip(content["terms"], coefficients, strict=True)
    )
    assert fit.bundle.model.predict(patient)["probability"].item() == pytest.approx(
        1 / (1 + np.exp(-predictor)), rel=1e-12
    )


def test_gaps_are_imputed_and_counted(fit, newcomers):
    assert fit.bundle.model.predict(newcomers).notna().to_numpy().all()
    counts = fit.bundle.model.imputed(newcomers)
    assert counts.iloc[4] == 1
    assert counts.iloc[3] == len(set(newcomers.features.columns[:4]) & set(fit.bundle.model.feature_columns))
    assert counts.drop(counts.index[[3, 4]]).sum() == 0


def test_missing_columns_are_named(fit, newcomers):
    column = fit.bundle.model.feature_columns[0]
    lacking = replace(newcomers, features=newcomers.features.drop(columns=column))
    with pytest.raises(MissingColumn, match=f"signature 'T1' needs column '{column}'"):
        fit.bundle.model.predict(lacking)
    lacking = replace(newcomers, clinical=newcomers.clinical[["sex"]])
    with pytest.raises(MissingColumn, match="model 'combined' needs column 'age'"):
        fit.bundle.model.predict(lacking)


def test_another_format_is_refused(tmp_path):
    (tmp_path / "model.json").write_text('{"format": "osteon prediction model", "version": 99}')
    with pytest.raises(ValueError, match="version 99; this Osteon reads"):
        load(tmp_path)
    with pytest.raises(ValueError, match=r"is no bundle: it has no model\.json"):
        load(tmp_path / "elsewhere")
