"""Adapting to a center that was not seen in training: its effects alone are new."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from osteon.harmonise.combat import ComBat

BATCH = np.repeat(["A", "B", "C"], [40, 30, 50])
PRIORS = ["parametric", "non_parametric", "none"]


@pytest.fixture(scope="module")
def values():
    x = np.random.default_rng(0).normal(5, 2, size=(120, 30)) * np.exp(np.linspace(-8, 8, 30))
    x[BATCH == "B"] *= 1.5
    return x


def new_center(combat, rows, shift=3.0):
    """The rows as another scanner would show them: moved by the same multiple of each feature's spread."""
    return rows + shift * combat.state.scale


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("mean_only", [False, True])
def test_shifted_copy_of_a_training_batch_comes_back(values, prior, mean_only):
    combat = ComBat(prior=prior, mean_only=mean_only).fit(values, BATCH)
    copy = new_center(combat, values[BATCH == "B"], 0.0 if mean_only and prior == "parametric" else 3.0)
    adapted = combat.adapt(copy, ["N"] * 30)
    expected = combat.transform(values, BATCH)[BATCH == "B"]
    # The iteration of the parametric prior stops where an effect changes by less than 1e-4 of itself.
    tolerance = 1e-3 if prior == "parametric" else 1e-9
    assert (np.abs(adapted.transform(copy, ["N"] * 30) - expected) < tolerance * combat.state.scale).all()


@pytest.mark.parametrize("prior", PRIORS)
def test_known_batches_are_transformed_as_before_to_the_byte(values, prior):
    combat = ComBat(prior=prior, reference_batch="A").fit(values, BATCH)
    rows = np.vstack([new_center(combat, values[:12]), values[60:80] * 100])
    adapted = combat.adapt(rows, ["N"] * 12 + ["B"] * 8 + ["C"] * 12)
    assert adapted.transform(values, BATCH).tobytes() == combat.transform(values, BATCH).tobytes()
    assert (adapted.transform(values[:40], ["A"] * 40) == values[:40]).all()
    assert combat.state.batches == ["A", "B", "C"]
    assert adapted.state.batches == ["A", "B", "C", "N"]


def test_copy_of_the_reference_batch_hardly_moves(values):
    """Its mean is that of the reference; its variance has the divisor n - 1, the frozen scale has n."""
    combat = ComBat(prior="none", reference_batch="A").fit(values, BATCH)
    copy, scale = values[BATCH == "A"], combat.state.scale
    moved = combat.adapt(copy, ["N"] * 40).transform(copy, ["N"] * 40)
    mean = copy.mean(axis=0)
    assert ((moved - mean) / scale) == pytest.approx((copy - mean) / scale * np.sqrt(39 / 40), abs=1e-9)
    only_mean = ComBat(prior="none", mean_only=True, reference_batch="A").fit(values, BATCH)
    assert only_mean.adapt(copy, ["N"] * 40).transform(copy, ["N"] * 40) / scale == pytest.approx(copy / scale)


def test_covariates_keep_their_effect(values):
    """The new center has other ages; what the age does to the features is not taken for an effect of the center."""
    random = np.random.default_rng(1)
    age, old = random.normal(size=(120, 1)), random.normal(1.5, 1, size=(40, 1))
    x = random.normal(size=(120, 20)) + 2 * age
    new = random.normal(size=(40, 20)) + 2 * old + 4
    combat = ComBat().fit(x, BATCH, age)
    found = combat.adapt(new, ["N"] * 40, old).transform(new, ["N"] * 40, old)
    assert found.mean() == pytest.approx(2 * old.mean(), abs=0.2)
    without = ComBat().fit(x, BATCH).adapt(new, ["N"] * 40).transform(new, ["N"] * 40)
    assert abs(without.mean()) < 0.5


def test_constant_features_of_the_new_center_are_untouched(values):
    combat = ComBat(prior="none").fit(values, BATCH)
    rows = new_center(combat, values[:20])
    rows[:, 4] = 0.1
    found = combat.adapt(rows, ["N"] * 20).transform(rows, ["N"] * 20)
    assert (found[:, 4] == 0.1).all()
    assert np.isfinite(found).all()


def test_the_order_of_the_new_rows_does_not_matter(values):
    combat = ComBat().fit(values, BATCH)
    rows, order = new_center(combat, values[:20]), np.random.default_rng(0).permutation(20)
    one, other = combat.adapt(rows, ["N"] * 20), combat.adapt(rows[order], ["N"] * 20)
    assert other.transform(rows, ["N"] * 20) == pytest.approx(one.transform(rows, ["N"] * 20), rel=1e-9)


def test_several_new_centers_are_each_by_itself(values):
    combat = ComBat().fit(values, BATCH)
    rows = new_center(combat, values[:40])
    both = combat.adapt(rows, ["N", "M"] * 20)
    alone = combat.adapt(rows[::2], ["N"] * 20)
    assert (both.transform(rows[:4], ["N"] * 4) == alone.transform(rows[:4], ["N"] * 4)).all()


def test_there_is_no_way_in_for_the_outcome():
    assert list(inspect.signature(ComBat.adapt).parameters) == ["self", "values", "batch", "covariates"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch": ["N", "N", "M", "A", "A"]}, "new batch 'M' has 1 row; adapting to a batch needs at least 2"),
        ({"values": np.full((5, 30), np.nan)}, "has nan in row 0"),
        ({"values": np.zeros((5, 3))}, "needs 30 features"),
        ({"covariates": np.zeros((5, 1))}, "0 covariates"),
    ],
)
def test_refused(values, change, message):
    combat = ComBat().fit(values, BATCH)
    with pytest.raises(ValueError, match=message):
        combat.adapt(**({"values": values[:5], "batch": ["N"] * 5} | change))
