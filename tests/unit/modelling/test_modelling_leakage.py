"""The ledger and its audit: honest fits pass, every planted leak is found."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from helpers.tables import cohort, recipe
from osteon.modelling.crossfit import fit_model
from osteon.modelling.leakage import Leakage, Ledger, audit, require_clean, row_hash
from osteon.modelling.patients import Patients, join_patients
from osteon.modelling.preprocessing import fit_harmoniser, fit_imputer, fit_scaler
from osteon.modelling.selection import t_test
from osteon.modelling.splits import FINAL, make_splits, scopes


@pytest.fixture(scope="module")
def study():
    people, tables = cohort({"A": 40, "B": 40}, 5)
    return join_patients(people, tables), make_splits(people, hold_out=0.2, folds=4, seed=0)


def test_hash_ignores_order():
    assert row_hash(["b", "a"]) == row_hash(["a", "b"])
    assert row_hash(["a", "b"]) != row_hash(["a", "c"])
    assert row_hash(["ab"]) != row_hash(["a", "b"])


def test_honest_fits_are_clean_after_a_round_trip_through_text(study):
    patients, splits = study
    ledger = Ledger(splits)
    for scope, subjects in scopes(splits).items():
        fit_scaler(patients.features.loc[subjects[2:]], ledger.recorder(scope))  # two patients were excluded
    text = ledger.table().assign(not_seen=lambda t: t["not_seen"]).to_csv(sep="\t", index=False)
    found = audit(pd.read_csv(io.StringIO(text), sep="\t"), splits)
    assert (found["verdict"] == "clean").all()
    assert len(found["not_seen"].iloc[0].split()) == 2
    require_clean(found)


def rows_seen(patients, splits, leak):
    allowed = scopes(splits)
    test = splits.loc[splits["set"] == "test", "subject"].tolist()
    return {
        "whole table": list(patients.subjects),
        "one test patient": [*allowed["fold 1"], test[0]],
        "the left-out fold": allowed[FINAL],
        "one patient swapped": [*allowed["fold 1"][1:], test[0]],
    }[leak]


@pytest.mark.parametrize("leak", ["whole table", "one test patient", "the left-out fold", "one patient swapped"])
@pytest.mark.parametrize("fit", ["imputer", "scaler", "combat", "t test"])
def test_planted_leaks_are_found(study, leak, fit):
    patients, splits = study
    seen = patients.take(rows_seen(patients, splits, leak))
    ledger = Ledger(splits)
    record, settings = ledger.recorder("fold 1"), recipe()
    if fit == "imputer":
        fit_imputer(seen.features, record)
    elif fit == "scaler":
        fit_scaler(seen.features, record)
    elif fit == "combat":
        fit_harmoniser(seen.features, seen.center, seen.clinical, settings.harmonisation, record)
    else:
        t_test(seen.features, seen.outcome, settings.selection, record)
    found = audit(ledger.table(), splits)
    assert found["verdict"].tolist() == ["leak"]
    with pytest.raises(Leakage, match=f"1 of 1 fitted objects .* '{fit}' of fold 1"):
        require_clean(found)


def test_a_falsified_list_of_absent_patients_does_not_hide_a_swap(study):
    patients, splits = study
    seen = patients.take(rows_seen(patients, splits, "one patient swapped"))
    ledger = Ledger(splits)
    fit_scaler(seen.features, ledger.recorder("fold 1"))
    assert audit(ledger.table().assign(not_seen=""), splits)["verdict"].tolist() == ["leak"]


def test_message_names_the_set(study):
    patients, splits = study
    ledger = Ledger(splits)
    fit_scaler(patients.features, ledger.recorder(FINAL))
    assert "fitted on all development patients" in audit(ledger.table(), splits)["finding"].iloc[0]


def test_external_patient_in_the_splits(study):
    _, splits = study
    with pytest.raises(Leakage, match="external patient 'A0003' is among the development"):
        audit(Ledger(splits).table(), splits, external=["Z1", "A0003"])


def test_unknown_scope(study):
    _, splits = study
    fits = pd.DataFrame([{"object": "x", "scope": "fold 9", "rows": 1, "sha256": "", "not_seen": "", "note": ""}])
    assert audit(fits, splits)["verdict"].tolist() == ["leak"]


def test_a_pipeline_that_fits_on_everyone_cannot_finish(study, monkeypatch):
    patients, splits = study
    monkeypatch.setattr(Patients, "take", lambda self, subjects: self)
    with pytest.raises(Leakage, match="fitted objects have seen"):
        fit_model(recipe(), patients, splits)


def test_tables_of_different_patients_are_refused(study):
    patients, splits = study
    with pytest.raises(ValueError, match="different patients"):
        t_test(patients.features, patients.outcome.iloc[::-1], recipe().selection, Ledger(splits).recorder(FINAL))
