"""The ledger and its audit: honest fits pass, every planted leak is found."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from helpers.leaks import LEAKS, run, study
from osteon.modelling.leakage import COLUMNS, Leakage, Ledger, audit, require_clean, row_hash
from osteon.modelling.splits import TEST, allowed, inner_scopes, outer_scopes, subjects_of
from osteon.tables.files import read_table


@pytest.fixture(scope="module")
def honest():
    return run(study())


def rows(subjects):
    return pd.DataFrame(index=list(subjects))


def again(fits):
    """As they are read from the file."""
    return pd.read_csv(io.StringIO(fits.to_csv(sep="\t", index=False)), sep="\t")


def test_hash_ignores_order():
    assert row_hash(["b", "a"]) == row_hash(["a", "b"])
    assert row_hash(["a", "b"]) != row_hash(["a", "c"])
    assert row_hash(["ab"]) != row_hash(["a", "b"])


def test_honest_pipeline_is_clean_in_every_scope(honest):
    found = honest.audited()
    require_clean(found)
    assert (found["verdict"] == "clean").all()
    assert list(found.columns) == [*COLUMNS, "verdict", "finding"]
    # final, 3 folds, 3 folds of the repeat, 3 centers, and within them 3 + 3 x 2 + 3 x 2 + 3 x 3 folds; adapt X
    assert found["scope"].nunique() == 10 + 24 + 1


def test_persons_with_several_rows_are_clean():
    require_clean(run(study(rows_each=3)).audited())


@pytest.mark.slow
@pytest.mark.parametrize("name", LEAKS)
def test_planted_leaks_are_refused(name, tmp_path):
    plant, message = LEAKS[name]
    evidence = plant()
    evidence.write(tmp_path, "m")
    study = evidence.study
    fits, splits, persons = (
        read_table(tmp_path / path)
        for path in ("06_models/m/fits.tsv", "06_models/splits.tsv", "01_cohort/persons.tsv")
    )
    more = {"persons": persons, "external": study.external, "adaptation": study.adaptation}
    with pytest.raises(Leakage, match=message):
        require_clean(audit(fits, splits, **more))


@pytest.mark.slow
def test_any_foreign_patient_is_found_in_any_scope(honest):
    """Whoever is not allowed in a scope, one such patient more, or in place of another one, is a leak."""
    splits = honest.study.splits
    everybody = {*splits["subject"], *honest.study.external}
    for outer in outer_scopes(splits, leave_one_center_out=True):
        for scope in [outer, *inner_scopes(splits, outer)]:
            foreign = sorted(everybody - set(scope.train))
            assert set(outer.held) | set(subjects_of(splits, TEST)) <= set(foreign)
            ledger = Ledger(splits)
            for patient in (foreign[0], foreign[-1]):
                ledger.recorder(scope.name).saw(f"more {patient}", rows([*scope.train, patient]))
                ledger.recorder(scope.name).saw(f"swapped {patient}", rows([*scope.train[1:], patient]))
            assert audit(ledger.table(), splits)["verdict"].tolist() == ["leak"] * 4, scope.name


def test_a_later_fold_is_not_allowed(honest):
    splits = honest.study.splits
    for fold in range(3):
        later = set(subjects_of(splits, "train", fold))
        for outer in outer_scopes(splits):
            if outer.name == f"fold {fold}":
                assert later.isdisjoint(outer.train)
                assert all(later.isdisjoint(inner.train) for inner in inner_scopes(splits, outer))


def test_excluded_patients_are_listed(honest):
    splits = honest.study.splits
    ledger = Ledger(splits)
    for scope in outer_scopes(splits):
        ledger.recorder(scope.name).saw("scaler", rows(scope.train[2:]))  # two patients were excluded
    found = audit(again(ledger.table()), splits)
    require_clean(found)
    assert len(found["not_seen"].iloc[0].split()) == 2


def test_a_falsified_list_of_absent_patients_does_not_hide_a_swap(honest):
    splits = honest.study.splits
    ledger = Ledger(splits)
    permitted = sorted(allowed(splits, "fold 1"))
    ledger.recorder("fold 1").saw("scaler", rows([*permitted[1:], subjects_of(splits, TEST)[0]]))
    assert audit(ledger.table().assign(not_seen=""), splits)["verdict"].tolist() == ["leak"]


def test_a_patient_counted_twice_is_found(honest):
    splits = honest.study.splits
    ledger = Ledger(splits)
    permitted = sorted(allowed(splits, "final"))
    ledger.recorder("final").saw("scaler", rows([*permitted, permitted[0]]))
    assert audit(ledger.table(), splits)["verdict"].tolist() == ["leak"]


def test_equal_fits_are_one_row(honest):
    splits = honest.study.splits
    subjects = sorted(allowed(splits, "fold 1 / fold 2"))
    ledger = Ledger(splits)
    record = ledger.recorder("fold 1 / fold 2").inside("T1")
    for note in ("", "not converged", "penalty at the end of its path", "not converged"):
        record.saw("lasso", rows(subjects), note=note)
    record.saw("lasso", rows(subjects[1:]))
    record.saw("scaler", rows(subjects))
    table = ledger.table()
    assert table["object"].tolist() == ["T1/lasso", "T1/lasso", "T1/scaler"]
    assert table["times"].tolist() == [4, 1, 1]
    assert table["note"].tolist() == ["not converged; penalty at the end of its path", "", ""]


def test_ledgers_of_other_processes_are_added(honest):
    splits = honest.study.splits
    subjects = sorted(allowed(splits, "fold 1"))
    one, other, both = Ledger(splits), Ledger(splits), Ledger(splits)
    for ledger, note in ((one, "a"), (other, "b"), (both, "a"), (both, "b")):
        ledger.recorder("fold 1").saw("model", rows(subjects), note=note)
    other.recorder("final").saw("threshold", rows(sorted(allowed(splits, "final"))))
    both.recorder("final").saw("threshold", rows(sorted(allowed(splits, "final"))))
    one.add(other.table())
    pd.testing.assert_frame_equal(one.table(), both.table())


def test_unknown_scopes_are_leaks(honest):
    splits = honest.study.splits
    for scope in ("fold 9", "fold 1 / fold 1", "adapt X"):
        ledger = Ledger(splits)
        ledger.recorder(scope).saw("scaler", rows(splits["subject"]))
        assert audit(ledger.table(), splits)["finding"].tolist() == [
            f"'scaler' was fitted for scope '{scope}', which the splits do not know"
        ]


def test_splits_with_a_hole_or_a_patient_twice_are_refused(honest):
    splits, fits = honest.study.splits, honest.fits.head(0)
    first = splits.index[splits["set"] == "train"][0]
    hole = splits.copy()
    hole.loc[first, "repeat_1"] = pd.NA
    with pytest.raises(Leakage, match=f"training patient '{splits['subject'][first]}' has no repeat_1"):
        audit(fits, hole)
    with pytest.raises(Leakage, match=f"subject '{splits['subject'][first]}' is in the splits twice"):
        audit(fits, pd.concat([splits, splits.loc[[first]]]))


def test_a_development_patient_declared_for_adaptation(honest):
    world = honest.study
    with pytest.raises(Leakage, match="patient 'A05', declared for the adaptation to X, is a development patient"):
        audit(honest.fits, world.splits, adaptation={"X": ["X00", "A05"]})


def test_tables_of_different_patients_are_refused(honest):
    record = Ledger(honest.study.splits).recorder("final").inside("T1")
    with pytest.raises(ValueError, match="T1/t test of final: its tables are of different patients"):
        record.saw("t test", rows(["A00", "A01"]), rows(["A01", "A00"]))
