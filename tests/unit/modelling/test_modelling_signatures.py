"""Signatures: patterns, fates, the fallback, the score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe
from osteon.modelling.leakage import Ledger
from osteon.modelling.patients import join_patients
from osteon.modelling.signatures import fit_signature, matching_columns
from osteon.modelling.splits import FINAL


@pytest.fixture
def patients():
    people, tables = cohort({"A": 60, "B": 50}, 10, signal=2.0)
    tables[0]["T1_L1L3_flat"] = tables[1]["T1_L1L3_flat"] = 1.0
    tables[0]["T1_L1L3_only_a"] = np.arange(60.0)
    tables[0]["T1_L1L3_flat_in_b"], tables[1]["T1_L1L3_flat_in_b"] = np.arange(60.0), 2.5
    tables[1].loc[:3, "T1_L1L3_f0"] = np.nan
    return join_patients(people, tables)


def fitted(patients, patterns=("T1_*",), **changes):
    splits = pd.DataFrame({"subject": patients.subjects, "set": "train", "fold": 0})
    ledger, settings = Ledger(splits), recipe(**changes)
    signature, table = fit_signature(
        "T1", patterns, patients, settings.harmonisation, settings.selection, 0, ledger.recorder(FINAL)
    )
    return signature, table.set_index("feature"), ledger.table()


def test_patterns():
    columns = ["T1_L1L3_a", "T1_log_b", "T2_L1L3_a"]
    assert matching_columns(columns, ["T1_*"], "s") == ["T1_L1L3_a", "T1_log_b"]
    assert matching_columns(columns, ["*_L1L3_?", "T1_log*"], "s") == columns
    with pytest.raises(ValueError, match=r"signatures.s: no feature matches FS_\*; the features are called T1_L1L3_a"):
        matching_columns(columns, ["FS_*"], "s")


def test_fates_and_score(patients):
    signature, table, fits = fitted(patients)
    assert table.loc["T1_L1L3_flat", "fate"] == "near_constant"
    assert table.loc["T1_L1L3_only_a", "fate"] == "missing_in_center"
    assert table.loc["T1_L1L3_flat_in_b", "fate"] == "constant_in_center"
    assert table.loc["T1_L1L3_f0", "fate"] == "kept"
    kept = table[table["fate"] == "kept"]
    assert signature.columns == kept.index.tolist()
    assert table["coefficient"].notna().sum() == len(kept)
    assert np.corrcoef(signature.score(patients), patients.outcome)[0, 1] > 0.3
    assert [name.split("/")[1] for name in fits["object"]] == [
        "missing values",
        "imputer",
        "constant features",
        "combat",
        "scaler",
        "t test",
        "lasso",
    ]


def test_score_is_the_linear_predictor_of_harmonised_scaled_features(patients):
    signature, _, _ = fitted(patients, method="none")
    column = signature.columns[0]
    moved = patients.features.copy()
    moved[column] = moved[column] + 2 * signature.scaler.sd[0]
    changed = type(patients)(patients.center, patients.outcome, patients.clinical, moved)
    known = patients.features[column].notna()
    difference = (signature.score(changed) - signature.score(patients))[known]
    assert difference.to_numpy() == pytest.approx(2 * signature.coefficients[0])


def test_features_constant_in_a_center_stay_without_combat(patients):
    _, table, _ = fitted(patients, method="none")
    assert table.loc["T1_L1L3_flat_in_b", "fate"] in ("p_value", "lasso", "kept")


def test_nothing_survives_then_the_least_p_is_the_score(patients):
    settings = recipe()
    settings.selection.__dict__["p_value"] = 1e-12
    splits = pd.DataFrame({"subject": patients.subjects, "set": "train", "fold": 0})
    ledger = Ledger(splits)
    signature, table = fit_signature(
        "T1", ["T1_*"], patients, settings.harmonisation, settings.selection, 0, ledger.recorder(FINAL)
    )
    chosen = table[table["fate"] == "least_p"]
    assert signature.columns == chosen["feature"].tolist()
    assert chosen["p"].item() == table["p"].min()
    assert "no feature survived" in ledger.table()["note"].iloc[-1]
    assert signature.score(patients).std() == pytest.approx(1, abs=0.05)


def test_no_usable_feature_is_refused(patients):
    with pytest.raises(ValueError, match="signature 'T1': no feature has values that vary among the 110 training"):
        fitted(patients, patterns=("*_flat",))
