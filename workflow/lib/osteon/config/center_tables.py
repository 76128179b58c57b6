"""What must hold of a center's own feature table; the same is asked before anything runs and by the job that reads it.

A patient without a row, an empty cell and an infinite value are no problems here: they become gaps with a reason. A
column of text, such as the version of a program, is no feature, and a problem only if a model asks for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from osteon.config.explain import Problem, did_you_mean
from osteon.config.sheets import Case, as_number, is_missing, normalised, read_sheet
from osteon.config.study import Study
from osteon.config.workbooks import SheetError

SHOWN = 5
OF_CASES = ("subject", "center", "source", "batch")
"""Columns of the table of cases."""
Row = Mapping[str, str]


@dataclass(frozen=True)
class CenterTable:
    """The part of a feature table that is of one center's cases."""

    subjects: list[str]
    """Cases with a row."""
    values: dict[str, list[float | None]]
    """Of each feature the subjects' values; None where one is missing."""
    text: dict[str, str]
    """Columns that hold text alone, with the first cell of each."""
    problems: list[Problem]
    """Why it cannot be used; empty if it can."""


def not_features(study: Study) -> list[str]:
    """Columns that the study names for something else, and so never features, where one file holds both."""
    named = [
        *study.variables,
        *study.linkage.columns,
        study.linkage.case_key,
        study.outcome.column if study.outcome else None,
        study.validation.person,
        study.validation.date_column,
        *(batch.column for batch in study.harmonisation.batches.values()),
        study.harmonisation.adaptation,
        study.analysis.recalibration.column,
        *(roi.column for roi in study.rois.values()),
    ]
    return list(dict.fromkeys(name for name in named if name))


def read_center_table(
    path: str,
    center: str,
    subjects: Sequence[str],
    excluded: Collection[str] = (),
    name: str = "",
    read: Callable[[str], tuple[list[str], list[Row]]] = read_sheet,
) -> CenterTable:
    """Read a center's feature table and find everything that is wrong with it.

    Args:
        path: a table as `read_sheet` reads it, with a column 'subject' (ids become labels: letters and digits only),
            and optionally 'center', by which the rows of this center are taken.
        center: code of the center.
        subjects: the study's cases of this center; other rows are left out.
        excluded: columns that are no features, from `not_features`.
        name: name of the center, which column 'center' may hold instead of its code.
        read: reads the file.
    """
    try:
        columns, rows = read(path)
    except SheetError as error:
        return _unusable(Problem(path, error.what, error.write))
    if not columns:
        return _unusable(Problem(path, "is empty.", "Write one row per patient: subject, center and the features"))
    if "subject" not in columns:
        what = f"has no column 'subject'; it has {_some(columns)}."
        return _unusable(Problem(path, what, "Name the column with the patients' ids 'subject'"))
    features = [column for column in columns if column not in {*OF_CASES, *excluded}]
    if not rows:
        return _unusable(Problem(path, "has no row below the names of its columns.", "Write one row per patient"))
    if not features:
        return _unusable(Problem(path, f"has no feature column beside {_some(columns)}."))
    wanted, codes = set(subjects), {center, normalised(name or center)}
    own, problems, elsewhere = {}, [], {}
    for row in rows:
        subject, written = row["subject"], normalised(row.get("center", ""))
        if subject not in wanted:
            continue
        if not is_missing(written) and written not in codes:
            elsewhere[subject] = row
        elif subject in own:
            what = f"subject '{subject}' is there twice, in row {own[subject]['#']} too."
            write = "Keep one row per subject; ids are compared by letters and digits only"
            problems.append(Problem(f"{path}, row {row['#']}", what, write))
        else:
            own[subject] = row
    problems += [
        Problem(
            f"{path}, row {row['#']}",
            f"subject '{subject}' is of center '{row['center']}' here and of '{center}' in the table of cases.",
            "Correct one of them",
        )
        for subject, row in elsewhere.items()
        if subject not in own
    ]
    if not own and not problems:
        here = _some([row["subject"] for row in rows])
        what = f"has no row of any case of center '{center}': ids here are {here}; its cases are {_some(subjects)}."
        problems.append(Problem(path, what, "Write the same ids into both"))
    values, text, wrong = _numbers(features, list(own.values()), path)
    if text and not values:
        wrong.append(Problem(path, f"has no column of numbers: {_some(list(text))} are text."))
    return CenterTable(list(own), values, text, [*shortened(problems, path), *wrong])


def center_table_problems(study: Study, cases: Sequence[Case], participants: Mapping[str, Row]) -> list[Problem]:
    """Everything that is wrong with the feature tables that centers deliver.

    Args:
        study: the study.
        cases: its cases.
        participants: row of the participants table of each case that has one.
    """
    tables: dict[str, CenterTable] = {}
    read = cache(read_sheet)  # centers may share a file
    for code in study.centers_with(source=("features",)):
        center = study.centers[code]
        own = [case.subject for case in cases if case.center == code]
        tables[code] = read_center_table(center.table or "", code, own, not_features(study), center.name, read)
    problems = [problem for table in tables.values() for problem in table.problems]
    # a column that is text in several centers' rows of one file is said once
    text = [problem for code, table in tables.items() for problem in _text_problems(study, code, table)]
    problems += {
        (one.where, one.what.partition(" is text ")[0], one.what.partition(", and ")[2]): one for one in text
    }.values()
    if problems:
        return list(dict.fromkeys(problems))
    development = {code: table for code, table in tables.items() if code in study.development}
    if development and len(development) == len(study.development):
        problems += _pattern_problems(study, development)
        problems += _lacking_problems(study, tables, development)
    return problems + _copy_problems(study, development, participants)


def _lacking_problems(
    study: Study, tables: Mapping[str, CenterTable], development: Mapping[str, CenterTable]
) -> list[Problem]:
    """Features that models may take and an external table does not have; it would fail after all fitting."""
    known = dict.fromkeys(column for table in development.values() for column in table.values)
    patterns = [pattern for asked in _asked(study).values() for pattern in asked]
    wanted = [column for column in known if any(fnmatchcase(column, pattern) for pattern in patterns)]
    problems = []
    for code in (code for code in tables if code in study.external):
        path = study.centers[code].table or ""
        lacking = [
            Problem(
                path,
                f"center '{code}' has no column '{column}', which a model may take.",
                did_you_mean(column, [name for name in tables[code].values if name not in known])
                or "Add it, or write patterns that it does not match",
            )
            for column in wanted
            if column not in tables[code].values
        ]
        problems += shortened(lacking, path)
    return problems


def copied(values: Mapping[str, float], outcome: Mapping[str, str], *, numbers: bool = False) -> bool:
    """Whether values say nothing but the outcome: by subject, one value for each class, or a line for a number.

    Two patients of every class are needed (three of a number), and half of all, so that a feature with hardly any
    value is not taken for a copy.
    """
    both = [(value, outcome[subject]) for subject, value in values.items() if subject in outcome]
    if 2 * len(both) < len(outcome) or len({value for value, _ in both}) < 2:
        return False
    if numbers:
        return _on_a_line([(value, float(other)) for value, other in both])
    of_class: dict[str, list[float]] = defaultdict(list)
    for value, other in both:
        of_class[other].append(value)
        if of_class[other][0] != value:
            return False
    return len(of_class) == len(set(outcome.values())) and all(len(found) > 1 for found in of_class.values())


def _on_a_line(points: list[tuple[float, float]]) -> bool:
    (x0, y0), (x1, y1) = min(points), max(points)
    if len(points) < 3 or y0 == y1:
        return False
    scale = 1e-9 * abs(y1 - y0)
    return all(abs(y0 + (y1 - y0) * (x - x0) / (x1 - x0) - y) <= scale for x, y in points)


def outcomes_of(study: Study, subjects: Iterable[str], participants: Mapping[str, Row]) -> dict[str, str]:
    """Outcome of each of the subjects that has one, as written."""
    found = {name: participants[name][study.outcome.column] for name in subjects if name in participants}
    return {subject: normalised(value) for subject, value in found.items() if not is_missing(value)}


def _copy_problems(study: Study, tables: Mapping[str, CenterTable], participants: Mapping[str, Row]) -> list[Problem]:
    """Columns that are the outcome of development patients under another name. Other outcomes are sealed."""
    if not study.outcome or not study.models:
        return []
    owners: dict[str, list[str]] = defaultdict(list)
    for code, table in tables.items():
        for feature in table.values:
            owners[feature].append(code)
    everyone = [subject for table in tables.values() for subject in table.subjects]
    outcome = outcomes_of(study, everyone, participants)
    problems = []
    for feature, codes in owners.items():
        given = [zip(tables[code].subjects, tables[code].values[feature], strict=True) for code in codes]
        values = {subject: value for pairs in given for subject, value in pairs if value is not None}
        if copied(values, outcome, numbers=study.outcome.type == "continuous"):
            problems.append(
                Problem(
                    study.centers[codes[0]].table or "",
                    f"column '{feature}' is a copy of the outcome '{study.outcome.column}'.",
                    "Remove it, or write it under 'variables' if no model uses it",
                )
            )
    return shortened(problems, study.cases)


def _pattern_problems(study: Study, tables: Mapping[str, CenterTable]) -> list[Problem]:
    """Signatures without a feature, where all features are known."""
    features = list(dict.fromkeys(feature for table in tables.values() for feature in table.values))
    return [
        Problem(where, f"no feature matches {', '.join(patterns)}.", f"The features are {_some(features)}")
        for where, patterns in _asked(study).items()
        if not any(fnmatchcase(feature, pattern) for feature in features for pattern in patterns)
    ]


def _text_problems(study: Study, code: str, table: CenterTable) -> list[Problem]:
    """Columns of text that a model would have as a feature."""
    path = study.centers[code].table or ""
    problems = [
        Problem(
            path,
            f"column '{column}' is text ('{cell}'), and {where} asks for it.",
            "Remove it, name it under 'variables' if it is clinical, or write patterns that it does not match",
        )
        for column, cell in table.text.items()
        for where, patterns in _asked(study).items()
        if any(fnmatchcase(column, pattern) for pattern in patterns)
    ]
    return shortened(problems, path)


def _asked(study: Study) -> dict[str, list[str]]:
    """Patterns of the features that models use, by key of the configuration."""
    used = {score for model in study.models.values() for score in model.scores}
    asked = {f"signatures.{name}": patterns for name, patterns in study.signatures.items() if name in used}
    return asked | {f"models.{name}.columns": model.columns for name, model in study.models.items() if model.columns}


def _numbers(
    features: list[str], rows: list[Row], path: str
) -> tuple[dict[str, list[float | None]], dict[str, str], list[Problem]]:
    """Values of the features; columns of text; and cells that are neither numbers nor empty, each column once."""
    values, text, problems = {}, {}, []
    for feature in features:
        found = [as_number(row[feature]) for row in rows]
        pairs = zip(rows, found, strict=True)
        wrong = [row for row, value in pairs if value is None and not is_missing(row[feature])]
        if wrong and all(value is None for value in found):
            text[feature] = wrong[0][feature]
            continue
        values[feature] = found
        if wrong:
            more = f" and {len(wrong) - 1} more of its cells are no numbers" if len(wrong) > 1 else ""
            what = f"'{feature}' is '{wrong[0][feature]}', not a number{more}."
            problems.append(Problem(f"{path}, row {wrong[0]['#']}", what, advice(wrong[0][feature])))
    return values, text, shortened(problems, path)


def advice(value: str) -> str:
    """What to write instead of a cell that is no number."""
    point = value.replace(",", ".")
    if value.count(",") == 1 and as_number(point) is not None:
        return f"Write it with a point: {point}"
    return "Write a number, or leave it empty"


def _unusable(problem: Problem) -> CenterTable:
    return CenterTable([], {}, {}, [problem])


def shortened(problems: list[Problem], path: str) -> list[Problem]:
    """The first problems of a file, and how many more there are: a column that was meant otherwise fills pages."""
    more = len(problems) - SHOWN
    return [*problems[:SHOWN], *([Problem(path, f"has {more} more such places.")] if more > 0 else [])]


def _some(values: Sequence[str]) -> str:
    return ", ".join(values[:SHOWN]) + (", ..." if len(values) > SHOWN else "")
