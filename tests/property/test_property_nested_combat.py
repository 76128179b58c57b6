"""Nested ComBat: what must hold for any table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.harmonise.nested import NestedComBat

seeds = st.integers(0, 10_000)
variants = st.fixed_dictionaries(
    {
        "prior": st.sampled_from(["parametric", "non_parametric", "none"]),
        "mean_only": st.booleans(),
        "reference": st.sampled_from([None, "A"]),
    }
)
# Two runs of the parametric iteration may end one step apart: an effect then differs by 1e-4 of itself.
STEP = 1e-3


def world(seed):
    """Values, two columns of batches, a covariate: 2 to 4 centers of 6 to 15 rows, 3 to 7 features, one constant."""
    random = np.random.default_rng(seed)
    center = np.repeat(list("ABCD")[: random.integers(2, 5)], random.integers(6, 16))
    model = np.resize(["new", "old"], len(center))
    values = random.normal(size=(len(center), random.integers(3, 8))) * random.uniform(0.5, 3)
    values += (center == "B")[:, None] * random.normal(0, 3) + (model == "old")[:, None] * random.normal(0, 2)
    values[:, 1] = 0.1
    return random, values, pd.DataFrame({"center": center, "model": model}), random.normal(size=(len(center), 1))


@settings(max_examples=30)
@given(seed=seeds, variant=variants)
def test_units_do_not_matter(seed, variant):
    random, values, batches, covariate = world(seed)
    factor = 10 ** random.uniform(-20, 20, values.shape[1])
    plain = NestedComBat(**variant).fit(values, batches, covariate).transform(values, batches, covariate)
    scaled = values * factor
    found = NestedComBat(**variant).fit(scaled, batches, covariate).transform(scaled, batches, covariate)
    assert (np.abs(found - plain * factor) <= STEP * np.abs(values).max() * factor).all()
    assert (plain[:, 1] == 0.1).all()


@settings(max_examples=30)
@given(seed=seeds, variant=variants)
def test_rows_and_centers_alone(seed, variant):
    """One row, one center, the rows in another order: each value is that of the whole table, to the bit."""
    random, values, batches, covariate = world(seed)
    nested = NestedComBat(**variant).fit(values, batches, covariate)
    whole = nested.transform(values, batches, covariate)
    orders = [[int(random.integers(len(values)))], random.permutation(len(values))]
    orders += [np.flatnonzero(batches["center"] == name) for name in sorted(set(batches["center"]))]
    for rows in orders:
        assert (nested.transform(values[rows], batches.iloc[rows], covariate[rows]) == whole[rows]).all()


@settings(max_examples=30)
@given(seed=seeds, variant=variants)
def test_order_of_the_training_rows_does_not_matter(seed, variant):
    random, values, batches, covariate = world(seed)
    rows = random.permutation(len(values))
    one = NestedComBat(**variant).fit(values, batches, covariate)
    other = NestedComBat(**variant).fit(values[rows], batches.iloc[rows], covariate[rows])
    difference = other.transform(values, batches, covariate) - one.transform(values, batches, covariate)
    assert np.abs(difference).max() <= STEP * np.abs(values).max()


@settings(max_examples=30)
@given(seed=seeds, variant=variants)
def test_restricted_are_columns_of_the_whole(seed, variant):
    random, values, batches, covariate = world(seed)
    nested = NestedComBat(**variant).fit(values, batches, covariate)
    columns = random.permutation(values.shape[1])[:2]
    part = nested.restricted(columns)
    whole = nested.transform(values, batches, covariate)
    assert (part.transform(values[:, columns], batches, covariate) == whole[:, columns]).all()
    assert (part.adjusted == nested.adjusted[columns]).all()


@settings(max_examples=30)
@given(seed=seeds, variant=variants)
def test_unseen_batches_keep_their_values(seed, variant):
    _, values, batches, covariate = world(seed)
    nested = NestedComBat(**variant).fit(values, batches, covariate)
    unseen = pd.DataFrame({"center": "X", "model": "unknown"}, index=batches.index)
    assert (nested.transform(values, unseen, covariate) == values).all()
    first, second = nested.steps.values()
    known_center = nested.transform(values, batches.assign(model="unknown"), covariate)
    assert (known_center == first.transform(values, batches["center"], covariate)).all()
    known_model = nested.transform(values, batches.assign(center="X"), covariate)
    assert (known_model == second.transform(values, batches["model"], covariate)).all()


@settings(max_examples=30)
@given(seed=seeds, variant=variants)
def test_adapting_changes_no_known_batch(seed, variant):
    random, values, batches, covariate = world(seed)
    nested = NestedComBat(**variant).fit(values, batches, covariate)
    rows = random.normal(4, 3, size=(8, values.shape[1]))
    new = pd.DataFrame({"center": ["N"] * 5 + ["A"] * 3, "model": ["newest"] * 4 + ["old"] * 4})
    adapted = nested.adapt(rows, new, covariate[:8])
    assert adapted.known(new).all()
    before, after = (step.transform(values, batches, covariate) for step in (nested, adapted))
    assert before.tobytes() == after.tobytes()
