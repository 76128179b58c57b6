"""What batches, persons and adaptation need: columns of cases.tsv, image headers, enough patients."""

from __future__ import annotations

from collections import Counter

from osteon.config.batch_labels import CROSS, OTHER, label_of
from osteon.config.explain import Problem, did_you_mean
from osteon.config.harmonisation import CENTER, BatchColumn
from osteon.config.headers import DICOM_ONLY, TEXTS, VALUES, number_in
from osteon.config.sheets import Case, is_missing, normalised
from osteon.config.study import Study

TAKEN = ("subject", CENTER)
"""Columns that the table of batches has anyway."""
YES, NO = "yes", "no"
SHOWN = 5


def batch_problems(study: Study, cases: list[Case]) -> list[Problem]:
    """Breaches between `harmonisation`, `validation.person`, the centers and the columns of cases.tsv."""
    problems = _division_problems(study)
    for name, batch in study.harmonisation.batches.items():
        where = f"harmonisation.batches.{name}"
        if batch.header:
            problems += _header_problems(study, where, batch)
        else:
            problems += _cell_problems(study, cases, where, batch)
    if study.validation.person:
        problems += _absent_column(study, cases, "validation.person", study.validation.person)
    return problems + _reference_problems(study, cases) + _adaptation_problems(study, cases)


def adapts(case: Case, column: str) -> bool:
    """Whether a case's row names it for adaptation."""
    return normalised(case.more.get(column, "")).casefold() == YES


def _division_problems(study: Study) -> list[Problem]:
    settings = study.harmonisation
    problems = [
        Problem(f"harmonisation.batches.{name}", "is a name that is taken.", "Call it otherwise")
        for name in settings.batches
        if name in TAKEN
    ]
    divisions = Counter("+".join(sorted(name.split("+"))) for name in settings.batch)
    twice = [name for name, count in divisions.items() if count > 1]
    twice += [name for name in settings.batch if len(set(name.split("+"))) < len(name.split("+"))]
    problems += [Problem("harmonisation.batch", f"names '{name}' twice.", "Write each batch once") for name in twice]
    by_features = any(model.scores or model.columns for model in study.models.values())
    alone = settings.method == "combat" and settings.batch_columns == [CENTER] and len(study.development) == 1
    if alone and by_features:
        what = "'combat' needs two development centers; there is one."
        problems.append(Problem("harmonisation.method", what, "Write: harmonisation: {method: none}"))
    return problems


def _header_problems(study: Study, where: str, batch: BatchColumn) -> list[Problem]:
    header, sequence = batch.header, batch.sequence
    if header not in VALUES:
        return [Problem(f"{where}.header", f"'{header}' is no value of the headers.", did_you_mean(header, [*VALUES]))]
    problems = []
    if sequence is not None and sequence not in study.sequences:
        what, hint = f"'{sequence}' is not a sequence of the study.", did_you_mean(sequence, [*study.sequences])
        problems.append(Problem(f"{where}.sequence", what, hint))
    if batch.cut and header in TEXTS:
        numbers = ", ".join(name for name in VALUES if name not in TEXTS)
        problems.append(Problem(f"{where}.cut", f"'{header}' is text.", f"Write: merge, or a number: {numbers}"))
    sources = ("dicom",) if header in DICOM_ONLY else ("dicom", "nifti")
    if study.models and not study.centers_with(role="development", source=sources):
        kind = "DICOM images" if header in DICOM_ONLY else "images"
        what = f"needs headers, but no development center delivers {kind}."
        problems.append(Problem(f"{where}.header", what, "Write: column: <column of cases.tsv>"))
    return problems


def _cell_problems(study: Study, cases: list[Case], where: str, batch: BatchColumn) -> list[Problem]:
    column = batch.column
    if problems := _absent_column(study, cases, f"{where}.column", column):
        return problems
    wrong = [case for case in cases if not is_missing(case.more.get(column, ""))]
    wrong = [case for case in wrong if batch.cut and number_in(case.more[column]) is None]
    return _cells(study, wrong, column, "is no number, but is to be cut.", "Write a number, or leave it empty")


def _reference_problems(study: Study, cases: list[Case]) -> list[Problem]:
    """Of batches that headers make, the labels are not known before the images are read."""
    settings = study.harmonisation
    parts = settings.batch[0].split("+")
    columns = {name: settings.batches[name] for name in parts if name != CENTER}
    if settings.reference is None or any(column.header for column in columns.values()):
        return []
    if parts == [CENTER]:
        known, what = study.development, "is no development center."
    else:
        known = _labels(study, cases, parts)
        what = f"is the batch of no development case (of '{settings.batch[0]}')."
    if settings.reference in known or (OTHER in settings.reference and any(one.smallest for one in columns.values())):
        return []
    return [
        Problem("harmonisation.reference", f"'{settings.reference}' {what}", did_you_mean(settings.reference, known))
    ]


def _labels(study: Study, cases: list[Case], parts: list[str]) -> list[str]:
    """Batches of the development cases in the division that crosses `parts`."""
    batches = study.harmonisation.batches
    own = [case for case in cases if case.center in study.development]
    found = {
        CROSS.join(
            case.center if part == CENTER else label_of(case.more.get(batches[part].column, ""), batches[part])
            for part in parts
        )
        for case in own
    }
    return sorted(found)


def _adaptation_problems(study: Study, cases: list[Case]) -> list[Problem]:
    where, column = "harmonisation.adaptation", study.harmonisation.adaptation
    if column is None:
        return []
    if problems := _absent_column(study, cases, where, column):
        return problems
    if study.harmonisation.covariates:
        what = "'reference' adapts without clinical variables, but there are covariates."
        return [
            Problem("harmonisation.new_center", what, "Remove harmonisation.covariates, or write: new_center: none")
        ]
    wrong = [case for case in cases if not is_missing(case.more.get(column, "")) and not adapts(case, column)]
    wrong = [case for case in wrong if normalised(case.more[column]).casefold() != NO]
    problems = _cells(study, wrong, column, "is neither yes nor no.", "Write: yes, or leave it empty")
    learning = [case for case in cases if adapts(case, column) and case.center in study.development]
    what = "is for adaptation, but the patient is of a development center."
    problems += _cells(study, learning, column, what, "Leave it empty: models learn from this patient anyway")
    least, counts = study.harmonisation.minimum, []
    for code in study.external:
        own = [adapts(case, column) for case in cases if case.center == code]
        counts.append(sum(own))
        if 0 < sum(own) < least:
            what = f"center '{code}' has {sum(own)} patients for adaptation; {least} are needed."
            problems.append(Problem(where, what, f"Write 'yes' for more of them, or for none of '{code}'"))
        elif sum(own) and all(own):
            what = f"names all patients of center '{code}' for adaptation; none is left to be evaluated."
            problems.append(Problem(where, what, "Write 'yes' for some of them only"))
    if not any(counts) and not problems:
        what = f"no external center has a patient with 'yes' in column '{column}' of {study.cases}."
        problems.append(Problem(where, what, "Write 'yes' for some of them, or: new_center: none"))
    return problems


def _absent_column(study: Study, cases: list[Case], where: str, column: str) -> list[Problem]:
    known = list(dict.fromkeys(name for case in cases for name in case.more))
    if column in known:
        return []
    return [Problem(where, f"{study.cases} has no column '{column}'.", did_you_mean(column, known))]


def _cells(study: Study, wrong: list[Case], column: str, what: str, hint: str) -> list[Problem]:
    problems = [
        Problem(f"{study.cases}, row {case.row}", f"'{case.more[column]}' in column '{column}' {what}", hint)
        for case in wrong[:SHOWN]
    ]
    if len(wrong) > SHOWN:
        problems.append(Problem(study.cases, f"{len(wrong) - SHOWN} more cells of '{column}' are wrong in this way."))
    return problems
