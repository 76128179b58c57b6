"""Tables that hospitals really send: each is modelled rightly, or refused with a sentence that says what to change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe, split
from osteon.modelling.crossfit import fit_model
from osteon.modelling.patients import join_patients

FIRST, SECOND = "T1_L1L3_f0", "T1_L1L3_f1"


def fitted(people, tables, *, folds: int = 3, **settings):
    patients = join_patients(people, tables)
    options = {"scores": ("T1",), "clinical": (), "method": "none"} | settings
    return fit_model(recipe(**options), patients, split(people, folds=folds))


@pytest.fixture(scope="module")
def given():
    return cohort({"A": 40, "B": 40}, 6, signal=3.0, sequences=("T1",))


@pytest.fixture(scope="module")
def reference(given):
    return fitted(*given)


def changed(tables, column, values):
    """The tables of all centers with another column; values by center, or the same for all."""
    return [
        table.assign(**{column: values[number] if isinstance(values, list) else values})
        for number, table in enumerate(tables)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "fate"),
    [
        (np.nan, "all_missing"),
        ([np.nan, 1.0], "missing_in_center"),
        (5.0, "near_constant"),
        ([1e90, 1e90], "near_constant"),
    ],
)
def test_columns_without_information_are_left_out_with_a_reason(given, reference, values, fate):
    people, tables = given
    after = fitted(people, changed(tables, "T1_L1L3_bad", values))
    rows = after.selection.set_index("feature")
    assert rows.loc["T1_L1L3_bad", "fate"] == fate
    assert "T1_L1L3_bad" not in after.bundle.model.feature_columns
    pd.testing.assert_frame_equal(after.oof_predictions, reference.oof_predictions)


def test_a_value_of_absurd_size_gives_numbers(given):
    people, tables = given
    odd = tables[0][SECOND].where(tables[0].index != 3, 1e99)
    found = fitted(people, changed(tables, SECOND, [odd, tables[1][SECOND]]))
    assert found.oof_predictions["probability"].between(0, 1).all()


def test_a_feature_that_only_one_table_has(given):
    people, tables = given
    found = fitted(people, [tables[0], tables[1].drop(columns=SECOND)])
    assert found.selection.set_index("feature").loc[SECOND, "fate"] == "missing_in_center"


def test_missing_values_are_counted_and_not_dropped(given):
    people, tables = given
    holes = tables[0].mask(np.random.default_rng(0).random(tables[0].shape) < 0.2)
    holes[["subject", "center"]] = tables[0][["subject", "center"]]
    found = fitted(people, [holes, tables[1]])
    train = split(people, folds=3).query("set == 'train'")
    assert set(found.oof_predictions["subject"]) == set(train["subject"])
    used = found.bundle.model.feature_columns
    imputed = found.oof_predictions.set_index("subject")["imputed"]
    assert imputed.sum() > 0
    assert (imputed <= len(used) + 6).all()
    assert imputed[[subject for subject in imputed.index if subject.startswith("B")]].sum() == 0


def test_more_features_than_patients():
    """Eight training patients and ten features: a model or a sentence, never a wrong number."""
    people, tables = cohort({"A": 10}, 10, signal=2.0, sequences=("T1",), seed=3)
    people["outcome"] = [0, 1] * 5
    found = fitted(people, tables, folds=2)
    assert found.oof_predictions["probability"].between(0, 1).all()
    assert len(found.oof_predictions) == 8


def one_class(people, tables):
    return people.assign(outcome=1), tables


def features_of_one_class(people, tables):
    positive = people.loc[people["outcome"] == 1, "subject"]
    return people, [table[table["subject"].isin(positive)] for table in tables]


def copy(people, tables):
    outcome = people.set_index("subject")["outcome"]
    return people, [table.assign(T1_L1L3_leak=5 - outcome[table["subject"]].to_numpy()) for table in tables]


def cell(value):
    def spoil(people, tables):
        table = tables[0].copy()
        table[FIRST] = table[FIRST].astype(object)
        table.loc[3, FIRST] = value
        return people, [table, tables[1]]

    return spoil


def doubled_column(people, tables):
    return people, [tables[0].rename(columns={SECOND: FIRST}), tables[1]]


def two_centers(people, tables):
    moved = tables[0].iloc[[5]].assign(center="B")
    return people, [tables[0], pd.concat([tables[1], moved])]


def other_center(people, tables):
    return people, [tables[0].assign(center=["B", *["A"] * 39]), tables[1]]


def everything_missing(people, tables):
    features = [column for column in tables[0] if column.startswith("T1_")]
    return people, [table.assign(**dict.fromkeys(features, np.nan)) for table in tables]


@pytest.mark.parametrize(
    ("spoil", "settings", "message"),
    [
        (one_class, {}, r"splits: all 80 development patients have the same outcome"),
        (
            features_of_one_class,
            {},
            r"\d+ of 64 training patients have features, and not both outcomes occur among them",
        ),
        (copy, {}, r"column 'T1_L1L3_leak' is a copy of the outcome; remove it from the inputs"),
        (cell("12,5"), {}, rf"column '{FIRST}' has '12,5' for subject 'A0003'; write a number or leave the cell empty"),
        (cell("<0.1"), {}, rf"column '{FIRST}' has '<0.1' for subject 'A0003'"),
        (cell(np.inf), {}, rf"column '{FIRST}' is infinite for subject 'A0003'; leave the cell empty"),
        (doubled_column, {}, rf"column '{FIRST}' is there twice"),
        (two_centers, {}, r"subject 'A0005' is there twice; ids must be unique over all centers"),
        (
            other_center,
            {},
            r"subject 'A0000' is of center 'A' in the participants table and of 'B' in the feature table",
        ),
        (everything_missing, {}, r"no feature has values that vary among the \d+ training patients of"),
        (
            lambda people, tables: (people.assign(age=np.nan), tables),
            {"clinical": ("age",)},
            r"column 'age' has no value in the \d+ training patients; remove it from the model, or complete the table",
        ),
        (
            lambda people, tables: (people.drop(index=range(43, 80)), [tables[0], tables[1][:3]]),
            {"method": "combat"},
            r"ComBat: center 'B' has \d patients among the training rows of .*, fewer than harmonisation.minimum = 10",
        ),
    ],
)
def test_what_cannot_be_modelled_is_refused_with_a_sentence(given, spoil, settings, message):
    with pytest.raises(ValueError, match=message) as caught:
        fitted(*spoil(*given), **settings)
    assert "\n" not in str(caught.value)
