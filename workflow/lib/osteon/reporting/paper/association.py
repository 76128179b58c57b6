"""Univariable and multivariable logistic regression, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT, integer, is_absent, number, p_value, with_interval
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes
from osteon.statistics.estimate import Undefined
from osteon.statistics.names import MULTIVARIABLE, UNIVARIABLE


def logistic_table(
    logistic: pd.DataFrame, variables: Mapping[str, str], outcome: str, say: Say = english
) -> PaperTable:
    """Odds ratios of the outcome: each variable alone, and all chosen ones together.

    Args:
        logistic: from `statistics.association.association_table`.
        variables: name of each variable, with its unit.
        outcome: what is predicted.
        say: the reader's language.
    """
    headings = {UNIVARIABLE: say("Univariable"), MULTIVARIABLE: say("Multivariable")}
    shown = [analysis for analysis in headings if analysis in set(logistic["analysis"])]
    found = {(row["analysis"], *_term(row)): row for _, row in logistic.iterrows()}
    terms = dict.fromkeys(_term(row) for _, row in logistic.iterrows())
    rows = [
        Row(
            (
                _name(*term, variables, say),
                *(text for analysis in shown for text in _cells(found.get((analysis, *term)))),
            )
        )
        for term in terms
    ]
    columns = [
        Column(heading, headings[analysis])
        for analysis in shown
        for heading in (say("Odds ratio (95% CI)"), say("z"), say("P"))
    ]
    notes = [
        say("Odds ratio: per unit of a number, of yes against no, or against the reference. z, P and intervals: Wald."),
        *(
            say("{analysis}: n = {n}.", analysis=headings[analysis], n=_patients(logistic, analysis))
            for analysis in shown
        ),
    ]
    if (logistic["reason"] == Undefined.NOT_ENTERED).any():
        notes.append(say("{dash}: did not enter the multivariable regression.", dash=ABSENT))
    reasons = [
        (
            say(
                "{variable}, {analysis}",
                variable=_name(*_term(row), variables, say),
                analysis=headings[row["analysis"]],
            ),
            row["reason"],
        )
        for _, row in logistic.iterrows()
        if row["reason"] != Undefined.NOT_ENTERED
    ]
    title = say("Logistic regression of {outcome}", outcome=outcome)
    return PaperTable(
        "logistic",
        title,
        [Column(say("Variable"), words=True), *columns],
        rows,
        notes + reason_notes(reasons, say),
    )


def _term(row: pd.Series) -> tuple[str, str, str]:
    return tuple("" if is_absent(row[key]) else str(row[key]) for key in ("variable", "level", "reference"))


def _name(variable: str, level: str, reference: str, variables: Mapping[str, str], say: Say) -> str:
    name = variables.get(variable, variable)
    if not level:
        return name
    return say("{variable}: {level} against {reference}", variable=name, level=level, reference=reference)


def _cells(row: pd.Series | None) -> list[str]:
    if row is None or is_absent(row["odds_ratio"]):
        return [ABSENT] * 3
    return [with_interval(row["odds_ratio"], row["low"], row["high"], 2), number(row["z"], 2), p_value(row["p"])]


def _patients(logistic: pd.DataFrame, analysis: str) -> str:
    """Patients of an analysis: one number, or the range where variables lack values."""
    sizes = logistic.loc[logistic["analysis"] == analysis, "n"].dropna()
    if sizes.empty:
        return ABSENT
    low, high = integer(sizes.min()), integer(sizes.max())
    return low if low == high else f"{low}–{high}"
