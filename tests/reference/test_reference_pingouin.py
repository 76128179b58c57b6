"""The two-group tests of the baseline table against pingouin's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest

from osteon.statistics.tests import chi_square, mann_whitney


def test_mann_whitney_agrees():
    rng = np.random.default_rng(3)
    first, second = rng.normal(67, 8, 80).round(), rng.normal(71, 7, 95).round()
    theirs = pingouin.mwu(first, second, method="asymptotic").iloc[0]
    ours = mann_whitney(first, second)
    assert (ours.statistic, ours.p) == pytest.approx((theirs["U_val"], theirs["p_val"]), rel=1e-9)


@pytest.mark.parametrize("yates", [True, False])
def test_chi_square_agrees(yates):
    counts = np.array([[171, 175], [136, 286]])
    rows = [(row, column) for row in (0, 1) for column in (0, 1) for _ in range(counts[row, column])]
    table = pd.DataFrame(rows, columns=["group", "male"])
    _, _, statistics = pingouin.chi2_independence(table, x="group", y="male", correction=yates)
    theirs = statistics[statistics["test"] == "pearson"].iloc[0]
    ours = chi_square(counts, yates=yates)
    assert (ours.statistic, ours.p) == pytest.approx((theirs["chi2"], theirs["pval"]), rel=1e-9)
