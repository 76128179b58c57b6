"""One test per feature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.selections import PLANTED, TASKS, training
from osteon.config.selection import KBest, Univariable
from osteon.modelling.selection.step import Training
from osteon.modelling.selection.univariable import k_best, p_values, univariable

# One feature at a time, each with scipy's function for it.
EXPECTED = {
    ("binary", "welch"): lambda groups, x, y: stats.ttest_ind(*groups, equal_var=False),
    ("binary", "student"): lambda groups, x, y: stats.ttest_ind(*groups),
    ("binary", "mann_whitney"): lambda groups, x, y: stats.mannwhitneyu(*groups, method="asymptotic"),
    ("classes", "student"): lambda groups, x, y: stats.f_oneway(*groups),
    ("classes", "welch"): lambda groups, x, y: stats.f_oneway(*groups, equal_var=False),
    ("classes", "mann_whitney"): lambda groups, x, y: stats.kruskal(*groups),
    ("continuous", "student"): lambda groups, x, y: stats.pearsonr(x, y),
    ("continuous", "welch"): lambda groups, x, y: stats.pearsonr(x, y),
    ("continuous", "mann_whitney"): lambda groups, x, y: stats.spearmanr(x, y),
}


@pytest.mark.parametrize(("kind", "test"), EXPECTED)
def test_p_values_are_scipys(kind, test):
    given = training(kind)
    found = p_values(given, test)
    for column in ("f00", "f03", "f11"):
        x, y = given.table[column], given.outcome
        groups = [x[y == code] for code in sorted(set(y))] if kind != "continuous" else []
        assert found[column] == pytest.approx(EXPECTED[kind, test](groups, x, y).pvalue, rel=1e-8)
    assert found.nsmallest(2).index[0] in (*PLANTED, "f01")


def test_welch_of_three_classes_is_statsmodels():
    oneway = pytest.importorskip("statsmodels.stats.oneway")
    given = training("classes")
    groups = [given.table.loc[given.outcome == code, "f03"] for code in range(3)]
    expected = oneway.anova_oneway(groups, use_var="unequal").pvalue
    assert p_values(given, "welch")["f03"] == pytest.approx(expected, rel=1e-8)


def test_no_variation_is_no_difference():
    table = pd.DataFrame({"a": [1.0] * 10, "b": [0.0, 1.0] * 5})
    for kind, outcome in (
        ("binary", [0, 1] * 5),
        ("classes", [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]),
        ("continuous", range(10)),
    ):
        given = Training(table, pd.Series(outcome), TASKS[kind], 0)
        for test in ("welch", "student", "mann_whitney"):
            assert p_values(given, test)["a"] == 1


def test_the_limit_holds_for_p_or_for_the_false_discovery_rate():
    given = training(columns=99)
    p = p_values(given, "welch")
    assert univariable(Univariable(), given).columns == list(p.index[p < 0.05])
    # Benjamini and Hochberg: all up to the last of the sorted p that is below 0.05 * rank / number.
    ordered = np.sort(p.to_numpy())
    last = np.flatnonzero(ordered < 0.05 * np.arange(1, 100) / 99)[-1]
    found = univariable(Univariable(fdr=True), given)
    assert set(found.columns) == set(p.nsmallest(last + 1).index)
    assert set(PLANTED) <= set(found.columns)
    assert len(found.columns) < (p < 0.05).sum()
    assert found.p.equals(p)


def test_k_best():
    given = training()
    p = p_values(given, "mann_whitney")
    found = k_best(KBest(k=4, test="mann_whitney"), given)
    assert set(found.columns) == {*PLANTED, "f01"} == set(p.nsmallest(4).index)
    assert k_best(KBest(k=99), given).notes == ["25 features instead of 99"]


def test_k_best_of_equal_features_takes_the_first():
    given = training()
    table = pd.DataFrame(dict.fromkeys("abc", given.table["f00"]))
    assert k_best(KBest(k=2), replace(given, table=table)).columns == ["a", "b"]
