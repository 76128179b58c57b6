"""ComBat: what must hold for any table."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.harmonise.combat import ComBat

PRIORS = ["parametric", "non_parametric", "none"]
seeds = st.integers(0, 10_000)
variants = st.fixed_dictionaries(
    {"prior": st.sampled_from(PRIORS), "mean_only": st.booleans(), "reference_batch": st.sampled_from([None, "A"])}
)


def world(seed):
    """Values, batches and a covariate: 2 to 4 batches of 3 to 12 rows, 2 to 6 features."""
    random = np.random.default_rng(seed)
    batch = np.repeat(list("ABCD")[: random.integers(2, 5)], random.integers(3, 13))
    values = random.normal(size=(len(batch), random.integers(2, 7)))
    values = values * random.uniform(0.5, 3) + (batch == "B")[:, None] * random.normal(0, 3)
    return random, values, batch, random.normal(size=(len(batch), 1))


def harmonised(values, batch, covariates, variant):
    return ComBat(**variant).fit(values, batch, covariates).transform(values, batch, covariates)


@settings(max_examples=40)
@given(seed=seeds, variant=variants)
def test_units_do_not_matter(seed, variant):
    """Multiplying and shifting features does the same to the result, over forty orders of magnitude."""
    random, values, batch, covariate = world(seed)
    factor, offset = 10 ** random.uniform(-20, 20, values.shape[1]), random.normal(size=values.shape[1])
    expected = (harmonised(values, batch, covariate, variant) + offset) * factor
    found = harmonised((values + offset) * factor, batch, covariate, variant)
    assert (np.abs(found - expected) <= 1e-6 * factor).all()


@settings(max_examples=40)
@given(seed=seeds, variant=variants)
def test_order_of_rows_and_features_does_not_matter(seed, variant):
    random, values, batch, covariate = world(seed)
    rows, columns = random.permutation(len(values)), random.permutation(values.shape[1])
    expected = harmonised(values, batch, covariate, variant)[rows][:, columns]
    found = harmonised(values[rows][:, columns], batch[rows], covariate[rows], variant)
    assert np.abs(found - expected).max() < 1e-6


@settings(max_examples=40)
@given(seed=seeds, variant=variants)
def test_rows_are_transformed_one_by_one(seed, variant):
    _, values, batch, covariate = world(seed)
    combat = ComBat(**variant).fit(values, batch, covariate)
    whole = combat.transform(values, batch, covariate)
    single = np.vstack([combat.transform(values[[i]], batch[[i]], covariate[[i]]) for i in range(len(values))])
    assert np.abs(single - whole).max() < 1e-12
    again = ComBat.from_state(combat.get_state()).transform(values, batch, covariate)
    assert (again == whole).all()


@settings(max_examples=40)
@given(seed=seeds, variant=variants)
def test_order_within_a_batch_is_kept(seed, variant):
    """Without covariates each batch is moved and stretched, never folded."""
    _, values, batch, _ = world(seed)
    found = harmonised(values, batch, None, variant)
    for name in set(batch):
        for column in range(values.shape[1]):
            assert (np.argsort(values[batch == name, column]) == np.argsort(found[batch == name, column])).all()


@settings(max_examples=30)
@given(seed=seeds)
def test_without_shrinkage_means_become_equal(seed):
    _, values, batch, _ = world(seed)
    found = harmonised(values, batch, None, {"prior": "none"})
    means = np.array([found[batch == name].mean(axis=0) for name in sorted(set(batch))])
    assert np.ptp(means, axis=0).max() < 1e-9
