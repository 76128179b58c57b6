"""Outcomes and clinical variables as numbers: from the words of a participants table."""

from __future__ import annotations

from osteon.config.cohort import Outcome, Variable
from osteon.config.sheets import is_missing, normalised


def coded_outcome(value: str, outcome: Outcome) -> float:
    """An outcome that is there: its number, or the place of its class.

    Raises:
        ValueError: it is none of the values.
    """
    if outcome.type == "continuous":
        return float(value)
    if normalised(value) not in outcome.values:
        raise ValueError(f"column {outcome.column!r} has {value!r}; allowed are {', '.join(outcome.values)}")
    return outcome.values.index(normalised(value))


def coded_variable(value: str, variable: Variable) -> float:
    """A clinical variable: its number, or 1 for the positive value and 0 for any other; NaN where it is missing."""
    if is_missing(value):
        return float("nan")
    return float(value) if variable.type == "continuous" else float(normalised(value) == variable.positive)
