"""Splits: strata, persons, dates, folds, determinism, scopes, refusals."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from osteon.config.modelling import Temporal, Validation
from osteon.modelling.splits import (
    FINAL,
    TEST,
    TRAIN,
    allowed,
    fold_numbers,
    inner_scopes,
    make_splits,
    outer_scopes,
    scope_of,
    subjects_of,
)
from osteon.modelling.task import Task

BINARY = Task()
GRADES = Task("classes", ("normal", "osteopenia", "osteoporosis"))
NUMBER = Task("continuous", ())
LEAVE_OUT = {"leave_one_center_out": True}


def development(rows_each=1, **groups):
    """groups: center=(patients with outcome 0, with outcome 1, ...), each person with as many rows."""
    rows = [
        (f"{center}{outcome}{i:03d}" + (f"L{level}" if rows_each > 1 else ""), center, outcome, f"{center}{outcome}{i}")
        for center, counts in groups.items()
        for outcome, count in enumerate(counts)
        for i in range(count)
        for level in range(rows_each)
    ]
    return pd.DataFrame(rows, columns=["subject", "center", "outcome", "person"])


def dated(people, seed=0):
    """Two patients examined on each day, in random order."""
    days = np.datetime64("2023-01-01") + np.random.default_rng(seed).permutation(len(people)) // 2
    return people.assign(date=days.astype(str))


@pytest.fixture(scope="module")
def study():
    return development(A=(50, 40), B=(20, 30))


@pytest.fixture(scope="module")
def several():
    """Three rows per person, and one person with a row in each center."""
    people = development(3, A=(20, 20), B=(20, 20), C=(20, 20))
    people.loc[people["subject"] == "B1000L0", "person"] = "A00"
    return people


def split(table, task=BINARY, seed=1, **changes):
    return make_splits(table, Validation(**({"hold_out": 0.2, "folds": 5} | changes)), task, seed)


def test_every_patient_once_with_stratified_sets(study):
    table = split(study)
    assert list(table.columns) == ["subject", "center", "person", "set", "fold"]
    assert table["subject"].tolist() == study.sort_values(["center", "subject"])["subject"].tolist()
    joined = table.merge(study)
    assert joined.groupby(["center", "outcome"])["set"].agg(lambda s: (s == "test").sum()).tolist() == [10, 8, 4, 6]
    assert joined.loc[joined["set"] == "test", "fold"].isna().all()
    counts = joined[joined["set"] == "train"].groupby(["center", "outcome", "fold"]).size().unstack()
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()


def test_the_splits_of_studies_that_were_made_before_stay():
    # written down before persons, dates and other outcomes came: results of running studies must not move
    table = split(development(A=(6, 6), B=(6, 6)), folds=2, hold_out=0.25, seed=2026)
    codes = "".join("T" if pd.isna(fold) else str(fold) for fold in table["fold"])
    assert codes == "T0010101T0T1TT00111011T0"


@pytest.mark.parametrize("hold_out", [0.2, None, Temporal(column="d", share=0.3)], ids=["share", "none", "temporal"])
@pytest.mark.parametrize("several_rows", [False, True])
def test_order_of_rows_does_not_matter_but_the_seed_does(study, several, hold_out, several_rows):
    people = dated(several if several_rows else study)
    first = split(people, hold_out=hold_out, repeats=2)
    pd.testing.assert_frame_equal(first, split(people.sample(frac=1, random_state=3), hold_out=hold_out, repeats=2))
    assert not first.equals(split(people, hold_out=hold_out, repeats=2, seed=2))


def test_small_groups_still_give_every_fold_both_outcomes():
    study = development(**dict.fromkeys("ABCDEF", (3, 3)))
    table = split(study, hold_out=0.34)
    joined = table[table["set"] == "train"].merge(study)
    counts = joined.groupby(["outcome", "fold"]).size().unstack()
    assert counts.shape == (2, 5)
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()


@pytest.mark.parametrize("hold_out", [0.2, None, Temporal(column="d", share=0.3)], ids=["share", "none", "temporal"])
def test_rows_of_one_person_stay_together(several, hold_out):
    table = split(dated(several), hold_out=hold_out, repeats=3)
    by_person = table.groupby("person")
    assert (by_person["set"].nunique() == 1).all()
    train = table[table["set"] == TRAIN].groupby("person")
    for column in ("fold", "repeat_1", "repeat_2", "repeat_3"):
        assert (train[column].nunique() == 1).all()


def test_persons_are_dealt_evenly(several):
    table = split(several).merge(several)
    persons = table[table["person"] != "A00"].drop_duplicates("person")
    test = persons[persons["set"] == TEST].groupby(["center", "outcome"]).size()
    assert test.between(3, 5).all()
    counts = persons[persons["set"] == TRAIN].groupby(["center", "outcome", "fold"]).size().unstack()
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()


def test_a_person_counts_for_the_highest_outcome():
    people = development(2, A=(40, 40))
    mixed = people["person"].isin([f"A0{i}" for i in range(20)]) & people["subject"].str.endswith("L1")
    people["outcome"] = people["outcome"].where(~mixed, 1)
    table = split(people).merge(people)
    highest = table.groupby("person").agg({"outcome": "max", "set": "first"})
    assert highest[highest["set"] == TEST]["outcome"].value_counts().to_dict() == {1: 12, 0: 4}


def test_repeats_have_other_folds_of_the_same_patients(study):
    table = split(study, repeats=3)
    assert list(table.columns[5:]) == ["repeat_1", "repeat_2", "repeat_3"]
    train = table[table["set"] == TRAIN]
    assert table.loc[table["set"] == TEST, ["repeat_1", "repeat_2", "repeat_3"]].isna().all(axis=None)
    columns = [tuple(train[name]) for name in ("fold", "repeat_1", "repeat_2", "repeat_3")]
    assert len(set(columns)) == 4
    joined = train.merge(study)
    for name in ("repeat_1", "repeat_2", "repeat_3"):
        counts = joined.groupby(["center", "outcome", name]).size().unstack()
        assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()
    pd.testing.assert_frame_equal(table[["subject", "set", "fold"]], split(study)[["subject", "set", "fold"]])


def test_classes_are_in_every_set_and_fold():
    people = development(A=(30, 20, 15), B=(15, 15, 30))
    joined = split(people, GRADES).merge(people)
    sizes = joined.groupby(["center", "outcome"]).size()
    test = joined[joined["set"] == TEST].groupby(["center", "outcome"]).size()
    assert (test - 0.2 * sizes).abs().max() <= 1
    counts = joined[joined["set"] == TRAIN].groupby(["center", "outcome", "fold"]).size().unstack()
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()


def test_numbers_are_balanced_by_quarter():
    people = development(A=(100,), B=(60,))
    values = np.random.default_rng(0).normal(100, 30, len(people)) + 80 * (people["center"] == "B")
    people["outcome"] = values
    joined = split(people, NUMBER).merge(people)
    quarter = joined.groupby("center")["outcome"].transform(lambda v: pd.qcut(v, 4, labels=False))
    counts = joined[joined["set"] == TEST].groupby(["center", quarter]).size()
    assert counts["A"].tolist() == [5, 5, 5, 5]
    assert counts["B"].tolist() == [3, 3, 3, 3]
    means = joined[joined["set"] == TRAIN].groupby("fold")["outcome"].mean()
    assert means.max() - means.min() < 0.5 * values.std()


def test_without_hold_out_everybody_trains(study):
    table = split(study, hold_out=None)
    assert (table["set"] == TRAIN).all()
    assert fold_numbers(table) == [0, 1, 2, 3, 4]


def test_temporal_split_at_a_day(study):
    people = dated(study)
    table = split(people, hold_out=Temporal(column="d", begin="2023-02-20"))
    late = people.loc[people["date"] >= "2023-02-20", "subject"]
    assert subjects_of(table, TEST) == sorted(late)
    assert "2023-02-20" in set(people["date"])


def test_temporal_share_keeps_days_together(study):
    people = dated(study)
    table = split(people, hold_out=Temporal(column="d", share=0.25)).merge(people)
    assert (table["set"] == TEST).sum() in (34, 36)  # of 140 patients 35, and two of each day
    assert (table.groupby("date")["set"].nunique() == 1).all()
    assert table.loc[table["set"] == TEST, "date"].min() > table.loc[table["set"] == TRAIN, "date"].max()


def test_a_person_with_an_early_row_trains(several):
    people = dated(several)
    first = people.groupby("person")["date"].transform("min")
    table = split(people, hold_out=Temporal(column="d", begin="2023-03-15"), folds=3)
    assert subjects_of(table, TEST) == sorted(people.loc[first >= "2023-03-15", "subject"])
    # a row of a training person may well be later than the day
    assert (people.loc[people["subject"].isin(subjects_of(table, TRAIN)), "date"] >= "2023-03-15").any()


def test_test_patients_do_not_move_the_folds_of_a_temporal_split(study):
    people, hold_out = dated(study), Temporal(column="d", begin="2023-02-20")
    late = people["date"] >= "2023-02-20"
    changed = people.assign(outcome=people["outcome"].where(~late, 1 - people["outcome"]))
    changed = changed.drop(index=changed.index[late][0])
    before, after = (split(table, hold_out=hold_out, repeats=1) for table in (people, changed))
    train = [table[table["set"] == TRAIN].reset_index(drop=True) for table in (before, after)]
    pd.testing.assert_frame_equal(*train)


def names(scopes):
    return [scope.name for scope in scopes]


def test_outer_scopes_final_first(study):
    table = split(study, folds=2, repeats=2, **LEAVE_OUT)
    assert names(outer_scopes(table, leave_one_center_out=True)) == [
        *("final", "fold 0", "fold 1"),
        *("repeat 1 fold 0", "repeat 1 fold 1", "repeat 2 fold 0", "repeat 2 fold 1"),
        *("without A", "without B"),
    ]
    assert names(outer_scopes(table))[-1] == "repeat 2 fold 1"
    assert scope_of(None) == FINAL
    assert scope_of(3) == "fold 3"


def test_scopes_divide_the_training_patients(study):
    table = split(study, repeats=1, **LEAVE_OUT)
    train = subjects_of(table, TRAIN)
    final, *others = outer_scopes(table, leave_one_center_out=True)
    assert (final.train, final.held) == (train, [])
    assert len(others) == 12
    for scope in others:
        assert sorted(scope.train + scope.held) == train
        assert scope.held
    assert others[1].held == subjects_of(table, TRAIN, 1)
    assert {subject[0] for subject in others[-1].held} == {"B"}


def test_inner_scopes_divide_the_outer_training_patients(study):
    table = split(study, repeats=2, **LEAVE_OUT)
    for outer in outer_scopes(table, leave_one_center_out=True):
        inner = inner_scopes(table, outer)
        assert len(inner) == (5 if outer.name == "final" or outer.name.startswith("without") else 4)
        assert sorted(subject for scope in inner for subject in scope.held) == outer.train
        for scope in inner:
            assert scope.name.startswith(f"{outer.name} / fold ")
            assert sorted(scope.train + scope.held) == outer.train
            assert not set(scope.train) & set(outer.held)


def test_every_scope_can_be_found_again_in_the_written_table(study):
    table = split(study, repeats=2, **LEAVE_OUT)
    again = pd.read_csv(io.StringIO(table.to_csv(sep="\t", index=False)), sep="\t")  # folds are 1.0 and empty there
    for outer in outer_scopes(table, leave_one_center_out=True):
        for scope in [outer, *inner_scopes(table, outer)]:
            assert allowed(again, scope.name) == set(scope.train)


@pytest.mark.parametrize(
    "name",
    [
        *("fold 5", "fold 01", "fold", "fold -1", "fold 1 ", "Final", "", " / ", "final / ", "final / fold 5"),
        *("fold 1 / fold 1", "fold 1 / fold 2 / fold 3", "repeat 2 fold 0", "repeat 1", "repeat 1 fold 1 / fold 1"),
        *("without Z", "without ", "without A / without B", "without A / fold 9", "adapt A"),
    ],
)
def test_other_names_are_no_scopes(study, name):
    assert allowed(split(study, repeats=1), name) is None


def test_whoever_is_known_in_the_left_out_center_is_not_learned_from(several):
    table = split(several, hold_out=None, **LEAVE_OUT)
    scope = next(scope for scope in outer_scopes(table, leave_one_center_out=True) if scope.name == "without B")
    assert "B1000L0" in scope.held
    assert {"A0000L0", "A0000L1", "A0000L2"}.isdisjoint(scope.train + scope.held)
    assert set(table.loc[table["center"] != "B", "subject"]) - set(scope.train) == {"A0000L0", "A0000L1", "A0000L2"}
    assert allowed(table, "without B") == set(scope.train)


def test_two_folds_leave_nothing_to_tune_in(study):
    table = split(study, folds=2)
    scopes = {scope.name: scope for scope in outer_scopes(table)}
    assert len(inner_scopes(table, scopes["final"])) == 2
    with pytest.raises(ValueError, match="within 'fold 1' one fold is left; set validation"):
        inner_scopes(table, scopes["fold 1"])
    assert allowed(table, "fold 1 / fold 0") is None


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        (development(A=(20, 0)), {}, "all 20 development patients have the same outcome; .* with and without it"),
        (development(A=(20, 20), B=(1, 20)), {}, "center B with outcome 0 has 1 patient"),
        (development(A=(20, 9)), {}, "7 training patients with outcome 1 are too few for 5 folds.*folds to 3"),
        (development(A=(20, 9)), {"hold_out": None}, "9 training patients with outcome 1 .*folds to 4"),
        (development(3, A=(20, 9)), {}, "7 training patients with outcome 1 are too few"),
        (development(**dict.fromkeys("ABCDEFG", (2, 2))), {}, "keeps 6 of 28 patients .* 14 groups"),
        (development(A=(20, 20, 0)), {"task": GRADES}, "no development patient has outcome osteoporosis; .*classes"),
        (development(A=(20, 20, 8)), {"task": GRADES}, "6 training patients with outcome osteoporosis are too few"),
        (development(A=(20, 20, 20), B=(5, 1, 5)), {"task": GRADES}, "center B with outcome osteopenia has 1 patient"),
        (development(A=(20,)), {"task": NUMBER}, "all 20 .* needs patients with different ones"),
        (development(A=(20, 20)), LEAVE_OUT, "without A no training patient has outcome 0; write .*center_out: false"),
        (development(A=(20, 20), B=(0, 20)), LEAVE_OUT, "without A no training patient has outcome 0"),
        (
            dated(development(A=(20, 20))),
            {"hold_out": Temporal(column="d", begin="2022-01-01")},
            "no development patient was examined before 2022-01-01; change validation.hold_out",
        ),
        (
            dated(development(A=(20, 20))),
            {"hold_out": Temporal(column="d", begin="2024-01-01")},
            "no development patient was examined on 2024-01-01 or later",
        ),
        (
            development(A=(30, 30)).assign(date=["2023-01-01"] * 30 + ["2024-01-01"] * 30),
            {"hold_out": Temporal(column="d", begin="2024-01-01")},
            "examined before 2024-01-01 has outcome 1, but both sets need every outcome",
        ),
        (
            development(A=(30, 30)).assign(date="2024-01-01"),
            {"hold_out": Temporal(column="d", share=0.2)},
            "all development patients have the date 2024-01-01",
        ),
        (
            development(A=(30, 30)).assign(date=["2024-01-01"] * 59 + [None]),
            {"hold_out": Temporal(column="day", share=0.2)},
            "subject 'A1029' has no date in column 'day'",
        ),
    ],
)
def test_refused(table, changes, message):
    with pytest.raises(ValueError, match=message):
        split(table, **changes)


def test_too_few_numbers():
    people = development(A=(12,)).assign(outcome=range(12))
    with pytest.raises(ValueError, match="8 training patients are too few for 5 folds"):
        split(people, NUMBER, hold_out=0.3)
    with pytest.raises(ValueError, match="center A with outcome in quarter 1 has 1 patient"):
        split(people.head(7), NUMBER, hold_out=0.3)


def test_a_patient_twice_is_refused(study):
    with pytest.raises(ValueError, match="'A0000' is there twice"):
        split(pd.concat([study, study.head(1)]))


def given_sets(people, **changed):
    sets = pd.DataFrame({"subject": people["subject"], "set": "train"})
    sets.loc[::4, "set"] = "test"
    for subject, value in changed.items():
        sets.loc[sets["subject"] == subject, "set"] = value
    return sets


def test_sets_that_are_given_stay_and_folds_are_made_of_the_training_patients():
    table = given_people()
    sets = given_sets(table)
    splits = make_splits(table, GIVEN, BINARY, 1, sets.sample(frac=1, random_state=2))
    merged = splits.merge(sets, on="subject")
    assert (merged["set_x"] == merged["set_y"]).all()
    train = splits[splits["set"] == "train"]
    assert splits.loc[splits["set"] == "test", "fold"].isna().all()
    outcome = table.set_index("subject")["outcome"]
    assert train.groupby("fold")["subject"].agg(lambda own: outcome[own].nunique()).eq(2).all()
    assert train["fold"].value_counts().between(14, 16).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda sets: sets.iloc[2:], "2 patients have no set in the given table, 'A0' among them; add them"),
        (lambda sets: pd.concat([sets, sets.tail(1)]), "subject 'A79' is twice in the given table; keep one row"),
        (lambda sets: sets.assign(set="train"), "has no test set, but validation.hold_out is 0.2"),
        (lambda sets: sets.replace({"set": {"test": "Test"}}), "'Test' in column 'set' .* neither train nor test"),
    ],
    ids=["somebody lacks", "twice", "no test set", "another word"],
)
def test_sets_that_do_not_fit(change, message):
    table = given_people()
    with pytest.raises(ValueError, match=message):
        make_splits(table, GIVEN, BINARY, 1, change(given_sets(table)))


def test_a_person_on_both_sides_of_given_sets():
    table = given_people()
    table.loc[table["subject"] == "A1", "person"] = "A0"
    with pytest.raises(ValueError, match="'A0' and 'A1' are one person, but the given table divides them"):
        make_splits(table, GIVEN, BINARY, 1, given_sets(table))


GIVEN = Validation(hold_out=0.2, folds=4)


def given_people():
    """Eighty patients of one center, half of them with the outcome."""
    subjects = [f"A{number}" for number in range(80)]
    return pd.DataFrame({"subject": subjects, "center": "A", "outcome": [0, 0, 1, 1] * 20, "person": subjects})
