"""Steps one after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from helpers.selections import PLANTED, coded, recorder, standardised, training
from osteon.config.selection import PUBLISHED, Chain
from osteon.modelling.selection.chain import fit_chain
from osteon.modelling.selection.fates import Fate
from osteon.modelling.selection.penalised import lasso
from osteon.modelling.selection.univariable import p_values

READ = TypeAdapter(Chain)
# Small settings, so that all steps together take seconds.
QUICK = {
    "variance": {},
    "correlation": {},
    "univariable": {},
    "k_best": {"k": 4},
    "lasso": {"folds": 3},
    "elastic_net": {"folds": 3, "mixture": [0.2, 0.8]},
    "mrmr": {"k": 4},
    "boruta": {"iterations": 10, "trees": 10},
    "forest": {"k": 4, "trees": 20},
    "svm_rfe": {"k": 4},
    "sequential": {"k": 2, "first": 5, "folds": 3},
    "relieff": {"k": 4, "neighbours": 5},
    "pca": {"components": 3},
    "stability": {"resamples": 20},
}
STEPS = [*QUICK, "logistic"]


def chain(*names):
    parts = {"logistic": {"lasso": {"loss": "logistic", "folds": 3}}}
    return READ.validate_python([parts.get(name, {name: QUICK.get(name, {})}) for name in names])


def fitted(given, *names, record=None):
    record = record or recorder(given.table)
    return fit_chain(chain(*names), given.table, given.outcome, given.task, given.seed, record)


def test_the_published_chain_is_t_test_and_lasso():
    given = training(columns=40)
    found = fit_chain(PUBLISHED, given.table, given.outcome, given.task, given.seed, recorder(given.table))
    p = p_values(given, "welch")
    passed = given.table[p.index[p < 0.05]]
    expected = lasso(PUBLISHED[1], replace(given, table=passed))
    assert found.columns == expected.columns
    assert np.array_equal(found.weights, expected.weights)
    assert np.array_equal(found.intercepts, expected.intercepts)
    assert found.p.equals(p)
    assert {column for column, fate in found.fates.items() if fate == Fate.P_VALUE} == set(p.index[p >= 0.05])
    assert {column for column, fate in found.fates.items() if fate == Fate.KEPT} == set(found.columns)
    assert {column for column, fate in found.fates.items() if fate == Fate.LASSO} == set(passed) - set(found.columns)


def test_every_step_writes_down_whom_it_saw():
    given = training()
    record = recorder(given.table)
    fitted(given, "variance", "correlation", "k_best", "svm_rfe", record=record)
    seen = record.ledger.table()
    assert seen["object"].tolist() == ["variance", "correlation", "k_best", "svm_rfe"]
    assert seen["rows"].tolist() == [120] * 4


@pytest.mark.parametrize("name", ["univariable", "lasso", "svm_rfe"])
def test_an_outcome_of_other_patients_is_refused(name):
    given = training(rows=40, columns=8)
    with pytest.raises(ValueError, match="different patients"):
        fitted(replace(given, outcome=given.outcome.iloc[::-1]), name)


@pytest.mark.parametrize("name", ["variance", "correlation", "pca"])
def test_steps_that_need_no_outcome_do_not_look_at_it(name):
    given = training()
    other = fitted(replace(given, outcome=1 - given.outcome), name)
    found = fitted(given, name)
    assert other.columns == found.columns
    assert np.array_equal(other.rotation, found.rotation) or name != "pca"


# Of several classes and of a number, the steps whose code differs there.
OTHERS = ("univariable", "mrmr", "svm_rfe", "relieff", "stability")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, "binary") for name in STEPS] + [(name, kind) for name in OTHERS for kind in ("classes", "continuous")],
)
def test_the_order_of_the_columns_does_not_matter(name, kind):
    given = training(kind, rows=60, columns=10, noise=1)
    order = np.random.default_rng(1).permutation(10)
    found = fitted(given, name)
    other = fitted(replace(given, table=given.table.iloc[:, order]), name)
    assert set(other.columns) == set(found.columns)
    assert other.columns == [column for column in given.table.columns[order] if column in found.columns]
    assert other.fates == found.fates
    place = [other.columns.index(column) for column in found.columns]
    for part in ("weights", "rotation"):
        if getattr(found, part) is not None:
            np.testing.assert_allclose(getattr(other, part)[place], getattr(found, part), rtol=0, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["boruta", "forest", "svm_rfe", "sequential", "stability"])
def test_the_seed_decides(name):
    given = training(rows=60, columns=10, noise=2)
    first, again = fitted(given, name), fitted(given, name)
    assert (first.columns, first.fates, first.notes) == (again.columns, again.fates, again.notes)


SMALL = [
    *((40, 1, "binary"), (8, 10, "binary"), (8, 10, "continuous"), (9, 10, "classes"), (4, 3, "binary")),
    *((6, 3, "classes"), (4, 3, "continuous")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "columns", "outcome"), SMALL)
@pytest.mark.parametrize("name", STEPS)
def test_small_tables_are_no_problem(name, rows, columns, outcome):
    if (name, outcome) == ("logistic", "continuous"):
        pytest.skip("refused")
    table = standardised(np.random.default_rng(2).normal(size=(rows, columns)))
    given = replace(training(outcome), table=table, outcome=coded(table["f00"], outcome))
    found = fitted(given, name)
    assert found.columns
    assert set(found.fates) == set(table.columns)
    assert found.weights is None or found.weights.shape == (len(found.columns), 3 if outcome == "classes" else 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_ties_are_no_problem(name):
    """Whole numbers, a copy of a column, a column that is the outcome, and one that hardly varies."""
    values = np.random.default_rng(0).integers(0, 3, size=(30, 6)).astype(float)
    values[:, 4], values[:, 5] = values[:, 0], np.arange(30) % 2
    table = standardised(values).assign(rare=np.eye(30)[0], flat=0.0)
    given = replace(training(), table=table, outcome=pd.Series(np.arange(30) % 2, index=table.index))
    found = fitted(given, name)
    assert found.columns
    assert found.fates["flat"] == Fate.NEAR_CONSTANT


def test_if_nothing_survives_the_feature_with_the_least_p_is_taken():
    given = training()
    noise = replace(given, table=standardised(np.random.default_rng(1).normal(size=(120, 5))))
    record = recorder(noise.table)
    steps = READ.validate_python([{"univariable": {"p": 1e-9, "test": "mann_whitney"}}, "lasso"])
    found = fit_chain(steps, noise.table, noise.outcome, noise.task, 0, record)
    p = p_values(noise, "mann_whitney")
    assert p.idxmin() != "f00"
    assert found.columns == [p.idxmin()]
    assert found.weights is None
    assert found.fates == dict.fromkeys(noise.columns, Fate.P_VALUE) | {p.idxmin(): Fate.LEAST_P}
    assert found.p.equals(p)
    assert record.ledger.table()["object"].tolist() == ["univariable", "least p"]
    assert found.notes == ["least p: no feature survived the selection"]


def test_the_least_p_is_tested_where_no_step_did():
    given = training(rows=60)
    found = fitted(replace(given, table=given.table.round()), "variance")
    p = p_values(replace(given, table=given.table.round()), "welch")
    assert found.columns == [p.idxmin()]
    assert found.p.equals(p)
    assert found.fates[p.idxmin()] == Fate.LEAST_P


def test_only_the_last_step_gives_weights():
    given = training()
    assert fitted(given, "lasso", "k_best").weights is None
    assert fitted(given, "k_best", "lasso").weights.shape[1] == 1
    assert fitted(given, "k_best", "pca").rotation.shape == (4, 3)
    assert fitted(given).columns == given.columns


def test_p_is_that_of_the_first_test():
    given = training()
    found = fit_chain(
        READ.validate_python(["univariable", {"k_best": {"k": 2, "test": "mann_whitney"}}]),
        given.table, given.outcome, given.task, 0, recorder(given.table),
    )  # fmt: skip
    assert found.p.equals(p_values(given, "welch"))
    assert fitted(given, "svm_rfe").p.isna().all()


def test_notes_name_their_step():
    given = training(rows=8)
    record = recorder(given.table)
    found = fit_chain(READ.validate_python(["lasso"]), given.table, given.outcome, given.task, 0, record)
    assert "lasso: 4 folds instead of 10" in found.notes
    assert "4 folds instead of 10" in record.ledger.table()["note"].iloc[0]


def test_a_long_chain_finds_the_planted_features():
    given = training(columns=60)
    found = fitted(given, "variance", "correlation", "univariable", "mrmr", "lasso")
    assert len(set(PLANTED) & set(found.columns)) >= 2
    assert set(found.fates) == set(given.columns)


@pytest.mark.parametrize(
    ("kind", "outcome", "message"),
    [
        ("binary", [0] * 9 + [1], "1 of its 10 training patients have the outcome 'positive'"),
        ("classes", [0, 1] * 5, "0 of its 10 training patients have the outcome 'high'"),
        ("continuous", [2.5] * 10, "the outcome of its 10 training patients has too few values"),
    ],
)
def test_an_outcome_from_which_nothing_can_be_learned_is_refused(kind, outcome, message):
    given = training(kind, rows=10)
    with pytest.raises(ValueError, match=message):
        fitted(replace(given, outcome=pd.Series(outcome, index=given.table.index)), "lasso")


def test_features_without_variation_are_refused():
    given = training(rows=10)
    with pytest.raises(ValueError, match="none of the 25 features varies"):
        fitted(replace(given, table=given.table * 0), "lasso")


def test_pca_must_be_the_last_step():
    with pytest.raises(ValueError, match=r"'pca' .* must be the last step"):
        fitted(training(), "pca", "lasso")
