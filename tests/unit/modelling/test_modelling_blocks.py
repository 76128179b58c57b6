"""Blocks of features: patterns, fates, scores, columns and components."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe
from osteon.config.selection import Correlation, KBest, Lasso, Pca, Univariable
from osteon.modelling.blocks import fit_block, matching_columns, prepare_block
from osteon.modelling.leakage import Ledger
from osteon.modelling.patients import join_patients
from osteon.modelling.splits import FINAL
from osteon.modelling.task import BINARY, Task

CHAIN = [Univariable(), Lasso(folds=5)]


@pytest.fixture
def patients():
    people, tables = cohort({"A": 60, "B": 50}, 10, signal=2.0)
    tables[0]["T1_L1L3_flat"] = tables[1]["T1_L1L3_flat"] = 1.0
    tables[0]["T1_L1L3_only_a"] = np.arange(60.0)
    tables[0]["T1_L1L3_flat_in_b"], tables[1]["T1_L1L3_flat_in_b"] = np.arange(60.0), 2.5
    tables[1].loc[:3, "T1_L1L3_f0"] = np.nan
    return join_patients(people, tables)


def fitted(patients, pattern="T1_*", chain=CHAIN, *, score=True, task=BINARY, **changes):
    splits = pd.DataFrame({"subject": patients.subjects, "person": patients.subjects, "set": "train", "fold": 0})
    ledger, settings = Ledger(splits.assign(center=patients.center.to_numpy())), recipe(**changes)
    record = ledger.recorder(FINAL)
    columns = matching_columns(list(patients.features.columns), [pattern], "signatures.T1")
    prepared = prepare_block("T1", columns, patients, settings.harmonisation, record)
    block, table, _ = fit_block(prepared, chain, patients.outcome, task, 0, record, score=score)
    return block, table.set_index("feature"), ledger.table()


def test_patterns():
    columns = ["T1_L1L3_a", "T1_log_b", "T2_L1L3_a"]
    assert matching_columns(columns, ["T1_*"], "s") == ["T1_L1L3_a", "T1_log_b"]
    assert matching_columns(columns, ["*_L1L3_?", "T1_log*"], "s") == columns
    with pytest.raises(ValueError, match=r"signatures\.s: no feature matches FS_\*; the features are called T1_L1L3_a"):
        matching_columns(columns, ["FS_*"], "signatures.s")


def test_fates_and_score(patients):
    block, table, fits = fitted(patients)
    assert table.loc["T1_L1L3_flat", "fate"] == "near_constant"
    assert table.loc["T1_L1L3_only_a", "fate"] == "missing_in_center"
    assert table.loc["T1_L1L3_flat_in_b", "fate"] == "constant_in_center"
    assert table.loc["T1_L1L3_f0", "fate"] == "kept"
    kept = table[table["fate"] == "kept"]
    assert block.columns == kept.index.tolist()
    assert table["coefficient"].notna().sum() == len(kept)
    assert np.corrcoef(block.terms(patients)["T1"], patients.outcome)[0, 1] > 0.3
    seen = ["missing values", "imputer", "constant features", "combat", "scaler", "univariable", "lasso"]
    assert sorted(name.split("/")[1] for name in fits["object"]) == sorted(seen)


def test_score_is_the_linear_predictor_of_harmonised_scaled_features(patients):
    block, _, _ = fitted(patients, method="none")
    column = block.columns[0]
    moved = patients.features.copy()
    moved[column] = moved[column] + 2 * block.scaler.sd[0]
    known = patients.features[column].notna()
    difference = (block.terms(replace(patients, features=moved)) - block.terms(patients))["T1"][known]
    assert difference.to_numpy() == pytest.approx(2 * block.weights[0, 0])


def test_features_constant_in_a_center_stay_without_combat(patients):
    _, table, _ = fitted(patients, method="none")
    assert table.loc["T1_L1L3_flat_in_b", "fate"] in ("p_value", "lasso", "kept")


def test_nothing_survives_then_the_least_p_is_the_score(patients):
    block, table, fits = fitted(patients, chain=[Univariable(p=1e-12), Lasso()])
    chosen = table[table["fate"] == "least_p"]
    assert block.columns == chosen.index.tolist()
    assert chosen["p"].item() == table["p"].min()
    assert "no feature survived" in " ".join(fits["note"])
    assert block.terms(patients)["T1"].std() == pytest.approx(1, abs=0.05)


def test_columns_enter_as_they_are(patients):
    block, table, _ = fitted(patients, chain=[KBest(k=3)], score=False)
    assert block.outputs == block.columns == table.index[table["fate"] == "kept"].tolist()
    assert len(block.columns) == 3
    terms = block.terms(patients)
    assert terms.std(ddof=0).to_numpy() == pytest.approx(1)
    assert list(terms.columns) == block.columns


def test_components_take_the_place_of_features(patients):
    block, _, _ = fitted(patients, chain=[Pca(components=2, share=1.0)], score=False)
    assert block.outputs == ["T1 component 1", "T1 component 2"]
    terms = block.terms(patients).to_numpy()
    assert abs(np.corrcoef(terms.T)[0, 1]) < 1e-8


def test_a_selection_without_weights_gets_a_ridge_score(patients):
    block, _, fits = fitted(patients, chain=[Correlation(), KBest(k=4)])
    assert block.weights.shape == (4, 1)
    assert "signature T1/score" in set(fits["object"])
    assert np.corrcoef(block.terms(patients)["T1"], patients.outcome)[0, 1] > 0.3


@pytest.mark.parametrize("chain", [CHAIN, [KBest(k=4)]], ids=["lasso", "k_best"])
def test_one_score_per_class(patients, chain):
    codes = pd.qcut(patients.features["T1_L1L3_f1"].rank() + 20 * patients.outcome, 3, labels=False)
    grades = patients.with_outcome(codes)
    block, _, _ = fitted(grades, chain=chain, task=Task("classes", ("low", "middle", "high")))
    assert block.outputs == ["T1 low", "T1 middle", "T1 high"]
    terms = block.terms(grades)
    assert np.corrcoef(terms["T1 high"], codes == 2)[0, 1] > 0.3


def test_no_usable_feature_is_refused(patients):
    with pytest.raises(ValueError, match="signature 'T1': no feature has values that vary among the 110 training"):
        fitted(patients, pattern="*_flat")
