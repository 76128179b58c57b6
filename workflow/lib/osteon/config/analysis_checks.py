"""What the section 'analysis' needs of the other sections and of cases.tsv; each breach is one problem."""

from __future__ import annotations

from osteon.config.analysis import Analysis
from osteon.config.batches import NO, YES
from osteon.config.explain import Problem, did_you_mean
from osteon.config.harmonisation import CENTER
from osteon.config.sheets import Case, is_missing, normalised
from osteon.config.study import Study

SHOWN = 5


def analysis_problems(study: Study, cases: list[Case]) -> list[Problem]:
    """Breaches between `analysis`, the outcome, the variables, the batches and the columns of cases.tsv."""
    analysis = study.analysis
    if not analysis.subgroups and analysis.recalibration.column is None:
        return []
    if not study.models:
        used = "analysis.subgroups" if analysis.subgroups else "analysis.recalibration"
        return [Problem(used, "needs models, and the study has none.", "Write at least one entry under 'models:'")]
    if study.outcome and study.outcome.type != "binary":
        return [
            Problem(f"analysis.{key}", f"is for a binary outcome, and it is '{study.outcome.type}'.", f"Remove '{key}'")
            for key, used in (("subgroups", analysis.subgroups), ("recalibration", analysis.recalibration.column))
            if used
        ]
    return _subgroup_problems(analysis, study) + _recalibration_problems(analysis, study, cases)


def named_for_recalibration(case: Case, column: str | None) -> bool:
    """Whether a case's row names it for recalibration."""
    return column is not None and normalised(case.more.get(column, "")).casefold() == YES


def _subgroup_problems(analysis: Analysis, study: Study) -> list[Problem]:
    batches = study.harmonisation.batches
    known = [*study.variables, *batches, CENTER]
    problems = []
    for name, limits in analysis.subgroups.items():
        where = f"analysis.subgroups.{name}"
        if name not in known:
            what = "is no clinical variable, no batch and not 'center'."
            problems.append(Problem(where, what, did_you_mean(name, known)))
        elif name in study.variables and name in batches:
            problems.append(Problem(where, "is a clinical variable and a batch.", "Call one of them otherwise"))
        elif name in study.variables and study.variables[name].type == "continuous":
            if limits is None:
                what = "is a number and needs limits between the groups."
                problems.append(Problem(where, what, f"Write: {name}: [<number>]"))
        elif limits is not None:
            problems.append(Problem(where, "is no number, but has limits.", f"Write: {name}: null"))
    return problems


def _recalibration_problems(analysis: Analysis, study: Study, cases: list[Case]) -> list[Problem]:
    where, column = "analysis.recalibration.column", analysis.recalibration.column
    if column is None:
        return []
    columns = list(dict.fromkeys(name for case in cases for name in case.more))
    if column not in columns:
        return [Problem(where, f"{study.cases} has no column '{column}'.", did_you_mean(column, columns))]
    problems = []
    for case in cases:
        written = case.more.get(column, "")
        here = f"{study.cases}, row {case.row}"
        if not is_missing(written) and normalised(written).casefold() not in (YES, NO):
            what = f"'{written}' in column '{column}' is neither yes nor no."
            problems.append(Problem(here, what, "Write: yes, or leave it empty"))
        elif named_for_recalibration(case, column) and case.center in study.development:
            what = f"'{written}' in column '{column}' is for recalibration, but the patient is of a development center."
            problems.append(Problem(here, what, "Leave it empty: models learn from this patient anyway"))
    if len(problems) > SHOWN:
        more = Problem(study.cases, f"{len(problems) - SHOWN} more cells of '{column}' are wrong.")
        problems = [*problems[:SHOWN], more]
    named = {
        code: [named_for_recalibration(case, column) for case in cases if case.center == code]
        for code in study.external
    }
    for code, own in named.items():
        if own and all(own):
            what = f"names all patients of center '{code}' for recalibration; none is left to be evaluated."
            problems.append(Problem(where, what, "Write 'yes' for some of them only"))
    if not problems and not any(any(own) for own in named.values()):
        what = f"no external center has a patient with 'yes' in column '{column}' of {study.cases}."
        problems.append(Problem(where, what, "Write 'yes' for some of them, or remove the key"))
    return problems
