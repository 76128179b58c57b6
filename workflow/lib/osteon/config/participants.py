"""What must hold of the participants table; each breach is one problem.

A case that has no row, or no row of its own, is no problem here: it is excluded with a reason, like any other bad case.
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections import Counter

from osteon.config.center_tables import advice, shortened
from osteon.config.explain import Problem
from osteon.config.matching import Matches, Row, match_cases
from osteon.config.sheets import Case, as_number, is_missing, normalised, subject_label
from osteon.config.study import Study

EXAMPLES = 3
SHOWN = 5
# 2024-05-03, 2024/5/3, 2024.5.3, 20240503, 2024年5月3日; a time of day may follow
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ].*)?")


def study_matches(study: Study, cases: list[Case], participants: list[Row]) -> Matches:
    """The participant of each case of a study."""
    return match_cases(
        [(case.center, case.subject, case.key) for case in cases],
        participants,
        study.linkage.key,
        {code: center.name for code, center in study.centers.items()},
    )


def participant_problems(study: Study, cases: list[Case], participants: list[Row]) -> list[Problem]:
    """A key that joins nothing, and values of the cases' rows that cannot be used."""
    if not study.participants:
        return []
    matches = study_matches(study, cases, participants)
    if cases and all(match.reason == "participant_missing" for match in matches.by_subject.values()):
        return [_nothing_joined(study, cases, participants)]
    problems = _unreadable_values(study)
    outcomes: list[Problem] = []
    cells: list[Problem] = []
    for row in matches.rows.values():
        where = f"{study.participants}, row {row['#']}"
        outcomes += _outcome_problems(study, row, where)
        cells += _variable_problems(study, row, where) + _compared_problems(study, row, where)
    problems = _some(outcomes, study) + problems + shortened(cells, study.participants)
    if study.simulation:
        problems += [
            Problem(
                study.participants,
                f"has no row for subject '{case.subject}' of {study.cases}, row {case.row}.",
                "Add the row; simulated images are made from it",
            )
            for case in cases
            if case.subject not in matches.rows
        ]
    return problems


def class_problems(study: Study, cases: list[Case], participants: list[Row]) -> list[Problem]:
    """A model needs development patients of every class, or outcomes that vary."""
    own = [case for case in cases if case.center in set(study.development)]
    rows = study_matches(study, cases, participants).rows
    found = [rows[case.subject][study.outcome.column] for case in own if case.subject in rows]
    counts = Counter(normalised(value) for value in found if not is_missing(value))
    if not study.models:
        return []
    if study.outcome.type == "continuous":
        distinct = {float(value) for value in counts}
        if len(distinct) > 1:
            return []
        only, need = (f"{distinct.pop():g}" if distinct else "nothing"), "patients whose outcomes differ"
    else:
        present = [value for value in study.outcome.values if counts[value]]
        if len(present) > 1:
            return _absent_classes(study, set(present))
        only = present[0] if present else "nothing"
        need = "patients with and without the outcome" if study.outcome.type == "binary" else "patients of every class"
    return [
        Problem(
            study.participants,
            f"all development patients have '{study.outcome.column}' = {only}.",
            f"A model needs {need}",
        )
    ]


def _absent_classes(study: Study, present: set[str]) -> list[Problem]:
    return [
        Problem(
            study.participants,
            f"no development patient has '{study.outcome.column}' = {value}.",
            "Add such patients, or remove the class from 'outcome.classes'",
        )
        for value in study.outcome.values
        if value not in present
    ]


def as_date(value: str) -> datetime.date | None:
    """A date as hospitals write it, year first; None if it is none."""
    found = _DATE.fullmatch(normalised(value))
    if not found:
        return None
    year, *parts = (int(part) for part in found.groups() if part)
    try:
        return datetime.date(year, *parts)
    except ValueError:
        return None


def _nothing_joined(study: Study, cases: list[Case], participants: list[Row]) -> Problem:
    key, case_key = study.linkage.key, study.linkage.case_key
    wanted = {case.key for case in cases} - {""}
    here = ", ".join(row[key] or "empty" for row in participants[:EXAMPLES]) or "there is no row"
    there = ", ".join(case.key or "empty" for case in cases[:EXAMPLES])
    hits = {
        name: sum(subject_label(row[name]) in wanted for row in participants)
        for name in (participants[0] if participants else ())
        if name != "#"
    }
    best = max(hits, key=hits.get, default="")
    write = "Write: linkage: {key: ..., case_key: ...}"
    if study.imaging:
        write += "; where images were de-identified, put their pseudonyms into the table (the center's link table)"
    return Problem(
        study.participants,
        f"has no row of any case: ids under '{key}' here are {here}; under '{case_key}' in {study.cases} {there}.",
        f"Did you mean 'linkage: {{key: {best}}}'?" if hits.get(best) else write,
    )


def _unreadable_values(study: Study) -> list[Problem]:
    """A value that means an empty cell in every table cannot be an outcome as well."""
    return [
        Problem("outcome", f"'{value}' means an empty cell.", "Write another word here and in the table")
        for value in (study.outcome.values if study.outcome else ())
        if is_missing(value)
    ]


def _outcome_problems(study: Study, row: Row, where: str) -> list[Problem]:
    outcome = study.outcome
    if outcome is None:
        return []
    value = row[outcome.column]
    if is_missing(value):
        if outcome.missing == "exclude":
            return []
        write = f"Write {_either(outcome.values) or 'a number'}, or set 'outcome.missing: exclude'"
        return [Problem(where, f"'{outcome.column}' of subject '{row[study.linkage.key]}' is empty.", write)]
    if outcome.type == "continuous":
        wrong = f"'{outcome.column}' is '{value}', not a finite number."
        return [] if _is_number(value) else [Problem(where, wrong, "Write a number")]
    return _unless_one_of(value, outcome.column, outcome.values, where)


def _some(problems: list[Problem], study: Study) -> list[Problem]:
    """The first problems; a column that was meant otherwise would fill pages."""
    more = len(problems) - SHOWN
    rest = Problem(study.participants, f"{more} more rows have such an outcome.", "Is 'outcome.type' right?")
    return [*problems[:SHOWN], *([rest] if more > 0 else [])]


def _variable_problems(study: Study, row: Row, where: str) -> list[Problem]:
    numeric = [name for name, variable in study.variables.items() if variable.type == "continuous"]
    return _unless_numbers(row, numeric, where)


def _compared_problems(study: Study, row: Row, where: str) -> list[Problem]:
    """Values that are compared with the headers: sex, age and date."""
    linkage, problems = study.linkage, []
    if linkage.sex and not is_missing(row[linkage.sex.column]):
        allowed = [linkage.sex.male, linkage.sex.female]
        problems += _unless_one_of(row[linkage.sex.column], linkage.sex.column, allowed, where)
    if linkage.age and linkage.age not in study.variables:
        problems += _unless_numbers(row, [linkage.age], where)
    if linkage.date and not is_missing(row[linkage.date]) and as_date(row[linkage.date]) is None:
        what = f"'{linkage.date}' is '{row[linkage.date]}', not a date."
        problems.append(Problem(where, what, "Write YYYY-MM-DD, or leave it empty"))
    return problems


def _unless_one_of(value: str, column: str, allowed: list[str], where: str) -> list[Problem]:
    if normalised(value) in allowed:
        return []
    close = difflib.get_close_matches(normalised(value), allowed, n=1)
    suggestion = f"Did you mean '{close[0]}'? " if close else ""
    return [Problem(where, f"'{column}' is '{value}'.", f"{suggestion}Write: {_either(allowed)}")]


def _either(values: list[str]) -> str:
    """'a or b'; 'a, b or c'."""
    return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


def _unless_numbers(row: Row, names: list[str], where: str) -> list[Problem]:
    return [
        Problem(where, f"'{name}' is '{row[name]}', not a number.", advice(row[name]))
        for name in names
        if not is_missing(row[name]) and not _is_number(row[name])
    ]


def _is_number(value: str) -> bool:
    number = as_number(value)
    return number is not None and abs(number) != float("inf")
