"""Baseline table: numbers by hand, missing values, constant variables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from osteon.config.analysis import Baseline
from osteon.config.cohort import Variable
from osteon.statistics.baseline import baseline_by_set, baseline_table

VARIABLES = {
    "age": Variable(type="continuous", label="Age", unit="years"),
    "sex": Variable(type="binary", positive="male"),
}


@pytest.fixture
def cohort():
    return pd.DataFrame(
        {
            "outcome": [0] * 5 + [1] * 5,
            "age": [50, 60, 70, 80, np.nan, 61, 71, 81, 91, 95],
            "sex": [1, 0, 0, 0, 0, 1, 1, 1, 1, 0],
        }
    )


def test_continuous(cohort):
    row = baseline_table(cohort, VARIABLES).iloc[0]
    assert (row["n_0"], row["missing_0"], row["median_0"]) == (4, 1, 65)
    assert (row["lower_quartile_1"], row["upper_quartile_1"]) == (71, 91)
    assert row["text_0"] == "65 (57.5-72.5)"
    assert row["test"] == "mann_whitney_u"
    assert 0 < row["p"] < 0.3


def test_binary(cohort):
    row = baseline_table(cohort, VARIABLES).iloc[1]
    assert (row["label"], row["count_0"], row["percent_1"], row["text_all"]) == ("sex", 1, 80, "5 (50.0 %)")
    assert row["test"] == "fisher_exact"


def test_tests_and_summaries_as_configured(cohort):
    age, sex = (
        row
        for _, row in baseline_table(
            cohort, VARIABLES, 2, Baseline(counts="chi_square", continuous="mean_sd")
        ).iterrows()
    )
    known = cohort.loc[cohort["outcome"] == 1, "age"]
    assert (age["summary"], sex["summary"]) == ("mean_sd", "count")
    assert (age["mean_1"], age["sd_1"]) == pytest.approx((known.mean(), known.std()))
    assert age["text_0"] == "65 (12.91)"
    assert (age["test"], sex["test"]) == ("welch_t", "chi_square")
    first = cohort.loc[cohort["outcome"] == 0, "age"].dropna()
    assert age["p"] == pytest.approx(stats.ttest_ind(first, known, equal_var=False).pvalue)


def test_no_value_in_a_group_has_a_reason(cohort):
    cohort.loc[cohort["outcome"] == 0, "age"] = np.nan
    row = baseline_table(cohort, VARIABLES).iloc[0]
    assert np.isnan(row["p"])
    assert row["reason"] == "one_class"
    assert row["text_0"] == ""


def test_sets_below_each_other(cohort):
    table = baseline_by_set({"train": cohort, "test": cohort.iloc[:0]}, VARIABLES)
    assert table[["set", "variable", "n_all"]].to_numpy().tolist() == [
        ["train", "age", 9],
        ["train", "sex", 10],
        ["test", "age", 0],
        ["test", "sex", 0],
    ]
    assert table.loc[table["set"] == "test", "reason"].notna().all()


def test_without_variables_the_columns_stay(cohort):
    table = baseline_by_set({"train": cohort}, {})
    assert table.empty
    assert {"set", "variable", "text_all", "p"} <= set(table.columns)


def test_missing_column(cohort):
    with pytest.raises(ValueError, match="column 'sex' is missing"):
        baseline_table(cohort.drop(columns="sex"), VARIABLES)


def test_three_classes(cohort):
    cohort["outcome"] = [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    table = baseline_table(cohort, VARIABLES, groups=3)
    age, sex = (row for _, row in table.iterrows())
    assert (age["n_1"], age["missing_1"], age["median_2"], sex["count_2"]) == (3, 1, 91, 2)
    known = [cohort.loc[cohort["outcome"] == code, "age"].dropna() for code in range(3)]
    assert (age["test"], age["p"]) == ("kruskal_wallis", stats.kruskal(*known).pvalue)
    counts = [[1, 2], [2, 2], [2, 1]]
    assert (sex["test"], sex["p"]) == ("chi_square", stats.chi2_contingency(counts).pvalue)
    absent = baseline_table(cohort[cohort["outcome"] < 2], VARIABLES, groups=3)
    assert absent["reason"].tolist() == ["absent_class", "no_variation"]
    assert absent["n_2"].tolist() == [0, 0]


def test_a_number(cohort):
    cohort["outcome"] = np.arange(10) * 1.5
    table = baseline_table(cohort, VARIABLES, groups=0)
    assert "n_0" not in table.columns
    known = cohort.dropna()
    expected = stats.spearmanr(known["age"], known["outcome"])
    assert table.loc[0, ["test", "statistic", "p"]].tolist() == ["spearman", expected.statistic, expected.pvalue]
    assert table.loc[1, "test"] == "mann_whitney_u"
    assert (
        table.loc[1, "statistic"] == stats.mannwhitneyu(*(cohort.loc[cohort["sex"] == k, "outcome"] for k in (0, 1)))[0]
    )
    few = baseline_table(cohort.head(2), VARIABLES, groups=0)
    assert few["reason"].tolist()[0] == "few_patients"
