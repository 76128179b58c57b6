"""Nested ComBat: several kinds of batches, one after the other."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from osteon.harmonise.combat import ComBat
from osteon.harmonise.nested import NestedComBat

CENTER = np.repeat(["A", "B", "C"], [40, 30, 50])
MODEL = np.tile(["new", "old"], 60)
BATCHES = pd.DataFrame({"center": CENTER, "model": MODEL})
COVARIATE = np.linspace(0, 1, 120)[:, None]


@pytest.fixture(scope="module")
def values():
    """30 features that the center moves and the scanner model moves and stretches."""
    x = np.random.default_rng(0).normal(0, 1, size=(120, 30))
    x[MODEL == "old"] = x[MODEL == "old"] * 2 + 1.5
    x[CENTER == "B"] += 3
    return 5 + x


@pytest.mark.parametrize("variant", [{}, {"prior": "none"}, {"prior": "non_parametric"}, {"mean_only": True}])
def test_one_column_is_combat(values, variant):
    nested = NestedComBat(reference="B", **variant).fit(values, BATCHES[["center"]], COVARIATE, ["age"])
    combat = ComBat(reference_batch="B", **variant).fit(values, CENTER, COVARIATE, ["age"])
    found = nested.transform(values, BATCHES, COVARIATE)
    assert found.tobytes() == combat.transform(values, CENTER, COVARIATE).tobytes()
    assert (nested.adjusted == combat.state.adjusted).all()


def test_every_column_is_removed(values):
    def differences(table):
        centers = [table[name == CENTER].mean() for name in "ABC"]
        models = [table[name == MODEL] for name in ("new", "old")]
        return np.ptp(centers), models[1].mean() - models[0].mean(), models[1].std() / models[0].std()

    assert differences(values) == pytest.approx((3, 1.5, 1.7), abs=0.3)
    center_only = ComBat().fit(values, CENTER).transform(values, CENTER)
    assert differences(center_only)[1] > 1
    found = NestedComBat().fit(values, BATCHES).transform(values, BATCHES)
    assert differences(found) == pytest.approx((0, 0, 1), abs=0.05)


def test_columns_are_found_by_name(values):
    nested = NestedComBat().fit(values, BATCHES)
    other = BATCHES[["model", "center"]].assign(kernel="soft")
    assert (nested.transform(values, other) == nested.transform(values, BATCHES)).all()
    with pytest.raises(ValueError, match="needs batch column 'model'; the table has center"):
        nested.transform(values, BATCHES[["center"]])


def test_unseen_batch_keeps_the_value_of_its_step(values):
    nested = NestedComBat().fit(values, BATCHES)
    rows = values[[0, 1, 45]]
    batches = pd.DataFrame({"center": ["A", "X", "X"], "model": ["unknown", "old", "unknown"]})
    found = nested.transform(rows, batches)
    first, second = nested.steps.values()
    assert (found[0] == first.transform(rows[[0]], ["A"])[0]).all()
    assert (found[1] == second.transform(rows[[1]], ["old"])[0]).all()
    assert (found[2] == rows[2]).all()
    assert nested.known(batches).tolist() == [False, False, False]
    assert nested.known(BATCHES).all()


def test_feature_that_one_step_cannot_adjust(values):
    x = values.copy()
    x[CENTER == "B", 3] = 1.0
    x[MODEL == "old", 4] = 1.0
    nested = NestedComBat().fit(x, BATCHES)
    assert nested.adjusted.tolist() == [column not in (3, 4) for column in range(30)]
    assert (nested.transform(x, BATCHES)[:, [3, 4]] == x[:, [3, 4]]).all()


def test_adapting_knows_the_new_batches_of_every_column(values):
    nested = NestedComBat().fit(values, BATCHES)
    scale = next(iter(nested.steps.values())).state.scale
    rows = values[:40] + 2 * scale
    batches = pd.DataFrame({"center": "N", "model": np.tile(["new", "newest"], 20)})
    adapted = nested.adapt(rows, batches)
    assert not nested.known(batches).any()
    assert adapted.known(batches).all()
    assert adapted.transform(values, BATCHES).tobytes() == nested.transform(values, BATCHES).tobytes()
    found = adapted.transform(rows, batches)
    level = nested.transform(values, BATCHES).mean()
    assert abs(rows.mean() - level) > 1.5
    assert found.mean() == pytest.approx(level, abs=0.3)
    with pytest.raises(ValueError, match="new batch 'newer' has 1 row"):
        nested.adapt(rows[:2], pd.DataFrame({"center": ["A", "A"], "model": ["old", "newer"]}))


def test_state_survives_json(values):
    nested = NestedComBat(prior="none", mean_only=True, reference="C").fit(values, BATCHES, COVARIATE)
    again = NestedComBat.from_state(json.loads(json.dumps(nested.get_state())))
    assert (again.transform(values, BATCHES, COVARIATE) == nested.transform(values, BATCHES, COVARIATE)).all()
    assert again.get_state() == nested.get_state()
    assert (again.prior, again.mean_only, again.reference) == ("none", True, "C")


@pytest.mark.parametrize(
    ("batches", "message"),
    [
        (BATCHES[[]], "has no column"),
        (BATCHES.assign(model="old"), "batch column 'model': ComBat needs at least two batches"),
        (BATCHES[["center"]].assign(center="A"), "^ComBat needs at least two batches"),
    ],
)
def test_refused(values, batches, message):
    with pytest.raises(ValueError, match=message):
        NestedComBat().fit(values, batches)


def test_refused_when_applied(values):
    with pytest.raises(RuntimeError, match="not fitted"):
        NestedComBat().transform(values, BATCHES)
