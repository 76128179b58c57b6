"""Join the cases with the participants table and code outcome and variables as numbers."""

from __future__ import annotations

import pandas as pd

from osteon.config.cohort import Outcome, Variable
from osteon.config.sheets import is_missing
from osteon.tables.reasons import EXPLANATIONS, Reason


def code_participants(
    rows: list[dict[str, str]],
    cases: list[tuple[str, str]],
    outcome: Outcome,
    variables: dict[str, Variable],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One coded row per case, and the cases that have no outcome.

    Args:
        rows: participants as text, one dict per row, with 'subject', the outcome's column and all variables.
        cases: (center, subject) of every case, in order.
        outcome: column and the values that mean 1 and 0.
        variables: clinical variables; binary ones become 1 for their `positive` value and 0 for any other.

    Returns:
        The coded table (subject, center, outcome as 0 or 1, variables as numbers, missing ones as NaN), and
        the excluded cases (subject, center, stage, reason, detail).

    Raises:
        KeyError: a case has no row; the study's checks find this before anything runs.
    """
    by_subject = {row["subject"]: row for row in rows}
    coded, excluded = [], []
    for center, subject in cases:
        row = by_subject[subject]
        value = row[outcome.column]
        if is_missing(value):
            excluded.append(
                {
                    "subject": subject,
                    "center": center,
                    "stage": "participants",
                    "reason": str(Reason.OUTCOME_MISSING),
                    "detail": f"{outcome.column}: {EXPLANATIONS[Reason.OUTCOME_MISSING][0]}",
                }
            )
            continue
        coded.append(
            {"subject": subject, "center": center, "outcome": int(value == outcome.positive)}
            | {name: _coded(row[name], variable) for name, variable in variables.items()}
        )
    columns = ["subject", "center", "outcome", *variables]
    return (
        pd.DataFrame(coded, columns=columns),
        pd.DataFrame(excluded, columns=["subject", "center", "stage", "reason", "detail"]),
    )


def _coded(value: str, variable: Variable) -> float:
    if is_missing(value):
        return float("nan")
    return float(value) if variable.type == "continuous" else float(value == variable.positive)
