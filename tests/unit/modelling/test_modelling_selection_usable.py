"""Columns that cannot be used."""

from __future__ import annotations

import numpy as np
import pandas as pd

from osteon.modelling.selection.fates import Fate
from osteon.modelling.selection.usable import constant_columns, missing_columns


def test_missing_columns():
    table = pd.DataFrame({"good": [1, np.nan, 1, 1], "empty": [np.nan] * 4, "half": [1, 1, np.nan, np.nan]})
    center = pd.Series(["A", "A", "B", "B"])
    assert missing_columns(table, center) == {"empty": Fate.ALL_MISSING, "half": Fate.MISSING_IN_CENTER}


def test_constant_columns():
    x = np.arange(100.0)
    middle = np.select([x < 2, x > 96], [-1, 9], 5)
    table = pd.DataFrame(
        {
            "varies": x,
            "flat": 3.0,
            "rounding": 0.1 + 1e-15 * (x % 2),
            "94 %": np.minimum(x, 6),
            "95 %": np.minimum(x, 5),
            "95 % in the middle": middle,
            "tiny": 1e-30 * x,
        }
    )
    assert set(constant_columns(table)) == {"flat", "rounding", "95 %", "95 % in the middle"}
