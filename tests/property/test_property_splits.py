"""Splits, scopes and their audit: what must hold for any cohort that is large enough."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.config.modelling import Temporal, Validation
from osteon.modelling.leakage import Ledger, audit, row_hash
from osteon.modelling.splits import (
    TEST,
    TRAIN,
    allowed,
    fold_numbers,
    inner_scopes,
    make_splits,
    outer_scopes,
    subjects_of,
)
from osteon.modelling.task import Task

groups = st.lists(st.tuples(st.integers(14, 40), st.integers(14, 40)), min_size=1, max_size=4)


def cohort(groups, rows_of=lambda number: 1):
    rows = [
        (f"{center}x{outcome}x{i}x{row}", f"C{center}", outcome, f"{center}x{outcome}x{i}", f"2024-01-{i % 9 + 1:02d}")
        for center, counts in enumerate(groups)
        for outcome, count in enumerate(counts)
        for i in range(count)
        for row in range(rows_of(i))
    ]
    return pd.DataFrame(rows, columns=["subject", "center", "outcome", "person", "date"])


@pytest.mark.slow
@settings(max_examples=60)
@given(groups=groups, hold_out=st.sampled_from([0.2, 0.25, 0.4]), folds=st.integers(2, 4), seed=st.integers(0, 99))
def test_nobody_is_on_both_sides(groups, hold_out, folds, seed):
    study = cohort(groups)
    table = make_splits(study, Validation(hold_out=hold_out, folds=folds), Task(), seed)
    assert sorted(table["subject"]) == sorted(study["subject"])
    train, test = set(subjects_of(table, TRAIN)), set(subjects_of(table, TEST))
    assert not train & test
    assert train | test == set(study["subject"])
    assert abs(len(test) - hold_out * len(study)) <= 1
    assert fold_numbers(table) == list(range(folds))
    held = [set(subjects_of(table, TRAIN, fold)) for fold in range(folds)]
    assert set.union(*held) == train
    assert sum(map(len, held)) == len(train)
    assert max(map(len, held)) - min(map(len, held)) <= 1
    final, *scopes = outer_scopes(table)
    for scope, members in zip(scopes, held, strict=True):
        assert not members & set(scope.train)
        assert row_hash(scope.train) != row_hash(final.train)
    joined = table.merge(study)
    for _, members in joined[joined["set"] == TRAIN].groupby(["center", "outcome"]):
        counts = members["fold"].value_counts().reindex(range(folds), fill_value=0)
        assert counts.max() - counts.min() <= 1


@pytest.mark.slow
@settings(max_examples=12)
@given(
    groups=st.lists(st.tuples(st.integers(14, 30), st.integers(14, 30)), min_size=2, max_size=3),
    hold_out=st.sampled_from([0.3, None, Temporal(column="date", share=0.3)]),
    shared=st.integers(0, 5),
    rows=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_no_scope_ever_sees_a_person_that_it_is_judged_on(groups, hold_out, shared, rows, seed):
    study = cohort(groups, lambda number: 1 + number % rows)
    study.loc[study["person"].isin([f"1x0x{i}" for i in range(shared)]), "person"] = "0x1x0"  # in two centers
    validation = Validation(hold_out=hold_out, folds=3, repeats=1, leave_one_center_out=True)
    table = make_splits(study.sample(frac=1, random_state=seed), validation, Task(), seed)
    person = table.set_index("subject")["person"]
    test = set(person[subjects_of(table, TEST)])
    ledger = Ledger(table)
    for outer in outer_scopes(table, leave_one_center_out=True):
        assert test.isdisjoint(person[outer.train])
        assert set(person[outer.held]).isdisjoint(person[outer.train])
        assert allowed(table, outer.name) == set(outer.train)
        inner = inner_scopes(table, outer)
        assert sorted(subject for scope in inner for subject in scope.held) == outer.train
        for scope in inner:
            assert set(scope.train) <= set(outer.train)
            assert set(person[scope.held]).isdisjoint(person[scope.train])
            assert allowed(table, scope.name) == set(scope.train)
            ledger.recorder(scope.name).saw("honest", pd.DataFrame(index=scope.train))
            ledger.recorder(scope.name).saw("greedy", pd.DataFrame(index=outer.train))
    found = audit(ledger.table(), table)
    assert (found["verdict"].eq("leak") == found["object"].eq("greedy")).all()
