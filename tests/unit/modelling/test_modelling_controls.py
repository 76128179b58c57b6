"""Negative controls: other features for the same patients, and a volume that stands alone in its signature."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe, split
from osteon.config.modelling import Validation
from osteon.modelling.bundle import freeze, load
from osteon.modelling.crossfit import fit_model
from osteon.modelling.evaluate import evaluate_predictions, predict
from osteon.modelling.patients import join_patients, with_features

VOLUME = "T1_L1L3_original_shape_MeshVolume"


@pytest.fixture
def study():
    people, tables = cohort({"A": 60, "B": 50}, 6, signal=3.0)
    return people, tables, split(people, 0.2, 3)


def noise(tables, seed=3):
    """Tables of the same form that know nothing."""
    random = np.random.default_rng(seed)
    return [
        pd.concat(
            [table[["subject", "center"]], table.drop(columns=["subject", "center"]).map(lambda _: random.normal())],
            axis=1,
        )
        for table in tables
    ]


def test_the_same_patients_with_other_features(study, caplog):
    people, tables, _ = study
    patients = join_patients(people, tables)
    others = noise(tables)
    others[0] = others[0].iloc[2:]
    others[1] = pd.concat([others[1], others[1].iloc[:1].assign(subject="B9999")])
    with caplog.at_level(logging.INFO):
        found = with_features(patients, others[::-1])
    assert found.subjects.equals(patients.subjects)
    assert found.outcome is patients.outcome
    assert found.features.loc["A0000"].isna().all()
    assert found.features.at["B0007", "T1_L1L3_f0"] == others[1].set_index("subject").at["B0007", "T1_L1L3_f0"]
    assert "2 of 110 patients have no features in the control tables" in caplog.text


def test_control_tables_that_cannot_be_joined(study):
    people, tables, _ = study
    patients, others = join_patients(people, tables), noise(tables)
    with pytest.raises(
        ValueError, match="'A0003' is of center 'A' in the feature table and of 'B' in the control table"
    ):
        with_features(patients, [others[0].assign(center=["A"] * 3 + ["B"] * 57)])
    with pytest.raises(ValueError, match="control tables: subject 'A0000' is there twice"):
        with_features(patients, [others[0], others[0]])


@pytest.mark.slow
def test_a_control_is_predicted_from_its_own_features(study, tmp_path):
    people, tables, splits = study
    patients = join_patients(people, tables)
    controls = with_features(patients, noise(tables))
    real = fit_model(recipe(scores=("T1",)), patients, splits)
    fit = fit_model(recipe("control", scores=("T1",), features="shuffled"), controls, splits)
    for name, bundle in (("real", real.bundle), ("control", fit.bundle)):
        freeze(bundle, tmp_path / f"{name}")
    bundles = [load(tmp_path / f"{name}") for name in ("real", "control")]
    assert [bundle.shuffled for bundle in bundles] == [False, True]

    predictions = predict(bundles, patients, "external", controls)
    own = predictions.set_index(["model", "subject"])["probability"]
    pd.testing.assert_series_equal(
        own["combined"], real.bundle.model.predict(patients)["probability"], check_names=False
    )
    pd.testing.assert_series_equal(own["control"], fit.bundle.model.predict(controls)["probability"], check_names=False)
    with pytest.raises(ValueError, match=r"model 'control' needs the features of shuffled regions"):
        predict(bundles, patients, "external")


@pytest.mark.slow
def test_a_patient_whose_control_failed_is_imputed_and_counted(study):
    people, tables, splits = study
    patients, others = join_patients(people, tables), noise(tables)
    control = fit_model(recipe("control", scores=("T1",), features="shuffled"), with_features(patients, others), splits)
    real = fit_model(recipe(scores=("T1",)), patients, splits)
    others[1] = others[1].iloc[1:]
    bundles = [real.bundle, control.bundle]
    predictions = predict(bundles, patients, "external", with_features(patients, others))
    imputed = predictions.set_index(["model", "subject"])["imputed"]
    assert imputed["control", "B0000"] == len(control.bundle.model.feature_columns)
    assert imputed["combined", "B0000"] == 0
    thresholds = {bundle.model.name: bundle.threshold for bundle in bundles}
    evaluate_predictions(predictions, ["external"], thresholds, Validation(bootstrap=100), 0)  # one set of patients


@pytest.mark.slow
@pytest.mark.parametrize(("informative", "fates"), [(True, {"kept"}), (False, {"least_p"})])
@pytest.mark.parametrize("method", ["combat", "none"])
def test_volume_alone_goes_through_the_selection(study, informative, fates, method):
    """A signature of one column is never lost: where the t test rejects it, its fate says so and it stays."""
    people, tables, splits = study
    random = np.random.default_rng(12)
    outcome = people.set_index("subject")["outcome"]
    for table in tables:
        signal = outcome[table["subject"]].to_numpy() if informative else np.zeros(len(table))
        table[VOLUME] = 30 + 8 * signal + random.normal(0, 3, len(table))
    settings = recipe("volume", clinical=(), scores=("volume",), method=method)
    settings = replace(settings, signatures={"volume": ["*_original_shape_MeshVolume"]})
    fit = fit_model(settings, join_patients(people, tables), splits)
    assert fit.selection["feature"].tolist() == [VOLUME]
    if not informative:
        assert fit.selection["p"].item() > 0.05  # the test rejected it
    assert set(fit.selection["fate"]) == fates
    assert fit.bundle.model.feature_columns == [VOLUME]
    assert fit.oof_predictions["probability"].nunique() > 10
