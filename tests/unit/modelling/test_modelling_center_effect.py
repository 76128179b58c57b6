"""Center effect: training patients only, reasons where nothing can be measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe
from osteon.modelling.center_effect import describe_center_effect
from osteon.modelling.splits import make_splits, subjects_of


@pytest.fixture(scope="module")
def study():
    people, tables = cohort({"A": 40, "B": 40}, 8)
    return tables, make_splits(people, hold_out=0.2, folds=3, seed=0)


def test_effect_is_seen_and_removed(study):
    tables, splits = study
    found = describe_center_effect(tables, splits, recipe().harmonisation, seed=0).set_index("stage")
    assert found["patients"].tolist() == [64, 64]
    assert found.loc["before", "batch_auc"] > 0.9
    assert found.loc["after", "batch_auc"] < 0.65
    assert found.loc["after", "share_differing"] < 0.1 < found.loc["before", "share_differing"]


def test_test_patients_are_not_looked_at(study):
    tables, splits = study
    test = subjects_of(splits, "test")
    scrambled = []
    for table in tables:
        numbers = table.set_index("subject").drop(columns="center")
        numbers[numbers.index.isin(test)] = 1e9
        scrambled.append(numbers.assign(center=table["center"].iloc[0]).reset_index())
    pd.testing.assert_frame_equal(
        describe_center_effect(scrambled, splits, recipe().harmonisation, seed=0),
        describe_center_effect(tables, splits, recipe().harmonisation, seed=0),
    )


def test_without_harmonisation_there_is_no_after(study):
    tables, splits = study
    found = describe_center_effect(tables, splits, recipe(method="none").harmonisation, seed=0)
    assert found["stage"].tolist() == ["before"]


def test_nothing_to_measure_has_a_reason(study):
    tables, splits = study
    one = describe_center_effect(tables[:1], splits, recipe().harmonisation, seed=0)
    assert one["reason"].tolist() == ["one_center"]
    flat = [table[["subject", "center"]].assign(f=1.0) for table in tables]
    assert describe_center_effect(flat, splits, recipe().harmonisation, seed=0)["reason"].tolist() == ["no_features"]
    gone = [table[["subject", "center"]].assign(f=np.nan) for table in tables]
    assert describe_center_effect(gone, splits, recipe().harmonisation, seed=0)["reason"].tolist() == ["no_features"]
