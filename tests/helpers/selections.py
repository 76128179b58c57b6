"""Small training tables with a planted signal for the tests of feature selection."""

from __future__ import annotations

import numpy as np
import pandas as pd

from osteon.modelling.leakage import Ledger, Recorder
from osteon.modelling.selection.step import Training
from osteon.modelling.splits import FINAL
from osteon.modelling.task import Task

TASKS = {
    "binary": Task(),
    "classes": Task("classes", ("low", "middle", "high")),
    "continuous": Task("continuous", ()),
}
PLANTED = ["f00", "f02", "f07"]


def standardised(values: np.ndarray) -> pd.DataFrame:
    """Scaled columns f00, f01, ... of subjects S000, S001, ..."""
    rows, columns = values.shape
    table = pd.DataFrame(
        values, index=[f"S{i:03d}" for i in range(rows)], columns=[f"f{i:02d}" for i in range(columns)]
    )
    return (table - table.mean()) / table.std(ddof=0)


def training(
    kind: str = "binary", rows: int = 120, columns: int = 25, *, noise: float = 0.5, seed: int = 0
) -> Training:
    """The outcome is f00 - f02 + f07 and noise, cut into classes of equal size; f01 is nearly f00."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, columns))
    values[:, 1] = values[:, 0] + 0.3 * values[:, 1]
    table = standardised(values)
    number = table["f00"] - table["f02"] + table["f07"] + noise * random.normal(size=rows)
    return Training(table, coded(number, kind), TASKS[kind], 3)


def coded(number: pd.Series, kind: str) -> pd.Series:
    """The number itself, or codes of equal groups."""
    if kind == "continuous":
        return number
    groups = {"binary": 2, "classes": 3}[kind]
    return (number.rank(method="first") * groups // (len(number) + 1)).astype(int)


def recorder(table: pd.DataFrame) -> Recorder:
    """The final scope of a study in which all rows are training patients."""
    splits = pd.DataFrame({"subject": table.index, "center": "A", "set": "train", "fold": 0})
    return Ledger(splits).recorder(FINAL)
