"""Logistic regression table: other implementations, counts, variables that cannot be used."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from osteon.statistics.association import ASSOCIATION_COLUMNS, association_table
from osteon.statistics.estimate import Undefined


@pytest.fixture(scope="module")
def cohort():
    random = np.random.default_rng(0)
    age, sex = random.normal(70, 9, 300), random.integers(0, 2, 300)
    grade = random.choice(["b", "a", "c"], 300)
    outcome = (random.random(300) < 1 / (1 + np.exp(-(age - 70) / 9 + sex - (grade == "c")))).astype(int)
    table = pd.DataFrame({"age": age, "sex": sex.astype(float), "grade": grade, "noise": random.normal(size=300)})
    return pd.Series(outcome), table


def rows(table, analysis, variable):
    return table[(table["analysis"] == analysis) & (table["variable"] == variable)].reset_index(drop=True)


@pytest.mark.parametrize("enter", ["all", 0.05])
def test_multivariable_regression_is_statsmodels(cohort, enter):
    outcome, table = cohort
    found = association_table(outcome, table, enter)
    formula = "y ~ age + sex + C(grade)" + (" + noise" if enter == "all" else "")
    fit = smf.logit(formula, table.assign(y=outcome)).fit(disp=0)
    for variable, name, place in (("age", "age", 0), ("sex", "sex", 0), ("grade", "C(grade)[T.c]", 1)):
        row = rows(found, "multivariable", variable).loc[place]
        assert row[["coefficient", "standard_error", "z"]].astype(float).tolist() == pytest.approx(
            [fit.params[name], fit.bse[name], fit.tvalues[name]], rel=1e-5
        )
        assert row["p"] == pytest.approx(fit.pvalues[name], rel=1e-4)
        limits = np.exp(fit.conf_int().loc[name])
        assert row[["odds_ratio", "low", "high"]].tolist() == pytest.approx(
            [np.exp(fit.params[name]), *limits], rel=1e-5
        )
    noise = rows(found, "multivariable", "noise").loc[0]
    assert noise["reason"] == (None if enter == "all" else Undefined.NOT_ENTERED)
    assert math.isnan(noise["odds_ratio"]) == (enter != "all")


def test_levels_and_counts(cohort):
    outcome, table = cohort
    found = association_table(outcome, table)
    assert list(found.columns) == ASSOCIATION_COLUMNS
    grade = rows(found, "univariable", "grade")
    assert grade["level"].tolist() == ["b", "c"]
    assert set(grade["reference"]) == {"a"}
    assert grade["n_level"].tolist() == [(table["grade"] == level).sum() for level in "bc"]
    sex = rows(found, "univariable", "sex").loc[0]
    assert (sex["n"], sex["events"]) == (300, outcome.sum())
    assert sex["events_level"] == outcome[table["sex"] == 1].sum()
    assert rows(found, "univariable", "age")["n_level"].isna().all()


def test_the_reference_of_a_categorical_column_is_its_first_category(cohort):
    outcome, table = cohort
    ordered = table.assign(grade=pd.Categorical(table["grade"], categories=["c", "unused", "a", "b"]))
    grade = rows(association_table(outcome, ordered), "univariable", "grade")
    assert grade[["level", "reference"]].to_numpy().tolist() == [["a", "c"], ["b", "c"]]


def test_patients_without_a_value_do_not_count_where_it_takes_part(cohort):
    outcome, table = cohort
    gaps = table.assign(age=table["age"].where(table.index >= 40), grade=table["grade"].where(table.index < 290))
    found = association_table(outcome, gaps, "all")
    assert rows(found, "univariable", "age").loc[0, "n"] == 260
    assert rows(found, "univariable", "sex").loc[0, "n"] == 300
    assert set(found.loc[found["analysis"] == "multivariable", "n"]) == {250}
    whole = association_table(outcome[40:290].reset_index(drop=True), table[40:290].reset_index(drop=True), "all")
    one, other = (rows(each, "multivariable", "sex").loc[0, "coefficient"] for each in (found, whole))
    assert one == pytest.approx(other)


def test_what_cannot_be_used_has_a_reason(cohort):
    outcome, table = cohort
    table = table[["age"]].assign(separates=outcome.astype(float), constant=1.0, twice=2 * table["age"], single="a")
    found = association_table(outcome, table, "all")
    for variable, reason in (
        ("separates", Undefined.VARIABLE_SEPARATES),
        ("constant", Undefined.NO_VARIATION),
        ("single", Undefined.NO_VARIATION),
    ):
        row = rows(found, "univariable", variable).loc[0]
        assert row["reason"] is reason
        assert math.isnan(row["p"])
        assert rows(found, "multivariable", variable).loc[0, "reason"] is Undefined.NOT_ENTERED
    for variable in ("age", "twice"):
        assert rows(found, "multivariable", variable).loc[0, "reason"] is Undefined.COLLINEAR


def test_one_outcome_only(cohort):
    outcome, table = cohort
    found = association_table(outcome * 0, table, "all")
    univariable = found[found["analysis"] == "univariable"]
    assert set(univariable["reason"]) == {Undefined.ONE_CLASS}


def test_nothing_enters(cohort):
    outcome, table = cohort
    found = association_table(outcome, table[["noise"]], 1e-9)
    assert found["reason"].tolist() == [None, Undefined.NOT_ENTERED]


def test_rows_must_agree(cohort):
    outcome, table = cohort
    with pytest.raises(ValueError, match="300 outcomes for 299 rows"):
        association_table(outcome, table[1:])


def test_an_odds_ratio_beyond_all_numbers_has_a_reason_and_others_their_values(cohort):
    outcome, table = cohort
    found = association_table(outcome, table[["age"]].assign(tiny=table["noise"] * 1e-4 + outcome * 1e-4), "all")
    row = rows(found, "univariable", "tiny").loc[0]
    assert row["reason"] is Undefined.ODDS_RATIO_TOO_LARGE
    assert math.isnan(row["odds_ratio"])
    assert rows(found, "multivariable", "age").loc[0, "odds_ratio"] > 0
