"""What must hold for any features: pruning by correlation and the stability of a selection."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from osteon.config.selection import Correlation, Variance
from osteon.modelling.selection.filters import absolute_spearman, correlation, variance
from osteon.modelling.selection.reproducibility import stability_index

TABLES = arrays(float, st.tuples(st.integers(4, 12), st.integers(1, 8)), elements=st.integers(-4, 4).map(float))
SETS = st.lists(st.sets(st.sampled_from("abcdef")), min_size=2, max_size=8)


def named(values):
    return pd.DataFrame(values, columns=[f"f{i}" for i in range(values.shape[1])])


@pytest.mark.slow
@given(TABLES, st.sampled_from([0.3, 0.5, 0.9]), st.randoms(use_true_random=False))
def test_pruning_depends_on_no_order_and_no_unit(values, limit, random):
    table = named(values)
    kept = correlation(Correlation(limit=limit), table).columns
    columns, rows = list(table.columns), list(table.index)
    random.shuffle(columns)
    random.shuffle(rows)
    other = table.loc[rows, sorted(columns)] ** 3 * 7 + 1
    assert correlation(Correlation(limit=limit), other).columns == kept
    shuffled = correlation(Correlation(limit=limit), table[columns].loc[rows]).columns
    assert set(shuffled) == set(kept)


@given(TABLES, st.sampled_from([0.3, 0.5, 0.9]))
def test_pruning_leaves_no_pair_and_drops_nothing_without_a_partner(values, limit):
    table = named(values)
    kept = correlation(Correlation(limit=limit), table).columns
    rho = pd.DataFrame(absolute_spearman(values), table.columns, table.columns)
    for column in table.columns:
        partners = [other for other in kept if other != column and rho.loc[column, other] > limit]
        assert bool(partners) == (column not in kept)


@pytest.mark.slow
@given(TABLES, st.integers(2, 6))
def test_variance_keeps_what_varies_in_any_unit(values, distinct):
    table = named(values)
    kept = variance(Variance(distinct=distinct), table).columns
    assert variance(Variance(distinct=distinct), table * 1e-7).columns == kept
    for column in kept:
        assert table[column].nunique() >= min(distinct, len(table))


@settings(max_examples=200)
@given(SETS, st.randoms(use_true_random=False))
def test_stability_index_is_at_most_one_and_depends_on_no_order(sets, random):
    found = stability_index(sets, 6)
    assert np.isfinite(found.value) == (found.reason is None)
    shuffled = sets[:]
    random.shuffle(shuffled)
    assert stability_index(shuffled, 6) == found or found.reason
    if found.reason is None:
        assert found.value <= 1
        assert (found.value == 1) == all(one == sets[0] for one in sets)
