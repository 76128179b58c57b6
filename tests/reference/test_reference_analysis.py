"""Associations, correlations and subgroups against the printed numbers of the published study, and against pROC."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from osteon.statistics.association import association_table
from osteon.statistics.correlation import correlation
from osteon.statistics.subgroups import auc_by_group


@pytest.fixture(scope="module")
def baseline(shared):
    table = pd.read_csv(shared / "published/osteoporosis_mri/table2_baseline.csv")
    return table[table["kind"] == "count"].set_index(["set", "variable"])


def patients(row):
    """One row per patient from the counts: the outcome, and whether the patient has the level."""
    nop, op = int(row["nop_value"]), int(row["op_value"])
    sizes = [nop, int(row["nop_n"]) - nop, op, int(row["op_n"]) - op]
    return pd.Series(np.repeat([0, 0, 1, 1], sizes)), np.repeat([1.0, 0.0, 1.0, 0.0], sizes)


@pytest.mark.parametrize("variable", ["sex", "smoking", "alcohol", "diabetes"])
def test_univariable_odds_ratios_of_table_3(shared, baseline, variable):
    printed = pd.read_csv(shared / "published/osteoporosis_mri/table3_logistic.csv")
    printed = printed[(printed["analysis"] == "univariable") & (printed["variable"] == variable)].iloc[0]
    outcome, has = patients(baseline.loc["train", variable])
    found = association_table(outcome, pd.DataFrame({variable: has})).iloc[0]
    assert (found["n"], found["events"]) == (768, 422)
    assert found[["odds_ratio", "low", "high"]].tolist() == pytest.approx(
        printed[["or", "ci_low", "ci_high"]].tolist(), abs=0.005
    )
    assert found["z"] == pytest.approx(printed["z"], abs=0.0005)
    if not printed["p_as_printed"].startswith("<"):
        assert found["p"] == pytest.approx(float(printed["p_as_printed"]), abs=0.005)
    entered = found["p"] < 0.05
    assert entered == (variable == "sex")  # smoking is printed as 0.05: its p is 0.0503


@pytest.mark.parametrize(("name", "phi"), [("internal", -0.337), ("train", -0.175), ("external", -0.253)])
def test_point_biserial_correlation_of_sex(baseline, name, phi):
    """Figure 6 prints -0.34: that of the internal test set."""
    outcome, male = patients(baseline.loc[name, "sex"])
    assert correlation(outcome, male).estimate.value == pytest.approx(phi, abs=0.0005)


@pytest.mark.parametrize(
    ("first", "second", "d"),
    [
        ("wfns", "s100b", 1.43490640926908),
        ("wfns", "ndka", 3.10125096778969),
        ("ndka", "s100b", -1.55995743389685),
    ],
)
def test_independent_groups_of_proc(shared, first, second, d):
    """pROC's own constants for unpaired curves; it takes p from Student's t, we from the normal distribution."""
    table = pd.read_csv(shared / "reference/stats/proc_asah/aSAH.csv")
    outcome = np.tile((table["outcome"] == "Poor").astype(int), 2)
    score, marker = np.concatenate([table[first], table[second]]), np.repeat([first, second], len(table))
    assert auc_by_group(outcome, score, marker, [first, second]).statistic == pytest.approx(d, rel=1e-10)
