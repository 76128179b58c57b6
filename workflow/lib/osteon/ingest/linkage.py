"""Join the cases with the participants table and code outcome and variables as numbers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.config.cohort import Outcome, Variable
from osteon.config.matching import Match, Row
from osteon.config.sheets import is_missing, normalised
from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.reasons import Reason

STAGE = "participants"
CODED_COLUMNS = ["subject", "center", "outcome"]
UNLINKED_COLUMNS = ["subject", "center", "stage", "reason", "detail"]


def code_participants(
    matches: Mapping[str, Match],
    cases: list[tuple[str, str]],
    outcome: Outcome,
    variables: dict[str, Variable],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One coded row per case, and the cases without participant or without outcome.

    Args:
        matches: the participant of every case, by subject (see `config.matching.match_cases`).
        cases: (center, subject) of every case, in order.
        outcome: column and the values that mean 1 and 0.
        variables: clinical variables; binary ones become 1 for their `positive` value and 0 for any other.

    Returns:
        The coded table (subject, center, outcome as 0 or 1, variables as numbers, missing ones as NaN), and
        the excluded cases (subject, center, stage, reason, detail).
    """
    coded, unlinked = [], []
    for center, subject in cases:
        match = matches[subject]
        if match.row is None:
            unlinked.append((subject, center, STAGE, match.reason, match.detail))
        elif is_missing(match.row[outcome.column]):
            reason = Reason.OUTCOME_MISSING
            detail = f"{outcome.column}: {EXPLANATIONS[reason][0]}"
            unlinked.append((subject, center, STAGE, str(reason), detail))
        else:
            coded.append([subject, center, *_coded(match.row, outcome, variables)])
    return (
        pd.DataFrame(coded, columns=[*CODED_COLUMNS, *variables]),
        pd.DataFrame(unlinked, columns=UNLINKED_COLUMNS),
    )


def _coded(row: Row, outcome: Outcome, variables: dict[str, Variable]) -> list[float]:
    numbers: list[float] = [int(normalised(row[outcome.column]) == outcome.positive)]
    for name, variable in variables.items():
        value = row[name]
        if is_missing(value):
            numbers.append(float("nan"))
        elif variable.type == "continuous":
            numbers.append(float(value))
        else:
            numbers.append(float(normalised(value) == variable.positive))
    return numbers
