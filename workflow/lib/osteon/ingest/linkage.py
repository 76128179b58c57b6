"""Join the cases with the participants table and code outcome and variables as numbers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.config.coding import coded_outcome, coded_variable
from osteon.config.cohort import Outcome, Variable
from osteon.config.matching import Match
from osteon.config.sheets import is_missing
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
        outcome: column, and its values in the order of their codes 0, 1, ...; a continuous one has none.
        variables: clinical variables; binary ones become 1 for their `positive` value and 0 for any other.

    Returns:
        The coded table (subject, center, outcome as its code or number, variables as numbers, missing ones as NaN),
        and the excluded cases (subject, center, stage, reason, detail).

    Raises:
        ValueError: an outcome is none of the values; the check of the study has refused such a table before.
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
            numbers = [coded_variable(match.row[name], variable) for name, variable in variables.items()]
            coded.append([subject, center, coded_outcome(match.row[outcome.column], outcome), *numbers])
    return (
        pd.DataFrame(coded, columns=[*CODED_COLUMNS, *variables]),
        pd.DataFrame(unlinked, columns=UNLINKED_COLUMNS),
    )
