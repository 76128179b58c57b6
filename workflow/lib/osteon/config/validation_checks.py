"""What models and their validation need of the other sections and of the patients; each breach is one problem."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from osteon.config.explain import Problem, did_you_mean
from osteon.config.harmonisation import CENTER
from osteon.config.matching import Row
from osteon.config.modelling import SETS_ALONE, YOUDEN, Classifier, Model, Temporal
from osteon.config.participants import as_date, study_matches
from osteon.config.selection import Chain, Lasso, Pca, Sequential
from osteon.config.sheets import Case, is_missing, normalised, read_sheet
from osteon.config.study import Study
from osteon.config.workbooks import SheetError

SHOWN = 5
ALL = "all"
NO_REGRESSION = "naive_bayes"
# Their output is no probability: 'calibration: auto' fits a calibrator in the inner folds.
NO_PROBABILITY = ("svm_linear", "svm_rbf")
UNCALIBRATED = {"svm_linear", "svm_rbf", "knn", "naive_bayes", "adaboost", "tree"}


def validation_problems(study: Study, cases: list[Case], participants: list[Row]) -> list[Problem]:
    """Breaches between `models`, `selection`, `selections`, `validation`, the centers and the participants table."""
    problems = _chain_problems(study)
    if ALL in study.selections:
        problems.append(Problem(f"selections.{ALL}", "is the name for every chain.", "Call it otherwise"))
    for name in study.models:
        problems += _selection_problems(study, name) + _classifier_problems(study, name) + _inner_problems(study, name)
        problems += _column_problems(study, name)
    problems += [
        Problem("validation.null_run.models", f"model '{name}' is not declared.", did_you_mean(name, [*study.models]))
        for name in study.validation.null_run.models
        if name not in study.models
    ]
    if study.models:
        problems += _left_out_problems(study) + _earlier_problems(study) + _two_classes_problems(study)
    if study.models and study.outcome and study.participants:
        problems += _date_problems(study, cases, participants)
    return list(dict.fromkeys(problems))


def _earlier_problems(study: Study) -> list[Problem]:
    """The file of earlier splits: it exists, and has the sets and folds that the study needs."""
    path = study.validation.splits
    if path is None:
        return []
    if not Path(path).is_file():
        return [Problem("validation.splits", f"the file {path} does not exist.", "Copy 06_models/splits.tsv there")]
    try:
        columns, rows = read_sheet(path)
    except SheetError as error:
        return [Problem(path, error.what, error.write)]
    if set(columns) == SETS_ALONE:
        wrong = [row for row in rows if row["set"] not in ("train", "test")]
        what = "in column 'set' is neither train nor test."
        return [
            Problem(f"{path}, row {row['#']}", f"'{row['set']}' {what}", "Write: train or test") for row in wrong[:5]
        ]
    repeats = [f"repeat_{number}" for number in range(1, study.validation.repeats + 1)]
    return [
        Problem(
            path,
            f"has no column '{name}'.",
            "Give a copy of 06_models/splits.tsv of the same validation settings, or a table of subject and set alone",
        )
        for name in ("subject", "set", "fold", *repeats)
        if name not in columns
    ]


def size_problems(study: Study, cases: list[Case], participants: list[Row]) -> list[Problem]:
    """Too few patients for the folds, as far as the tables tell before anything is excluded."""
    if not (study.models and study.outcome and study.participants):
        return []
    validation, person = study.validation, study.validation.person
    highest: dict[str, str] = {}  # of each person one outcome counts
    for case, row in _development_rows(study, cases, participants):
        declared = case.more.get(person, "") if person else ""
        who = case.subject if is_missing(declared) else normalised(declared)
        value = normalised(row[study.outcome.column])
        if who not in highest or _rank(study, value) > _rank(study, highest[who]):
            highest[who] = value
    share = validation.hold_out if isinstance(validation.hold_out, float) else 0
    counts = Counter("" if study.outcome.type == "continuous" else value for value in highest.values())
    problems = []
    for value, count in counts.items():
        left = count - int(share * count)
        if left < 2 * validation.folds:
            of_class = f" with '{study.outcome.column}' = {value}" if value else ""
            held = f", of whom about {count - left} are held out for the test" if share else ""
            what = (
                f"{validation.folds} folds need {2 * validation.folds} training patients{of_class}; there are {count}"
            )
            least = count - math.ceil(share * count)  # what is advised must not be refused when patients are drawn
            fewer = f"Write: folds: {least // 2}" if least >= 4 else "Add patients"
            problems.append(Problem("validation.folds", f"{what}{held}.", fewer))
    return problems


def _rank(study: Study, value: str) -> float:
    return float(value) if study.outcome.type == "continuous" else study.outcome.values.index(value)


def _development_rows(study: Study, cases: list[Case], participants: list[Row]) -> list[tuple[Case, Row]]:
    """Development cases with a participant and an outcome."""
    rows = study_matches(study, cases, participants).rows
    own = [case for case in cases if case.center in set(study.development) and case.subject in rows]
    return [(case, rows[case.subject]) for case in own if not is_missing(rows[case.subject][study.outcome.column])]


def _chain_problems(study: Study) -> list[Problem]:
    """Steps that cannot stand where they stand, or for this outcome."""
    problems = []
    for where, chain in [
        ("selection", study.selection),
        *((f"selections.{n}", c) for n, c in study.selections.items()),
    ]:
        if not chain:
            problems.append(Problem(where, "is empty.", "Write at least one step, for example: [lasso]"))
        for number, step in enumerate(chain, start=1):
            if isinstance(step, Pca) and number < len(chain):
                what = f"'pca' is step {number} of {len(chain)}; its components take the place of the features."
                problems.append(Problem(where, what, "Make it the last step"))
            if isinstance(step, Sequential) and step.classifier not in Classifier.__args__:
                suggestion = did_you_mean(step.classifier, [*Classifier.__args__])
                problems.append(Problem(where, f"'{step.classifier}' is no classifier.", suggestion))
            number_predicted = study.outcome and study.outcome.type == "continuous"
            if number_predicted and isinstance(step, Sequential) and step.classifier == NO_REGRESSION:
                problems.append(_no_regression(where, ["logistic_l2"]))
            if number_predicted and isinstance(step, Lasso) and step.loss == "logistic":
                what = "'loss: logistic' is for classes, and the outcome is a number."
                problems.append(Problem(where, what, "Write: loss: squared"))
    return problems


def _selection_problems(study: Study, name: str) -> list[Problem]:
    """Chains that a model names, and whether they suit its inputs."""
    model, where = study.models[name], f"models.{name}.selection"
    if model.selection == [ALL] and not study.selections:
        what = "is 'all', but there is nothing under 'selections'."
        return [Problem(where, what, "Name chains there, or remove the key to use 'selection'")]
    problems = [
        Problem(where, f"'{chain}' is not declared under 'selections'.", did_you_mean(chain, [*study.selections]))
        for chain in model.selection
        if chain not in study.selections and model.selection != [ALL]
    ]
    for chain, steps in _chains(study, model).items():
        if model.scores and steps and isinstance(steps[-1], Pca):
            what = f"{chain} ends with 'pca', whose components have no weights for a score."
            write = "Write the features under 'columns' instead of 'scores', or end the chain with lasso"
            problems.append(Problem(f"models.{name}.scores", what, write))
    return problems


def _chains(study: Study, model: Model) -> dict[str, Chain]:
    """The chains that a model uses, by name in messages; those that are not there are left out."""
    if not model.selection:
        return {"'selection'": study.selection}
    named = study.selections if model.selection == [ALL] else model.selection
    return {f"selection '{chain}'": study.selections[chain] for chain in named if chain in study.selections}


def _classifier_problems(study: Study, name: str) -> list[Problem]:
    classifiers = study.models[name].classifier
    if study.outcome and study.outcome.type == "continuous" and NO_REGRESSION in classifiers:
        others = [other for other in classifiers if other != NO_REGRESSION]
        return [_no_regression(f"models.{name}.classifier", others or ["logistic"])]
    machines = [classifier for classifier in classifiers if classifier in NO_PROBABILITY]
    if machines and study.models[name].calibration == "none" and study.outcome and study.outcome.type != "continuous":
        what = f"is 'none', but '{machines[0]}' gives no probabilities."
        return [Problem(f"models.{name}.calibration", what, "Write: calibration: auto")]
    return []


def _no_regression(where: str, others: list[str]) -> Problem:
    what = f"'{NO_REGRESSION}' cannot predict a number."
    return Problem(
        where, what, f"Write: classifier: {others[0] if len(others) == 1 else '[' + ', '.join(others) + ']'}"
    )


def _inner_problems(study: Study, name: str) -> list[Problem]:
    """Inner folds are the folds that are left when one is held out: with two folds there is one."""
    model, validation = study.models[name], study.validation
    number = study.outcome is not None and study.outcome.type == "continuous"
    uncalibrated = model.calibration == "auto" and not UNCALIBRATED.isdisjoint(model.classifier)
    reasons = {
        f"model '{name}' tries several selections": len(_chains(study, model)) > 1,
        f"model '{name}' tries several classifiers": len(model.classifier) > 1,
        f"model '{name}' tunes its classifier": model.trials > 0,
        f"model '{name}' is calibrated": not number and (model.calibration == "sigmoid" or uncalibrated),
        "each repeat has a threshold of its own": validation.repeats > 0 and not number and not _stated_risk(study),
    }
    why = next((reason for reason, holds in reasons.items() if holds), None)
    if validation.folds > 2 or why is None:
        return []
    return [
        Problem("validation.folds", f"is 2, but {why}, for which inner folds are needed.", "Write: folds: 3, or more")
    ]


def _stated_risk(study: Study) -> bool:
    rule = study.validation.threshold
    return rule != YOUDEN and rule.risk is not None


def _two_classes_problems(study: Study) -> list[Problem]:
    """Keys that only an outcome of two classes has a use for."""
    if study.outcome is None or study.outcome.type == "binary":
        return []
    return [
        Problem(f"validation.{name}", "is for an outcome of two classes.", "Remove the key")
        for name, default in (("threshold", YOUDEN), ("prevalence", None))
        if getattr(study.validation, name) != default
    ]


def _column_problems(study: Study, name: str) -> list[Problem]:
    """Patterns that no feature of an image can match: columns are called <sequence>_<region>_<feature>."""
    starts = [f"{sequence}_" for sequence in study.sequences] + ["deep_"]
    if not study.imaging or set(study.development) - set(study.imaging):
        return []  # feature tables may have any columns
    return [
        Problem(
            f"models.{name}.columns",
            f"no feature begins with '{_fixed_start(pattern)}'.",
            f"Features begin with: {', '.join(starts)}",
        )
        for pattern in study.models[name].columns
        if not any(
            _fixed_start(pattern).startswith(start) or start.startswith(_fixed_start(pattern)) for start in starts
        )
    ]


def _fixed_start(pattern: str) -> str:
    return pattern[: min((pattern.find(sign) for sign in "*?[" if sign in pattern), default=len(pattern))]


def _left_out_problems(study: Study) -> list[Problem]:
    """Leaving a center out must leave enough centers."""
    centers, where = len(study.development), "validation.leave_one_center_out"
    if not study.validation.leave_one_center_out:
        return []
    if centers < 2:
        return [Problem(where, "needs two development centers; there is one.", "Write: leave_one_center_out: false")]
    settings = study.harmonisation
    harmonised = any(model.scores or model.columns for model in study.models.values())
    if settings.method == "combat" and CENTER in settings.batch and harmonised and centers < 3:
        what = "needs three development centers, because ComBat needs two centers to learn from; there are two."
        write = "Write: leave_one_center_out: false, or harmonisation: {method: none}"
        return [Problem(where, what, write)]
    return []


def _date_problems(study: Study, cases: list[Case], participants: list[Row]) -> list[Problem]:
    """Dates of a temporal test set: there, readable, and on both sides of its first day."""
    hold_out = study.validation.hold_out
    if not isinstance(hold_out, Temporal):
        return []
    columns = [name for name in (participants[0] if participants else ()) if name != "#"]
    if hold_out.column not in columns:
        suggestion = did_you_mean(hold_out.column, columns)
        return [
            Problem(
                "validation.hold_out.column", f"{study.participants} has no column '{hold_out.column}'.", suggestion
            )
        ]
    rows = [row for _, row in _development_rows(study, cases, participants)]
    written = [(row, row[hold_out.column]) for row in rows]
    problems = [
        Problem(
            f"{study.participants}, row {row['#']}",
            f"'{hold_out.column}' is empty." if is_missing(value) else f"'{hold_out.column}' is '{value}', not a date.",
            "Write YYYY-MM-DD; the test set is chosen by it",
        )
        for row, value in written
        if as_date(value) is None
    ]
    if len(problems) > SHOWN:
        more = f"{len(problems) - SHOWN} more development patients have no date in '{hold_out.column}'."
        problems[SHOWN:] = [Problem(study.participants, more)]
    days = sorted(as_date(value).isoformat() for _, value in written) if not problems else []
    if days and days[0] == days[-1]:
        what = f"all development patients have '{hold_out.column}' = {days[0]}."
        return [Problem("validation.hold_out.column", what, "Name the column with the dates of the examinations")]
    if days and hold_out.begin and not days[0] < hold_out.begin <= days[-1]:
        what = f"{hold_out.begin} leaves patients on one side only: the dates are from {days[0]} to {days[-1]}."
        return [Problem("validation.hold_out.begin", what, f"Write a day after {days[0]}, and not after {days[-1]}")]
    return problems
