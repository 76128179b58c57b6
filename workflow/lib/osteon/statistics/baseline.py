"""The baseline table: clinical variables by outcome, with a test each."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from osteon.config.cohort import Variable
from osteon.statistics.inputs import as_outcome
from osteon.statistics.tests import compare_counts, mann_whitney

SUMMARY = ["n", "missing", "median", "lower_quartile", "upper_quartile", "count", "percent", "text"]
GROUPS = ["all", "0", "1"]
COLUMNS = [
    "variable",
    "label",
    "unit",
    "type",
    *(f"{key}_{group}" for group in GROUPS for key in SUMMARY),
    "test",
    "statistic",
    "p",
    "reason",
]


def baseline_table(cohort: pd.DataFrame, variables: dict[str, Variable]) -> pd.DataFrame:
    """Median and quartiles, or count and percent, of every variable by outcome.

    Args:
        cohort: columns outcome (0 or 1) and the variables, coded as numbers (binary ones 0 or 1).
        variables: what each column is, by name.

    Returns:
        One row per variable: variable, label, unit, type; for groups 'all', '0' and '1' the columns
        n_<group> (patients with a value), missing_<group>, median_, lower_quartile_,
        upper_quartile_ (continuous), count_, percent_ (binary: patients coded 1) and text_; then
        test (Mann-Whitney U; chi-square with Yates' correction, or Fisher's exact where a count is
        expected below 5), statistic, p and reason (why p is missing).

    Raises:
        ValueError: a variable is not a column of the cohort.
    """
    if absent := [name for name in variables if name not in cohort.columns]:
        raise ValueError(f"baseline table: column {absent[0]!r} is missing; the table has {list(cohort.columns)}")
    positive = as_outcome(cohort["outcome"])
    rows = [_row(name, variable, cohort[name].to_numpy(dtype=float), positive) for name, variable in variables.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(name: str, variable: Variable, values: np.ndarray, positive: np.ndarray) -> dict[str, object]:
    binary = variable.type == "binary"
    row: dict[str, object] = {
        "variable": name,
        "label": variable.label or name,
        "unit": variable.unit,
        "type": variable.type,
    }
    groups = dict(zip(GROUPS, (values, values[~positive], values[positive]), strict=True))
    for group, members in groups.items():
        row |= {f"{key}_{group}": value for key, value in _summary(members, binary).items()}
    negative, affected = (groups[key][~np.isnan(groups[key])] for key in ("0", "1"))
    if binary:
        result = compare_counts([[int(part.sum()), int((1 - part).sum())] for part in (negative, affected)])
    else:
        result = mann_whitney(negative, affected)
    return row | {"test": result.test, "statistic": result.statistic, "p": result.p, "reason": result.reason}


def _summary(values: np.ndarray, binary: bool) -> dict[str, object]:
    known = values[~np.isnan(values)]
    summary: dict[str, object] = dict.fromkeys(SUMMARY, math.nan)
    summary |= {"n": len(known), "missing": len(values) - len(known), "text": ""}
    if not len(known):
        return summary
    if binary:
        count, percent = int(known.sum()), 100 * float(known.mean())
        return summary | {"count": count, "percent": percent, "text": f"{count} ({percent:.1f} %)"}
    low, median, high = (float(value) for value in np.quantile(known, [0.25, 0.5, 0.75]))
    return summary | {
        "median": median,
        "lower_quartile": low,
        "upper_quartile": high,
        "text": f"{median:.4g} ({low:.4g}-{high:.4g})",
    }


def baseline_by_set(sets: dict[str, pd.DataFrame], variables: dict[str, Variable]) -> pd.DataFrame:
    """`baseline_table` of each set, with the set's name in the first column."""
    tables = []
    for name, cohort in sets.items():
        table = baseline_table(cohort, variables)
        table.insert(0, "set", name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
