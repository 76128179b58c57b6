"""Splits: strata, folds, determinism, refusals."""

from __future__ import annotations

import pandas as pd
import pytest

from osteon.modelling.splits import FINAL, make_splits, scopes, subjects_of


def development(**groups):
    """groups: center=(without, with) the outcome."""
    rows = [
        (f"{center}{outcome}{i:03d}", center, outcome)
        for center, counts in groups.items()
        for outcome, count in enumerate(counts)
        for i in range(count)
    ]
    return pd.DataFrame(rows, columns=["subject", "center", "outcome"])


@pytest.fixture(scope="module")
def study():
    return development(A=(50, 40), B=(20, 30))


def split(table, **changes):
    return make_splits(table, **({"hold_out": 0.2, "folds": 5, "seed": 1} | changes))


def test_every_patient_once_with_stratified_sets(study):
    table = split(study)
    assert table["subject"].tolist() == study.sort_values(["center", "subject"])["subject"].tolist()
    joined = table.merge(study, on=["subject", "center"])
    assert joined.groupby(["center", "outcome"])["set"].agg(lambda s: (s == "test").sum()).tolist() == [10, 8, 4, 6]
    assert joined.loc[joined["set"] == "test", "fold"].isna().all()
    counts = joined[joined["set"] == "train"].groupby(["center", "outcome", "fold"]).size().unstack()
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()


def test_order_of_rows_does_not_matter_but_the_seed_does(study):
    first = split(study)
    pd.testing.assert_frame_equal(first, split(study.sample(frac=1, random_state=3)))
    assert not first.equals(split(study, seed=2))


def test_scopes_are_the_training_patients_without_one_fold(study):
    table = split(study)
    allowed = scopes(table)
    assert list(allowed) == [FINAL, *(f"fold {k}" for k in range(5))]
    assert set(allowed[FINAL]) == set(table.loc[table["set"] == "train", "subject"])
    for k in range(5):
        held = subjects_of(table, "train", k)
        assert set(allowed[f"fold {k}"]) == set(allowed[FINAL]) - set(held)
        assert held
    assert not set(allowed[FINAL]) & set(subjects_of(table, "test"))


def test_small_groups_still_give_every_fold_both_outcomes():
    study = development(**dict.fromkeys("ABCDEF", (3, 3)))
    table = split(study, hold_out=0.34)
    joined = table[table["set"] == "train"].merge(study)
    counts = joined.groupby(["outcome", "fold"]).size().unstack()
    assert counts.shape == (2, 5)
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        (development(A=(20, 0)), {}, "same outcome"),
        (development(A=(20, 20), B=(1, 20)), {}, "center B with outcome 0 has 1 patient"),
        (development(A=(20, 9)), {}, "7 training patients with outcome 1 are too few for 5 folds.*folds to 3"),
        (development(**dict.fromkeys("ABCDEFG", (2, 2))), {}, "keeps 6 of 28 patients .* 14 groups"),
    ],
)
def test_refused(table, changes, message):
    with pytest.raises(ValueError, match=message):
        split(table, **changes)


def test_a_patient_twice_is_refused(study):
    with pytest.raises(ValueError, match="'A0000' is there twice"):
        split(pd.concat([study, study.head(1)]))
