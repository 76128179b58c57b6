"""Which variables go with the outcome: univariable and multivariable logistic regression, as papers print it.

Odds ratios with Wald intervals. Verified against the published Table 3: the univariable rows of sex, smoking, alcohol
and diabetes come out from its counts; and against statsmodels' formula interface for variables of several levels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from osteon.statistics.estimate import Undefined
from osteon.statistics.inputs import as_outcome
from osteon.statistics.likelihood import maximum_likelihood
from osteon.statistics.names import MULTIVARIABLE, UNIVARIABLE

ASSOCIATION_COLUMNS = [
    *("analysis", "variable", "level", "reference", "n", "events", "n_level", "events_level"),
    *("odds_ratio", "low", "high", "coefficient", "standard_error", "z", "p", "reason"),
]

# A coefficient or an end of its interval beyond this has no odds ratio that a computer can write.
LARGEST = 700.0


@dataclass(frozen=True)
class _Term:
    """One column of the regression: a number, or a level of a variable against the first level."""

    variable: str
    level: str
    reference: str
    values: np.ndarray


def association_table(
    outcome: pd.Series, table: pd.DataFrame, enter: float | Literal["all"] = 0.05, level: float = 0.95
) -> pd.DataFrame:
    """Univariable and multivariable logistic regression.

    Args:
        outcome: (n,) of 0 and 1.
        table: (n, p) variables; numbers as they are (odds ratio per unit; 0 and 1: of 1 against 0), text as levels,
            each against the first in the order of the alphabet, or of the column's categories. A patient without a
            value does not count where the variable takes part.
        enter: which variables enter the multivariable regression: 'all', or those with a univariable p below this (of
            several levels the smallest counts). Selection by p makes the multivariable p values too small.
        level: confidence level.

    Returns:
        `ASSOCIATION_COLUMNS`: first the univariable rows, then the multivariable ones, both in the order of the
        table; `level` is '' for numbers. n and events count the patients of the regression, n_level and events_level
        those with 1, or with the level (missing for other numbers). `reason` says why there is no odds ratio: separated
        outcomes, collinear variables, a constant one, one outcome only; 'not_entered' in the multivariable rows.

    Raises:
        ValueError: an outcome that is neither 0 nor 1, or another number of rows.
    """
    positive = as_outcome(outcome)
    if len(positive) != len(table):
        raise ValueError(f"association: {len(positive)} outcomes for {len(table)} rows of variables")
    rows, chosen = [], []
    for name in table.columns:
        found = _regression(positive, table[[name]], level)
        rows += [row | {"analysis": UNIVARIABLE} for row in found]
        smallest = min((row["p"] for row in found if not math.isnan(row["p"])), default=math.nan)
        if (enter == "all" and not found[0]["reason"]) or (enter != "all" and smallest < enter):
            chosen.append(name)
    together = _regression(positive, table[chosen], level) if chosen else []
    for name in table.columns:
        own = [row for row in together if row["variable"] == name]
        if not own:
            empty = dict.fromkeys(ASSOCIATION_COLUMNS, math.nan)
            terms = _terms(name, table[name])
            own = [empty | {"variable": name, "level": term.level, "reference": term.reference} for term in terms]
            own = [row | {"reason": Undefined.NOT_ENTERED} for row in own]
        rows += [row | {"analysis": MULTIVARIABLE} for row in own]
    counts = dict.fromkeys(("n", "events", "n_level", "events_level"), "Int64")
    return pd.DataFrame(rows, columns=ASSOCIATION_COLUMNS).astype(counts)


def _regression(positive: np.ndarray, table: pd.DataFrame, level: float) -> list[dict[str, object]]:
    """One logistic regression of all columns together, on the patients who have them all."""
    known = table.notna().all(axis=1).to_numpy()
    outcome = positive[known]
    terms = [term for name in table.columns for term in _terms(name, table.loc[known, name])]
    fit, reason = maximum_likelihood(outcome, np.column_stack([term.values for term in terms]))
    quantile, rows = float(norm.ppf(0.5 + level / 2)), []
    for place, term in enumerate(terms, start=1):
        row: dict[str, object] = dict.fromkeys(ASSOCIATION_COLUMNS, math.nan)
        row |= {"variable": term.variable, "level": term.level, "reference": term.reference, "reason": reason}
        row |= {"n": len(outcome), "events": int(outcome.sum())}
        if np.isin(term.values, (0, 1)).all():
            with_it = term.values == 1
            row |= {"n_level": int(with_it.sum()), "events_level": int(outcome[with_it].sum())}
        if fit is not None:
            value, error = float(fit.params[place]), float(fit.bse[place])
            if abs(value) + quantile * error > LARGEST:
                rows.append(row | {"reason": Undefined.ODDS_RATIO_TOO_LARGE})
                continue
            row |= {
                "odds_ratio": math.exp(value),
                "low": math.exp(value - quantile * error),
                "high": math.exp(value + quantile * error),
                "coefficient": value,
                "standard_error": error,
                "z": value / error,
                "p": float(2 * norm.sf(abs(value / error))),
            }
        rows.append(row)
    return rows


def _terms(name: str, column: pd.Series) -> list[_Term]:
    if pd.api.types.is_numeric_dtype(column):
        return [_Term(name, "", "", column.to_numpy(dtype=float))]
    levels = _levels(column)
    if len(levels) < 2:  # one row, which says that the variable is constant
        return [_Term(name, levels[0] if levels else "", "", np.zeros(len(column)))]
    return [_Term(name, level, levels[0], (column == level).to_numpy(dtype=float)) for level in levels[1:]]


def _levels(column: pd.Series) -> Sequence[str]:
    """Levels that occur, the reference first."""
    present = set(column.dropna())
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [level for level in column.cat.categories if level in present]
    return sorted(present)
