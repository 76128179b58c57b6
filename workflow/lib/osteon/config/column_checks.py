"""What must hold of whole columns of the participants table, and of the number of patients of a center.

Each breach is one problem. Only the cases' rows count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from osteon.config.center_tables import copied, outcomes_of
from osteon.config.explain import Problem
from osteon.config.harmonisation import CENTER
from osteon.config.matching import Row
from osteon.config.sheets import Case, as_number, is_missing, normalised
from osteon.config.study import Study

SHOWN = 5


def column_problems(study: Study, cases: Sequence[Case], participants: Mapping[str, Row]) -> list[Problem]:
    """Inputs of models that are not what the study says of them, that hold nothing, or that are the outcome.

    Args:
        study: the study.
        cases: its cases.
        participants: row of the participants table of each case that has one.
    """
    rows = {case.subject: participants[case.subject] for case in cases if case.subject in participants}
    problems = [
        problem
        for name in _inputs(study)
        if study.variables[name].type == "binary"
        for problem in _third_value(study, name, [normalised(row[name]) for row in rows.values()])
    ]
    own = {case.subject for case in cases if case.center in study.development} & rows.keys()
    outcome = outcomes_of(study, own, rows) if study.outcome else {}
    for name in _inputs(study):
        values = {subject: _number(study, name, rows[subject][name]) for subject in sorted(own)}
        known = {subject: value for subject, value in values.items() if value is not None}
        if own and not known:
            what = f"no development patient has a value of '{name}'."
            problems.append(
                Problem(study.participants or "", what, "Complete the column, or take it out of the models")
            )
        elif copied(known, outcome, numbers=study.outcome is not None and study.outcome.type == "continuous"):
            what = f"column '{name}' is a copy of the outcome '{study.outcome.column}'."
            problems.append(Problem(study.participants or "", what, "Take it out of the models"))
    return problems


def center_size_problems(study: Study, cases: Sequence[Case]) -> list[Problem]:
    """Centers with so few patients that ComBat will refuse them in some fold, whichever patients it gets.

    The smallest training set of the folds has at most the mean number of patients; the hold-out takes its share of each
    group of outcomes, up to one patient less.
    """
    settings, validation = study.harmonisation, study.validation
    by_features = any(model.scores or model.columns for model in study.models.values())
    if settings.method == "none" or CENTER not in settings.batch or not by_features or not study.outcome:
        return []
    share = validation.hold_out if isinstance(validation.hold_out, float) else 0.0
    spared = (len(study.outcome.values) or 4) if share else 0
    problems = []
    for code in study.development:
        count = sum(case.center == code for case in cases)
        most = min(count, count * (1 - share) + spared) * (1 - 1 / validation.folds)
        if most < settings.minimum:
            what = f"has {count} patients; ComBat needs {settings.minimum} in the training set of every fold."
            write = "Write role: external, or harmonisation: {method: none}, or lower harmonisation.minimum"
            problems.append(Problem(f"centers.{code}", what, write))
    return problems


def _inputs(study: Study) -> list[str]:
    """Variables that models learn from."""
    named = [variable for model in study.models.values() for variable in model.clinical]
    used = [*named, *(study.harmonisation.covariates if study.models else [])]
    return [name for name in dict.fromkeys(used) if name in study.variables]


def _number(study: Study, name: str, value: str) -> float | None:
    if study.variables[name].type == "continuous" or is_missing(value):
        return as_number(value)
    return float(normalised(value) == study.variables[name].positive)


def _third_value(study: Study, name: str, values: list[str]) -> list[Problem]:
    """Every value but the positive one is coded 0, so a misspelt or an unknown one would be a silent no."""
    present = list(dict.fromkeys(value for value in values if not is_missing(value)))
    positive = study.variables[name].positive
    others = [value for value in present if value != positive]
    if len(others) < 2:
        return []
    shown = ", ".join(others[:SHOWN]) + (", ..." if len(others) > SHOWN else "")
    write = f"Write {positive} or one other value, and leave the cell empty where it is not known"
    return [Problem(study.participants or "", f"'{name}' is binary and holds, beside {positive}: {shown}.", write)]
