"""The baseline table: clinical variables by outcome, with a test each."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from osteon.config.analysis import Baseline
from osteon.config.cohort import Variable
from osteon.statistics.inputs import as_codes, as_scores
from osteon.statistics.tests import TestResult, compare_counts, compare_groups, mann_whitney, rank_correlation, welch

SUMMARY = ["n", "missing", "median", "lower_quartile", "upper_quartile", "mean", "sd", "count", "percent", "text"]
ALL = "all"
COUNT, MEANS = "count", "mean_sd"
# What is asked for where nothing is configured.
DEFAULT = Baseline()


def columns(groups: int) -> list[str]:
    """Columns of the table for an outcome of so many groups."""
    names = [ALL, *map(str, range(groups))]
    return [
        *("variable", "label", "unit", "type", "summary"),
        *(f"{key}_{group}" for group in names for key in SUMMARY),
        *("test", "statistic", "p", "reason"),
    ]


def baseline_table(
    cohort: pd.DataFrame, variables: Mapping[str, Variable], groups: int = 2, settings: Baseline = DEFAULT
) -> pd.DataFrame:
    """Median and quartiles, mean and standard deviation, or count and percent, of every variable by outcome.

    Args:
        cohort: columns outcome and the variables, coded as numbers (binary ones 0 or 1).
        variables: what each column is, by name.
        groups: number of outcome groups: their codes are 0 to groups - 1. 0: the outcome is a number.
        settings: tests, and which summary of continuous variables is shown.

    Returns:
        One row per variable: variable, label, unit, type, summary ('median_iqr', 'mean_sd' or 'count'); for 'all' and
        each group ('0', '1', ...) the columns n_<group> (patients with a value), missing_<group>, median_,
        lower_quartile_, upper_quartile_, mean_, sd_ (continuous), count_, percent_ (binary: patients coded 1) and
        text_; then test, statistic, p and reason (why p is missing). Groups, continuous: Mann-Whitney U or
        Kruskal-Wallis; of means Welch's t or analysis of variance. Groups, binary: `tests.compare_counts`. A number:
        Spearman's correlation with it; Mann-Whitney U of the outcome by the binary variable.

    Raises:
        ValueError: a variable is not a column of the cohort.
    """
    if absent := [name for name in variables if name not in cohort.columns]:
        raise ValueError(f"baseline table: column {absent[0]!r} is missing; the table has {list(cohort.columns)}")
    outcome = cohort["outcome"]
    coded = as_codes(outcome, groups) if groups else as_scores(outcome, len(cohort), "outcome")
    rows = [
        _row(name, variable, cohort[name].to_numpy(dtype=float), coded, groups, settings)
        for name, variable in variables.items()
    ]
    return pd.DataFrame(rows, columns=columns(groups))


def _row(
    name: str, variable: Variable, values: np.ndarray, outcome: np.ndarray, groups: int, settings: Baseline
) -> dict[str, object]:
    summary = COUNT if variable.type == "binary" else settings.continuous
    row: dict[str, object] = {
        "variable": name,
        "label": variable.label or name,
        "unit": variable.unit,
        "type": variable.type,
        "summary": summary,
    }
    members = {ALL: values} | {str(code): values[outcome == code] for code in range(groups)}
    for group, own in members.items():
        row |= {f"{key}_{group}": value for key, value in _summary(own, summary).items()}
    known = ~np.isnan(values)
    if groups:
        result = _test_of_groups([values[known & (outcome == code)] for code in range(groups)], summary, settings)
    elif summary == COUNT:
        result = mann_whitney(outcome[known & (values == 0)], outcome[known & (values == 1)])
    else:
        result = rank_correlation(values[known], outcome[known])
    return row | {"test": result.test, "statistic": result.statistic, "p": result.p, "reason": result.reason}


def _test_of_groups(parts: list[np.ndarray], summary: str, settings: Baseline) -> TestResult:
    if summary == COUNT:
        return compare_counts([[int(part.sum()), int((1 - part).sum())] for part in parts], settings.counts)
    if summary == MEANS:
        return welch(parts)
    return mann_whitney(*parts) if len(parts) == 2 else compare_groups(parts)


def _summary(values: np.ndarray, kind: str) -> dict[str, object]:
    known = values[~np.isnan(values)]
    summary: dict[str, object] = dict.fromkeys(SUMMARY, math.nan)
    summary |= {"n": len(known), "missing": len(values) - len(known), "text": ""}
    if not len(known):
        return summary
    if kind == COUNT:
        count, percent = int(known.sum()), 100 * float(known.mean())
        return summary | {"count": count, "percent": percent, "text": f"{count} ({percent:.1f} %)"}
    low, median, high = (float(value) for value in np.quantile(known, [0.25, 0.5, 0.75]))
    mean, sd = float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else math.nan
    text = f"{mean:.4g} ({sd:.4g})" if kind == MEANS else f"{median:.4g} ({low:.4g}-{high:.4g})"
    quartiles = {"median": median, "lower_quartile": low, "upper_quartile": high}
    return summary | quartiles | {"mean": mean, "sd": sd, "text": text}


def baseline_by_set(
    sets: Mapping[str, pd.DataFrame],
    variables: Mapping[str, Variable],
    groups: int = 2,
    settings: Baseline = DEFAULT,
) -> pd.DataFrame:
    """`baseline_table` of each set, with the set's name in the first column."""
    tables = []
    for name, cohort in sets.items():
        table = baseline_table(cohort, variables, groups, settings)
        table.insert(0, "set", name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
