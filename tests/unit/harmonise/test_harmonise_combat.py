"""ComBat: what it removes, what it leaves, what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

from osteon.harmonise import effects
from osteon.harmonise.combat import ComBat, UnknownBatch

BATCH = np.repeat(["A", "B", "C"], [40, 30, 50])


@pytest.fixture(scope="module")
def values():
    """30 features: batch B moved, batch C stretched."""
    x = np.random.default_rng(0).normal(5, 2, size=(120, 30))
    x[BATCH == "B"] += 3
    x[BATCH == "C"] = 5 + (x[BATCH == "C"] - 5) * 3
    return x


def means_and_spreads(x):
    return [(part.mean(axis=0), part.std(axis=0)) for part in (x[:40], x[40:70], x[70:])]


def test_removes_shift_and_scale(values):
    before, after = means_and_spreads(values), means_and_spreads(ComBat().fit(values, BATCH).transform(values, BATCH))
    assert (before[1][0] - before[0][0]).mean() == pytest.approx(3, abs=0.2)
    assert (after[1][0] - after[0][0]).mean() == pytest.approx(0, abs=0.02)
    assert (before[2][1] / before[0][1]).mean() > 2.5
    assert (after[2][1] / after[0][1]).mean() == pytest.approx(1, abs=0.05)


def test_without_shrinkage_the_batches_agree_exactly(values):
    after = means_and_spreads(ComBat(prior="none").fit(values, BATCH).transform(values, BATCH))
    for mean, _ in after[1:]:
        assert mean == pytest.approx(after[0][0])


def test_mean_only_keeps_the_spread(values):
    after = means_and_spreads(ComBat(mean_only=True).fit(values, BATCH).transform(values, BATCH))
    for (_, spread), (_, old) in zip(after, means_and_spreads(values), strict=True):
        assert spread == pytest.approx(old)


def test_reference_batch_is_untouched_to_the_bit(values):
    after = ComBat(reference_batch="B").fit(values, BATCH).transform(values, BATCH)
    assert (after[BATCH == "B"] == values[BATCH == "B"]).all()
    assert after[BATCH == "A"].mean() == pytest.approx(values[BATCH == "B"].mean(), abs=0.2)


def test_covariate_effect_is_kept():
    """A covariate that is commoner in batch B: with it the difference it makes survives, without it shrinks."""
    random = np.random.default_rng(1)
    batch = np.repeat(["A", "B"], 100)
    covariate = (random.random(200) < np.where(batch == "A", 0.2, 0.8)).astype(float)[:, None]
    x = random.normal(size=(200, 20)) + 2 * covariate + (batch == "B")[:, None]

    def effect(table):
        return (table[covariate[:, 0] == 1].mean(axis=0) - table[covariate[:, 0] == 0].mean(axis=0)).mean()

    with_it = ComBat().fit(x, batch, covariate).transform(x, batch, covariate)
    without = ComBat().fit(x, batch).transform(x, batch)
    assert effect(with_it) == pytest.approx(2, abs=0.15)
    assert effect(without) < 1.6


def test_one_row_alone(values):
    combat = ComBat().fit(values, BATCH)
    whole = combat.transform(values, BATCH)
    assert combat.transform(values[[7]], ["A"]) == pytest.approx(whole[[7]], rel=1e-14)
    assert combat.transform(values[:0], []).shape == (0, 30)


def test_constant_features_are_untouched(values):
    x = values.copy()
    x[:, 3] = 0.1
    x[BATCH == "B", 4] = 7.0
    combat = ComBat().fit(x, BATCH)
    assert combat.state.adjusted.tolist() == [column not in (3, 4) for column in range(30)]
    after = combat.transform(x, BATCH)
    assert (after[:, [3, 4]] == x[:, [3, 4]]).all()
    others = [column for column in range(30) if column not in (3, 4)]
    assert after[:, others] == pytest.approx(ComBat().fit(x[:, others], BATCH).transform(x[:, others], BATCH))


def test_only_constant_features():
    x = np.ones((8, 2))
    assert (ComBat().fit(x, ["A", "B"] * 4).transform(x, ["A", "B"] * 4) == 1).all()


def test_one_feature_is_not_shrunk(values):
    one = values[:, :1]
    assert ComBat().fit(one, BATCH).transform(one, BATCH) == pytest.approx(
        ComBat(prior="none").fit(one, BATCH).transform(one, BATCH)
    )


def test_identical_features_do_not_hang(values):
    x = np.repeat(values[:, :1], 5, axis=1)
    after = ComBat().fit(x, BATCH).transform(x, BATCH)
    assert np.isfinite(after).all()
    assert after.std(axis=1).max() < 1e-9


def test_state_survives_json(values):
    covariate = np.linspace(0, 1, 120)[:, None]
    combat = ComBat().fit(values, BATCH, covariate, ["age"])
    again = ComBat.from_state(json.loads(json.dumps(combat.get_state())))
    assert (again.transform(values, BATCH, covariate) == combat.transform(values, BATCH, covariate)).all()
    none_left = ComBat.from_state(json.loads(json.dumps(combat.restricted([]).get_state())))
    assert none_left.transform(values[:, :0], BATCH, covariate).shape == (120, 0)


def test_restricted_gives_the_same_columns(values):
    combat = ComBat().fit(values, BATCH)
    part = combat.restricted([5, 2]).transform(values[:, [5, 2]], BATCH)
    assert (part == combat.transform(values, BATCH)[:, [5, 2]]).all()


def test_unknown_batch_is_named(values):
    with pytest.raises(UnknownBatch, match="'D'; it knows A, B, C"):
        ComBat().fit(values, BATCH).transform(values[:1], ["D"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": np.full((120, 2), np.nan)}, "values has nan in row 0, column 0; impute"),
        ({"batch": ["A"] * 120}, "at least two batches"),
        ({"batch": ["A"] * 119 + ["B"]}, "batch 'B' has 1 row"),
        ({"batch": ["A"] * 119}, "119 batches for 120 rows"),
        (
            {"covariates": (BATCH == "B").astype(float)[:, None], "covariate_names": ["field"]},
            "covariate 'field' follows",
        ),
        ({"covariates": np.ones((120, 1))}, "covariate 'covariate 1' follows"),
        ({"covariates": np.full((120, 1), np.inf)}, "covariates has inf"),
    ],
)
def test_refused(values, change, message):
    arguments = {"values": values, "batch": BATCH} | change
    with pytest.raises(ValueError, match=message):
        ComBat().fit(**arguments)


def test_refused_when_applied(values):
    combat = ComBat().fit(values, BATCH)
    with pytest.raises(ValueError, match="needs 30 features, 0 covariates"):
        combat.transform(values[:, :5], BATCH)
    with pytest.raises(RuntimeError, match="not fitted"):
        ComBat().transform(values, BATCH)
    with pytest.raises(ValueError, match="reference batch 'X'"):
        ComBat(reference_batch="X").fit(values, BATCH)
    with pytest.raises(ValueError, match="prior 'eb' is unknown; allowed are parametric, non_parametric, none"):
        ComBat(prior="eb")


def test_feature_that_covariates_explain_is_untouched(values):
    """Within a batch it varies by the covariate alone; nothing is left whose spread could be brought to the others'."""
    covariate = np.linspace(-1, 1, 120)[:, None]
    x = np.column_stack([values[:, :5], 2 * covariate])
    for batch in "AC":
        own = batch == BATCH
        design = np.column_stack([np.ones(own.sum()), covariate[own]])
        x[own, 5] += values[own, 5] - design @ np.linalg.lstsq(design, values[own, 5])[0]
    combat = ComBat(prior="none").fit(x, BATCH, covariate)
    assert combat.state.adjusted.tolist() == [True] * 5 + [False]
    assert (combat.transform(x, BATCH, covariate)[:, 5] == x[:, 5]).all()


def naive_non_parametric(rows, mean, variance):
    """Johnson's integral as it is printed, one feature after the other."""
    found = []
    for i, x in enumerate(rows.T):
        others = np.arange(rows.shape[1]) != i
        g, d = mean[others], variance[others]
        likelihood = np.prod(np.exp(-((x[:, None] - g) ** 2) / (2 * d)) / np.sqrt(2 * np.pi * d), axis=0)
        found.append(((g * likelihood).sum() / likelihood.sum(), (d * likelihood).sum() / likelihood.sum()))
    return np.array(found).T


def test_non_parametric_prior_is_the_printed_integral(monkeypatch):
    rows = np.random.default_rng(0).normal(0.3, 1.2, size=(20, 11))
    mean, variance = rows.mean(axis=0), rows.var(axis=0, ddof=1)
    expected = naive_non_parametric(rows, mean, variance)
    assert np.array(effects.likelihood_weighted(rows, mean, variance)) == pytest.approx(expected, rel=1e-10)
    whole = effects.likelihood_weighted(rows, mean, variance)
    monkeypatch.setattr(effects, "CHUNK", 3)
    assert (np.array(effects.likelihood_weighted(rows, mean, variance)) == np.array(whole)).all()


def test_non_parametric_prior_with_many_rows():
    """With 2000 rows every likelihood is 0 as a number; its logarithm is not."""
    random = np.random.default_rng(3)
    batch = np.repeat(["A", "B"], [2000, 60])
    x = random.normal(size=(2060, 15)) + (batch == "B")[:, None]
    rows = x[batch == "A"]
    with np.errstate(invalid="ignore"):
        assert np.isnan(naive_non_parametric(rows, rows.mean(axis=0), rows.var(axis=0, ddof=1))).all()
    after = ComBat(prior="non_parametric").fit(x, batch).transform(x, batch)
    assert np.isfinite(after).all()
    assert abs(after[batch == "B"].mean() - after[batch == "A"].mean()) < 0.05
