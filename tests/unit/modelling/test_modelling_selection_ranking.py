"""mRMR and ReliefF."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import f_classif, f_regression

from helpers.selections import PLANTED, standardised, training
from osteon.config.selection import Mrmr, Relieff
from osteon.modelling.selection.mrmr import mrmr
from osteon.modelling.selection.relieff import relieff

KINDS = ["binary", "classes", "continuous"]


@pytest.mark.parametrize("kind", KINDS)
def test_mrmr_is_its_formula(kind):
    """Feature by feature: F over the mean absolute correlation with the features already taken."""
    given = training(kind)
    relevance = pd.Series((f_regression if kind == "continuous" else f_classif)(given.table, given.target)[0])
    relevance.index = given.table.columns
    correlation = given.table.corr().abs()
    taken = [relevance.idxmax()]
    while len(taken) < 6:
        rest = relevance.index.difference(taken)
        taken.append((relevance[rest] / correlation.loc[rest, taken].mean(axis=1)).idxmax())
    assert set(mrmr(Mrmr(k=6), given).columns) == set(taken) >= set(PLANTED)


def test_mrmr_prefers_what_is_new():
    given = training()
    twins = pd.DataFrame({"twin": given.table["f00"] * 0.99 + 0.01 * given.table["f05"]})
    table = pd.concat([given.table[["f00", "f05", "f07"]], twins], axis=1)
    found = mrmr(Mrmr(k=2), replace(given, table=table)).columns
    assert "f07" in found
    assert len({"f00", "twin"} & set(found)) == 1


def test_mrmr_of_one_takes_the_most_relevant():
    given = training()
    expected = given.columns[int(np.argmax(f_classif(given.table, given.target)[0]))]
    assert mrmr(Mrmr(k=1), given).columns == [expected]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_relieff_finds_the_planted_features(kind):
    found = relieff(Relieff(k=4), training(kind)).columns
    assert len({*PLANTED, "f01"} & set(found)) >= 3


def test_relieff_by_hand():
    """Four patients, one neighbour of each class; differences are shares of the range."""
    values = np.array([[0.0, 0.0], [1.0, 3.0], [9.0, 1.0], [10.0, 4.0]])
    table = pd.DataFrame(values, columns=["good", "bad"])[["bad", "good"]]
    given = replace(training(rows=4), table=table, outcome=pd.Series([0, 0, 1, 1]))
    # 'good': hits differ by .1, misses by .9, .8, .8, .9 for the nearest ones; 'bad': hits by .75, misses by .25.
    assert relieff(Relieff(k=1, neighbours=1), given).columns == ["good"]


def test_relieff_sees_interactions_that_no_univariable_test_can_see():
    random = np.random.default_rng(0)
    table = standardised(random.normal(size=(200, 8)))
    outcome = pd.Series(((table["f03"] > 0) ^ (table["f06"] > 0)).astype(int))
    given = replace(training(), table=table, outcome=outcome)
    assert relieff(Relieff(k=2), given).columns == ["f03", "f06"]


def test_few_patients_give_few_neighbours():
    given = training(rows=8)
    assert relieff(Relieff(k=3), given).notes == ["3 neighbours instead of 10"]


@pytest.mark.parametrize(("fit", "step"), [(mrmr, Mrmr(k=99)), (relieff, Relieff(k=99))], ids=["mrmr", "relieff"])
def test_more_than_there_are(fit, step):
    given = training()
    found = fit(step, given)
    assert found.columns == given.columns
    assert found.notes == ["25 features instead of 99"]
