"""Splits and their audit: what must hold for any cohort that is large enough."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.modelling.leakage import row_hash
from osteon.modelling.splits import FINAL, fold_numbers, make_splits, scope_of, scopes, subjects_of

groups = st.lists(st.tuples(st.integers(14, 40), st.integers(14, 40)), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(groups=groups, hold_out=st.sampled_from([0.2, 0.25, 0.4]), folds=st.integers(2, 4), seed=st.integers(0, 99))
def test_nobody_is_on_both_sides(groups, hold_out, folds, seed):
    rows = [
        (f"{center}x{outcome}x{i}", f"C{center}", outcome)
        for center, counts in enumerate(groups)
        for outcome, count in enumerate(counts)
        for i in range(count)
    ]
    study = pd.DataFrame(rows, columns=["subject", "center", "outcome"])
    table = make_splits(study, hold_out=hold_out, folds=folds, seed=seed)
    assert sorted(table["subject"]) == sorted(study["subject"])
    train, test = set(subjects_of(table, "train")), set(subjects_of(table, "test"))
    assert not train & test
    assert train | test == set(study["subject"])
    assert abs(len(test) - hold_out * len(study)) <= 1
    assert fold_numbers(table) == list(range(folds))
    held = [set(subjects_of(table, "train", fold)) for fold in range(folds)]
    assert set.union(*held) == train
    assert sum(map(len, held)) == len(train)
    assert max(map(len, held)) - min(map(len, held)) <= 1
    allowed = scopes(table)
    for fold, members in enumerate(held):
        assert not members & set(allowed[scope_of(fold)])
        assert row_hash(allowed[scope_of(fold)]) != row_hash(allowed[FINAL])
    joined = table.merge(study)
    for _, members in joined[joined["set"] == "train"].groupby(["center", "outcome"]):
        counts = members["fold"].value_counts().reindex(range(folds), fill_value=0)
        assert counts.max() - counts.min() <= 1
