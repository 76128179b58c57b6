"""Adaptation to a new center: its batch effects alone change, from patients without outcomes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe, split
from osteon.modelling.adaptation import adapted, unlabelled, with_controls
from osteon.modelling.bundle import bundle_to_json
from osteon.modelling.crossfit import fit_model
from osteon.modelling.leakage import Ledger
from osteon.modelling.patients import join_patients, with_features


@pytest.fixture(scope="module")
def tables():
    """Two centers to learn from, and X, whose features lie elsewhere."""
    people, features = cohort({"A": 60, "B": 50, "X": 30}, 6, signal=3.0)
    columns = features[2].columns.drop(["subject", "center"])
    features[2][columns] = features[2][columns] * 2 + 5
    shuffled = [table.copy() for table in features]
    for seed, table in enumerate(shuffled):
        table[columns] = np.random.default_rng(seed).normal(loc=5 * seed, size=(len(table), len(columns)))
    return people, features, shuffled


@pytest.fixture(scope="module")
def frozen(tables):
    """A model, and the same of shuffled regions."""
    people, features, shuffled = tables
    own = people[people["center"] != "X"]
    patients, splits = join_patients(own, features[:2]), split(own, 0.2, 3)
    controls = with_features(patients, shuffled[:2])
    return (
        fit_model(recipe(scores=("T1",)), patients, splits).bundle,
        fit_model(recipe("control", scores=("T1",), features="shuffled"), controls, splits).bundle,
    )


@pytest.fixture
def newcomers(tables):
    features = tables[1][2]
    return unlabelled(features, features[["subject", "center"]], list(features["subject"][:12]))


def adapt(bundle, patients, minimum=10):
    nobody = pd.DataFrame({"subject": [], "center": [], "person": [], "set": [], "fold": []})
    ledger = Ledger(nobody, {"X": list(patients.subjects)})
    return adapted(bundle, patients, "X", minimum, ledger.recorder("adapt X")), ledger.table()


def test_only_the_effects_of_the_new_center_are_added(frozen, newcomers):
    after, fits = adapt(frozen[0], newcomers)
    before, now = (json.loads(json.dumps(bundle_to_json(bundle))) for bundle in (frozen[0], after))
    for content in (before, now):
        step = content["signatures"][0].pop("combat")["steps"][0]
        content["batches"] = step["batches"]
    assert (before.pop("batches"), now.pop("batches")) == (["A", "B"], ["A", "B", "X"])
    assert before == now
    assert list(fits["object"]) == ["combined/signature T1/combat adaptation"]
    assert list(fits["rows"]) == [12]


def test_the_new_center_is_brought_to_the_others(frozen, newcomers, tables):
    people, features, _ = tables
    everyone = join_patients(people, features)
    after = adapt(frozen[0], newcomers)[0]
    far, near = (
        bundle.model.blocks[0].harmoniser.transform(
            bundle.model.blocks[0].imputer.transform(everyone.features, "T1"), everyone.batches, everyone.clinical
        )
        for bundle in (frozen[0], after)
    )
    x = everyone.center == "X"
    assert (far[x].mean() - far[~x].mean()).abs().min() > 3
    assert (near[x].mean() - near[~x].mean()).abs().max() < 1
    pd.testing.assert_frame_equal(near[~x], far[~x], check_exact=True)


def test_a_control_adapts_to_its_own_features(frozen, newcomers, tables):
    """A control of shuffled regions learned from others; adapting it to the real ones would spoil it unseen."""
    own = with_controls(newcomers, tables[2][2])
    right, wrong = adapt(frozen[1], own)[0], adapt(frozen[1], newcomers)[0]
    x = right.model.blocks[0].harmoniser.transform(own.features, own.batches, own.clinical)
    assert (x.mean() - 2.5).abs().max() < 1
    other = wrong.model.blocks[0].harmoniser.transform(own.features, own.batches, own.clinical)
    assert other.std().max() < 0.2 < 0.5 < x.std().min()
    assert with_controls(newcomers, None) is None


def test_too_few_patients_and_nothing_to_adapt(frozen, newcomers, tables):
    with pytest.raises(
        ValueError, match=r"center 'X', center 'X': 12 patients .* fewer than harmonisation.minimum = 13"
    ):
        adapt(frozen[0], newcomers, minimum=13)
    people, features, _ = tables
    own = people[people["center"] != "X"]
    plain = fit_model(recipe(method="none", scores=("T1",)), join_patients(own, features[:2]), split(own, 0.2, 3))
    after, fits = adapt(plain.bundle, newcomers)
    assert after is plain.bundle
    assert fits.empty
