"""Splits that stay when the tables change."""

from __future__ import annotations

import logging

import pandas as pd
import pytest

from osteon.config.modelling import Temporal, Validation
from osteon.modelling.kept_splits import continued_splits, keep, read_earlier, read_given
from osteon.modelling.splits import make_splits
from osteon.modelling.task import BINARY, Task
from osteon.tables.files import write_table

VALIDATION = Validation(hold_out=0.2, folds=4, repeats=1)


def people(counts, first=0):
    """`counts` by center and outcome."""
    rows = [
        {"subject": f"{center}{outcome}{number:03d}", "center": center, "outcome": outcome}
        for (center, outcome), count in counts.items()
        for number in range(first, first + count)
    ]
    table = pd.DataFrame(rows)
    return table.assign(person=table["subject"])


@pytest.fixture
def table():
    return people({("A", 0): 40, ("A", 1): 30, ("B", 0): 20, ("B", 1): 20})


@pytest.fixture
def earlier(table):
    return make_splits(table, VALIDATION, BINARY, 0)


def continued(table, earlier, validation=VALIDATION, task=BINARY):
    return continued_splits(table, earlier, validation, task, 0)


def test_nothing_new_changes_nothing(table, earlier):
    pd.testing.assert_frame_equal(continued(table.sample(frac=1, random_state=1), earlier), earlier)


def test_a_changed_label_moves_nobody(table, earlier):
    """With the splits made anew the same change does move patients: that is why they are kept."""
    test = earlier.loc[earlier["set"] == "test", "subject"].iloc[0]
    changed = table.assign(outcome=table["outcome"].where(table["subject"] != test, 1 - table["outcome"]))
    pd.testing.assert_frame_equal(continued(changed, earlier), earlier)
    assert not make_splits(changed, VALIDATION, BINARY, 0).equals(earlier)


@pytest.mark.slow
def test_new_patients_are_added_and_nobody_is_moved(table, earlier):
    more = people({("A", 0): 20, ("A", 1): 10, ("B", 1): 20, ("C", 0): 10, ("C", 1): 10}, first=500)
    grown = continued(pd.concat([table, more]), earlier)
    old = grown[grown["subject"].isin(table["subject"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(old, earlier)
    groups = grown.merge(pd.concat([table, more])[["subject", "outcome"]], on="subject").groupby(["center", "outcome"])
    for _, group in groups:
        assert abs((group["set"] == "test").mean() - 0.2) <= 1 / len(group)
        folds = group["fold"].dropna().value_counts().reindex(range(4), fill_value=0)
        assert folds.max() - folds.min() <= 2
    assert grown.loc[grown["set"] == "train", ["fold", "repeat_1"]].notna().all(axis=None)
    assert grown.loc[grown["set"] == "test", ["fold", "repeat_1"]].isna().all(axis=None)


def test_patients_that_are_gone_leave_the_others_where_they_were(table, earlier):
    left = continued(table.iloc[5:], earlier)
    pd.testing.assert_frame_equal(left, earlier[earlier["subject"].isin(table["subject"][5:])].reset_index(drop=True))


def test_a_new_row_of_a_known_person_goes_where_the_person_is(table, earlier):
    tested, trained = (earlier.loc[earlier["set"] == role].iloc[0] for role in ("test", "train"))
    again = pd.DataFrame(
        {"subject": ["B900", "B901"], "center": "B", "outcome": 1, "person": [tested.person, trained.person]}
    )
    grown = continued(pd.concat([table, again]), earlier).set_index("subject")
    assert grown.at["B900", "set"] == "test"
    assert grown.loc["B901", ["set", "fold", "repeat_1"]].tolist() == ["train", trained.fold, trained.repeat_1]


def test_patients_who_turn_out_to_be_one_person_are_refused(table, earlier):
    tested, trained = (earlier.loc[earlier["set"] == role, "subject"].iloc[0] for role in ("test", "train"))
    found = table.assign(person=table["person"].replace({tested: trained}))
    with pytest.raises(ValueError, match="are one person now, but earlier they were put into different sets"):
        continued(found, earlier)


def test_new_patients_of_a_temporal_split_go_by_date(table):
    validation = Validation(hold_out=Temporal(column="date", share=0.2), folds=4)
    dated = table.assign(date=[f"2024-{1 + place % 12:02d}-01" for place in range(len(table))])
    earlier = make_splits(dated, validation, BINARY, 0)
    day = dated.loc[dated["subject"].isin(earlier.loc[earlier["set"] == "test", "subject"]), "date"].min()
    more = people({("A", 1): 2}, first=700).assign(date=["2023-12-31", day])
    grown = continued(pd.concat([dated, more]), earlier, validation).set_index("subject")
    assert grown.loc[["A1700", "A1701"], "set"].tolist() == ["train", "test"]


def test_classes_and_numbers(table):
    for task, outcome in (
        (Task("classes", ("a", "b", "c")), table.index % 3),
        (Task("continuous", ()), table.index * 1.5),
    ):
        own = table.assign(outcome=outcome)
        earlier = make_splits(own, VALIDATION, task, 0)
        new = own.iloc[:3].assign(subject=["A9", "A8", "B9"], person=["A9", "A8", "B9"], center=["A", "A", "B"])
        grown = continued(pd.concat([own, new]), earlier, task=task)
        assert grown["set"].notna().all()
        assert grown.loc[grown["set"] == "train", "fold"].notna().all()


def test_what_is_kept_counts_only_for_the_same_settings(table, earlier, tmp_path, caplog):
    settings = {"seed": 0, "validation": {"folds": 4}}
    assert read_earlier(tmp_path, settings) is None
    keep(earlier, tmp_path, settings)
    pd.testing.assert_frame_equal(continued(table, read_earlier(tmp_path, settings)), earlier)
    with caplog.at_level(logging.WARNING):
        assert read_earlier(tmp_path, settings | {"seed": 1}) is None
    assert "all patients are divided anew" in caplog.text


def test_a_table_without_the_folds_is_refused(table, earlier):
    with pytest.raises(ValueError, match="no column 'repeat_1'; it needs subject, set, fold, repeat_1"):
        continued(table, earlier.drop(columns="repeat_1"))


def test_a_person_in_two_folds_of_a_repeat_is_refused(table, earlier):
    same = earlier[(earlier["set"] == "train") & (earlier["fold"] == 0)]
    one = same.iloc[0]
    other = same[same["repeat_1"] != one["repeat_1"]].iloc[0]
    found = table.assign(person=table["person"].replace({other["subject"]: one["subject"]}))
    with pytest.raises(ValueError, match="are one person now"):
        continued(found, earlier)


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        (Validation(hold_out=None, folds=4, repeats=1), "has a test set, but validation.hold_out is None"),
        (Validation(hold_out=0.2, folds=5, repeats=1), "has the folds 0, 1, 2, 3, but validation.folds is 5"),
    ],
    ids=["hold_out", "folds"],
)
def test_splits_of_another_scheme_are_refused(table, earlier, validation, message):
    with pytest.raises(ValueError, match=message):
        continued(table, earlier, validation)


def test_given_sets_have_the_ids_of_the_cases(tmp_path, earlier):
    """A table of sets is read like cases.tsv: with the same labels, as CSV as well, with a byte-order mark."""
    (tmp_path / "sets.csv").write_bytes("subject,set\nA-001,train\nA-002,test\n".encode("utf-8-sig"))
    sets, none = read_given(tmp_path / "sets.csv")
    assert none is None
    assert sets.to_dict("list") == {"subject": ["A001", "A002"], "set": ["train", "test"]}
    write_table(earlier, tmp_path / "splits.tsv")
    none, splits = read_given(tmp_path / "splits.tsv")
    assert none is None
    pd.testing.assert_frame_equal(splits, earlier, check_dtype=False)
